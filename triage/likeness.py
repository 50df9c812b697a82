"""Names and domains that are made to be taken for another's."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

# Those whose sign-in or document pages consent phishing imitates.
_BRANDS = (
    "microsoft",
    "office365",
    "office 365",
    "office",
    "windows",
    "azure",
    "paypal",
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
# Long enough that a word one letter away is no word of its own.
_OFTEN_MISSPELT = ("microsoft", "outlook", "onedrive", "sharepoint", "authenticator", "docusign")
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

Trick = Literal["letters", "typo", "words", "ending"]
"""How a domain is made to be taken for another: letters that read alike, one letter more, less,
changed or swapped, a word or hyphen added, another ending."""

_SHORT = 4
"""Names of up to so many letters are near to many others by chance."""
_ENDINGS = frozenset("co com org net ac edu gov".split())
"""The first part of an ending of two, such as `co.uk`."""
_TENANT_DOMAIN = "onmicrosoft.com"


def imitated(name: str) -> str | None:
    """The brand that a name reads as without spelling it: `rnicrosoft`, `Micr0soft`."""
    written = _plain(name)
    for reading in _readings(written):
        for brand in _BRANDS:
            if brand.translate(_LETTERS) in reading and brand not in written:
                return brand
    words = re.split("[^a-z0-9]+", written)
    return next((b for word in words for b in _OFTEN_MISSPELT if _misspelt(word, b)), None)


def _misspelt(word: str, brand: str) -> bool:
    """One letter off, and no plural: `DocSign`, but not `Outlooks`."""
    return _one_edit_apart(word, brand) and word != f"{brand}s"


class Lookalike(NamedTuple):
    """A domain, and the one for which it would be taken."""

    domain: str
    original: str
    trick: Trick


def lookalike(domain: str, originals: Iterable[str]) -> Lookalike | None:
    """The first of the originals that a domain is easily taken for, though it is none of them.

    A part of an original (`mail.contoso.com`) is no imitation: whoever holds the one holds both.
    """
    candidate = domain.lower().rstrip(".")
    known = [original.lower().rstrip(".") for original in originals]
    if any(candidate == each or candidate.endswith(f".{each}") for each in known):
        return None
    for original in known:
        if trick := _trick(_shown(candidate), original):
            return Lookalike(candidate, original, trick)
    return None


def _trick(candidate: str, original: str) -> Trick | None:
    if f".{original}." in f".{candidate}":
        return "words"  # `contoso.com.evil.example` shows the original first.
    name, own = _name(candidate), _name(original)
    if not name or not own:
        return None
    if name == own:
        return "ending"
    if set(_readings(_plain(name))) & set(_readings(_plain(own))):
        return "letters"
    if len(own) > _SHORT and (_one_edit_apart(name, own) or name.replace("-", "") == own):
        return "typo"
    return "words" if _with_words(name, own) else None


def _name(domain: str) -> str:
    """The part that somebody chose: `contoso` of `mail.contoso.co.uk` or `contoso.com`."""
    if domain.endswith(f".{_TENANT_DOMAIN}"):
        return domain.removesuffix(f".{_TENANT_DOMAIN}").rpartition(".")[2]
    parts = domain.split(".")[:-1]
    if len(parts) > 1 and parts[-1] in _ENDINGS:
        parts.pop()
    return parts[-1] if parts else ""


def _shown(domain: str) -> str:
    """The domain as mail programs show it: `xn--…` stands for letters of other alphabets."""
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain


def _with_words(name: str, own: str) -> bool:
    """`contoso-payments`, `mycontoso`: the name whole, at the edge of a longer one."""
    if own in name.split("-"):
        return len(own) >= _SHORT
    return len(own) > _SHORT and (name.startswith(own) or name.endswith(own))


def _one_edit_apart(one: str, other: str) -> bool:
    """Whether one letter was added, left out or changed, or two neighbours swapped."""
    if one == other:
        return False
    shorter, longer = sorted((one, other), key=len)
    alike = 0
    while alike < len(shorter) and shorter[alike] == longer[alike]:
        alike += 1
    left, right = shorter[alike:], longer[alike:]
    if len(shorter) == len(longer):
        swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
        return left[1:] == right[1:] or swapped
    return left == right[1:]


def _readings(written: str) -> Iterator[str]:
    read = written.translate(_LETTERS)
    yield read
    for pair, letter in _PAIRS:
        read = read.replace(pair, letter)
        yield read


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
