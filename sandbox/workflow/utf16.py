"""Strings counted as .NET counts them: in UTF-16 units, of which an emoji has two."""


def length(text: str) -> int:
    """The number of units."""
    return len(text) if text.isascii() else len(_units(text)) // 2


def cut(text: str, start: int, stop: int | None = None) -> str:
    """The units from `start` to before `stop`, as a slice; half of a character may be left."""
    if text.isascii():
        return text[start:stop]
    units = _units(text)
    first, last, _ = slice(start, stop).indices(len(units) // 2)
    return _text(units[first * 2 : max(last, first) * 2])


def joined(text: str) -> str:
    """The text with halves of a character that meet put together."""
    return text if text.isascii() else _text(_units(text))


def well_formed(text: str) -> str:
    """The text as it can be sent or stored: a lone half becomes the replacement character."""
    return text if text.isascii() else _units(text).decode("utf-16-le", "replace")


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _text(units: bytes) -> str:
    return units.decode("utf-16-le", "surrogatepass")
