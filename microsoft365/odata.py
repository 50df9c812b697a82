"""OData literals, so that no value ever becomes part of a filter's grammar."""

from datetime import UTC, datetime


def literal(value: str | datetime) -> str:
    """A string in quotes, its own quotes doubled, or a time in UTC (OData 4.01 URL conventions)."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "'" + value.replace("'", "''") + "'"
