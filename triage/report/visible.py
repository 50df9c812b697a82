"""Text from the tenant so that a person sees all of it: nothing hidden, nothing endless."""

import unicodedata

from jinja2 import Undefined
from markupsafe import Markup

_LONGEST = 1_200
"""Characters of one value: a name may be as long as its owner likes."""
_JOINERS = "\u200c\u200d"
"""Parts of ordinary words and signs in many scripts."""
_UNSEEN = frozenset(["Cc", "Cf", "Cs", "Co", "Zl", "Zp"])
"""Unicode categories that show nothing of themselves, or turn round what stands beside them."""


def visible(value: object) -> object:
    """A text with what it hides written out, and shortened; anything else as it is.

    A rule's name may be a zero-width space, or turn the rest of its line round.
    """
    if isinstance(value, Markup | Undefined) or not isinstance(value, str):
        return value
    shown = value if len(value) <= _LONGEST else value[:_LONGEST]
    left_out = len(value) - len(shown)
    written = shown if shown.isascii() and shown.isprintable() else "".join(map(_sign, shown))
    return f"{written}… ({left_out:,} characters more)" if left_out else written


def _sign(sign: str) -> str:
    if sign in _JOINERS or sign in "\n\t" or unicodedata.category(sign) not in _UNSEEN:
        return sign
    return f"[U+{ord(sign):04X}]"
