"""A Power Automate flow that can read mail, as the audit log tells of its making.

The log keeps when a flow was made, edited or deleted, and which connectors its definition names;
neither its name, nor its steps, nor its runs (Microsoft Power Platform documentation: View Power
Automate activity logs in Microsoft Purview).
"""

import re
from typing import Literal

from evidence.audit_event import AuditEvent
from evidence.model import Evidence
from evidence.reading import distinct, embedded, text, texts

_DEEDS: dict[str, Literal["made", "changed", "removed"]] = {
    "createflow": "made",
    "editflow": "changed",
    "deleteflow": "removed",
}
# As people see the connector's name, and as its identifier has it.
_READS_MAIL = frozenset(["office 365 outlook", "shared_office365", "office365"])
_ID = re.compile(r"/flows/([^/?#]+)", re.IGNORECASE)


class FlowChange(Evidence):
    """One change of a flow."""

    deed: Literal["made", "changed", "removed"]
    flow: str
    """Its id; empty where the record has none."""
    connectors: tuple[str, ...] = ()
    """What its definition names, e.g. `Office 365 Outlook` and `Gmail`."""

    @property
    def reads_mail(self) -> bool:
        """Whether it can read, and thereby send on, mail of the organisation."""
        return any(name.casefold() in _READS_MAIL for name in self.connectors)


def flow_change(event: AuditEvent) -> FlowChange | None:
    """Reads the record of a flow made, edited or deleted; None for any other."""
    deed = _DEEDS.get(event.operation.lower())
    if deed is None:
        return None
    url = text(event.raw, "FlowDetailsUrl") or ""
    found = _ID.search(url)
    named = texts({"names": embedded(event.raw, "FlowConnectorNames")}, "names")
    return FlowChange(
        deed=deed,
        flow=found.group(1) if found else event.object_id,
        connectors=distinct(
            part.strip() for name in named for part in re.split("[,;]", name) if part.strip()
        ),
    )
