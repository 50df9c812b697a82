"""Functions that take a URI apart."""

from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from ..values import Json
from .invocation import Function, Invocation

_DEFAULT_PORTS = {"http": 80, "https": 443, "ftp": 21}


def _part(choose: Callable[[SplitResult], Json]) -> Callable[[Invocation], Json]:
    def body(call: Invocation) -> Json:
        text = call.text(0)
        try:
            parts = urlsplit(text)
            if parts.scheme and parts.hostname:
                return choose(parts)
        except ValueError:
            pass
        raise call.failure(
            "expects its parameter to be a well-formed absolute URI. The provided value was "
            f"'{text}'"
        )

    return body


def _path(parts: SplitResult) -> str:
    return parts.path or "/"


def _query(parts: SplitResult) -> str:
    return f"?{parts.query}" if parts.query else ""


URIS = (
    Function("uriHost", _part(lambda parts: parts.hostname), 1, 1),
    Function("uriPath", _part(_path), 1, 1),
    Function("uriPathAndQuery", _part(lambda parts: _path(parts) + _query(parts)), 1, 1),
    Function("uriQuery", _part(_query), 1, 1),
    Function("uriScheme", _part(lambda parts: parts.scheme), 1, 1),
    Function(
        "uriPort",
        _part(lambda parts: parts.port or _DEFAULT_PORTS.get(parts.scheme, -1)),
        1,
        1,
    ),
)
