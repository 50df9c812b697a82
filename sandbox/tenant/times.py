"""Times as Microsoft writes them."""

from datetime import UTC, datetime
from email.utils import format_datetime


def iso(at: datetime) -> str:
    """ISO 8601 in UTC with `Z`, with as many decimals as the time has."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def http_date(at: datetime) -> str:
    """As in the Date header (RFC 9110)."""
    return format_datetime(at.astimezone(UTC), usegmt=True)
