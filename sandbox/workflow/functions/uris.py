"""Functions that take a URI apart, which .NET's `System.Uri` first puts into its normal form."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from ..values import Json
from .invocation import Function, Invocation

_PORTS = {
    **{"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "mailto": 25, "ldap": 389},
    **{"telnet": 23, "gopher": 70, "nntp": 119, "net.tcp": 808},
}
_WITH_HOST = ("http", "https", "ws", "wss", "ftp", "gopher", "telnet", "nntp", "net.tcp")
_URI = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*):(?://(?P<authority>[^/?#]*))?"
    r"(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?",
    re.IGNORECASE,
)
_AUTHORITY = re.compile(
    r"(?:[^@]*@)?(?P<host>\[[0-9a-f:.]+\]|[\w-]+(?:\.[\w-]+)*\.?)(?::(?P<port>\d*))?",
    re.IGNORECASE,
)
_NEVER = re.compile(r'[\s"<>\\^`{|}\x00-\x1f\x7f]|%(?![0-9a-fA-F]{2})')
_NEVER_AFTER_HOST = re.compile(r"[\[\]]")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@dataclass(frozen=True)
class _Uri:
    scheme: str
    host: str
    port: int
    path: str
    query: str


def _part(choose: Callable[[_Uri], Json]) -> Callable[[Invocation], Json]:
    def body(call: Invocation) -> Json:
        text = call.text(0)
        uri = _parsed(text.strip())
        if uri is None:
            raise call.failure(
                "expects its parameter to be a well-formed absolute URI. The provided value was "
                f"'{text}'"
            )
        return choose(uri)

    return body


def _parsed(text: str) -> _Uri | None:
    match = _URI.fullmatch(text)
    if match is None or _NEVER.search(text):
        return None
    scheme, path, query = match["scheme"].lower(), match["path"], match["query"] or ""
    if _NEVER_AFTER_HOST.search(path + query):
        return None
    if match["authority"] is not None:
        return _hierarchical(scheme, match["authority"], path, query)
    if scheme in _WITH_HOST:
        return None
    host = ""
    if scheme == "mailto":
        host, path = path.rpartition("@")[2].lower(), ""
    return _Uri(scheme, host, _PORTS.get(scheme, -1), _normal(path), _normal(query))


def _hierarchical(scheme: str, authority: str, path: str, query: str) -> _Uri | None:
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return None
    port = int(match["port"]) if match["port"] else _PORTS.get(scheme, -1)
    if port > 65_535:
        return None
    path = _without_dots(_normal(path)) or "/"
    return _Uri(scheme, match["host"].lower(), port, path, _normal(query))


def _normal(text: str) -> str:
    """Escapes of what needs none are taken back, and non-ASCII characters are escaped."""

    def unescaped(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if _UNRESERVED.fullmatch(character) else match[0].upper()

    return quote(_ESCAPE.sub(unescaped, text), safe="%/:?#[]@!$&'()*+,;=~", errors="replace")


def _without_dots(path: str) -> str:
    """The path with its `.` and `..` segments followed."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            kept = kept[:-1] if len(kept) > 1 else kept
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


URIS = (
    Function("uriHost", _part(lambda uri: uri.host), 1, 1),
    Function("uriPath", _part(lambda uri: uri.path), 1, 1),
    Function("uriPathAndQuery", _part(lambda uri: uri.path + uri.query), 1, 1),
    Function("uriQuery", _part(lambda uri: uri.query), 1, 1),
    Function("uriScheme", _part(lambda uri: uri.scheme), 1, 1),
    Function("uriPort", _part(lambda uri: uri.port), 1, 1),
)
