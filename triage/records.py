"""The audit records in the answers of hunts, for what is no change of a rule or of forwarding."""

from collections.abc import Iterator

from evidence.audit_event import AuditEvent
from evidence.hunt_result import audit_event_in
from evidence.model import Evidence
from triage.case import Case


class AuditRecord(Evidence):
    """A record of something that succeeded, and the hunt that found it."""

    hunt: str
    event: AuditEvent


def read_records(case: Case) -> Iterator[AuditRecord]:
    """Every record of what succeeded, each once."""
    seen: set[str] = set()
    of_actors = (hunt for each in case.actors for hunt in (each.changes, each.powers) if hunt)
    for hunt in (*case.hunts.values(), *of_actors):
        for row in hunt.rows:
            event = audit_event_in(row)
            if event is None or not event.succeeded:
                continue
            key = event.id or event.model_dump_json()
            if key not in seen:
                seen.add(key)
                yield AuditRecord(hunt=hunt.hunt, event=event)
