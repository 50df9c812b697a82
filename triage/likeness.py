"""Names that are made to be taken for another's."""

import unicodedata
from collections.abc import Iterator

# Those whose sign-in or document pages consent phishing imitates.
_BRANDS = (
    "microsoft",
    "office365",
    "office 365",
    "outlook",
    "onedrive",
    "sharepoint",
    "exchange",
    "authenticator",
    "docusign",
    "dropbox",
    "adobe",
    "google",
)
# Letters of other alphabets, digits and signs that read as a Latin letter (Unicode Technical
# Standard 39, confusables); i, l, 1 and | read as one another.
_LETTERS = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u04cf\u0455\u0458\u0501\u04bb"  # Cyrillic
    "\u0432\u043a\u043c\u043d\u0442"  # Cyrillic, by their capitals
    "\u0578"  # Armenian
    "\u03b1\u03bd\u03bf"  # Greek
    "i1|05$@",
    "aeopcxyllsjdhbkmhtnavolllossa",
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def imitated(name: str) -> str | None:
    """The brand that a name reads as without spelling it: `rnicrosoft`, `Micr0soft`."""
    written = _plain(name)
    for reading in _readings(written):
        for brand in _BRANDS:
            if brand.translate(_LETTERS) in reading and brand not in written:
                return brand
    return None


def _readings(written: str) -> Iterator[str]:
    read = written.translate(_LETTERS)
    yield read
    for pair, letter in _PAIRS:
        read = read.replace(pair, letter)
        yield read


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
