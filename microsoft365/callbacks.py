"""Callback URLs of Logic Apps: the only addresses besides the services that are ever called."""

import re
from urllib.parse import urlsplit

_HOST = re.compile(r"(?:[a-z0-9-]+\.)+logic\.azure\.(?:com|us|cn)")


def is_callback(url: str, *, loopback: bool) -> bool:
    """Whether a URL is one that `listCallbackUrl()` of a Consumption Logic App gives.

    Anything else is refused, so that no caller makes Mailwarden send requests where he likes.
    On loopback, where everything is simulated, the simulated Logic App is on this machine.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if parts.username or parts.password:
            return False
        if loopback:
            return parts.scheme == "http" and host in ("127.0.0.1", "localhost", "::1")
        of_logic_apps = _HOST.fullmatch(host) is not None
        return parts.scheme == "https" and of_logic_apps and parts.port in (None, 443)
    except ValueError:
        return False
