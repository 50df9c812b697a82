"""Bursts: when the most of something happened at once."""

from collections.abc import Sequence
from datetime import timedelta

from evidence.sign_in import SignIn


def densest(sign_ins: Sequence[SignIn], within: timedelta) -> list[SignIn]:
    """The largest run that lies within a span, of sign-ins given oldest first."""
    start, found = 0, slice(0, 0)
    for end, entry in enumerate(sign_ins, start=1):
        while entry.at - sign_ins[start].at > within:
            start += 1
        if end - start > found.stop - found.start:
            found = slice(start, end)
    return list(sign_ins[found])
