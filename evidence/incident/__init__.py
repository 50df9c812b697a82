"""From the body of an incident or alert to the indicators that triage starts from."""

from evidence.incident.body import UnknownIncident
from evidence.incident.parse import parse_incident

__all__ = ["UnknownIncident", "parse_incident"]
