"""OData literals, so that no value ever becomes part of a filter's grammar, and bare requests."""

from datetime import UTC, datetime

from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation


def literal(value: str | datetime) -> str:
    """A string in quotes, its own quotes doubled, or a time in UTC (OData 4.01 URL conventions)."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "'" + value.replace("'", "''") + "'"


def get_request(url: str) -> RequestInformation:
    """A GET of a URL that no builder makes. A builder's own request must not be given another URL:
    that empties the parameters which it shares with every other one.
    """
    request = RequestInformation(Method.GET)
    request.url = url
    return request
