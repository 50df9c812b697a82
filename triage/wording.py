"""How times, spans and lists read in a sentence."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta


def moment(at: datetime) -> str:
    """`16 Apr 2021 12:07 UTC`."""
    return f"{at:%d %b %Y %H:%M} UTC"


def span(length: timedelta) -> str:
    """A duration in its largest sensible unit, e.g. `4 minutes` or `12 days`."""
    seconds = int(abs(length.total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size or (seconds >= size and unit == "minute"):
            return counted(seconds // size, unit)
    return counted(seconds, "second")


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 rule`, `2 rules`; the plural where it is not made with an s."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def listed(items: Iterable[str], limit: int = 5) -> str:
    """`a, b and c`; beyond the limit only how many more there are."""
    all_items: Sequence[str] = list(dict.fromkeys(items))
    shown = list(all_items[:limit])
    if len(all_items) > limit:
        shown.append(f"{len(all_items) - limit} more")
    if len(shown) <= 1:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def quoted(items: Iterable[str], limit: int = 6) -> str:
    """A list with each item in quotation marks."""
    return listed((f"“{item}”" for item in items), limit)


def brief(text: str, longest: int) -> str:
    """Its first sentences, as many as there is room for; of a longer one, its beginning."""
    if len(text) <= longest:
        return text
    sentences = list(re.finditer(r"\.(?= [A-Z“])", text[: longest + 1]))
    return text[: sentences[-1].end()] if sentences else f"{text[:longest].rsplit(' ', 1)[0]} …"
