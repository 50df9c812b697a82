"""Which of the alerts about forwarded mail an alert is, by its policy or by its title."""

import re

from evidence.incident.body import Place, walk
from evidence.indicators import AlertKind
from evidence.model import JsonObject

_BY_POLICY: dict[str, AlertKind] = {
    "bfd48f06-0865-41a6-85ff-adb746423ebf": "suspiciousEmailForwarding",
    "d59a8fd4-1272-41ee-9408-86f7bcf72479": "forwardingRuleCreated",
}
"""Microsoft: Alert policies in the Microsoft Defender portal, the table of default policies."""

_BY_TITLE: tuple[tuple[str, AlertKind], ...] = (
    ("suspicious email forwarding", "suspiciousEmailForwarding"),
    ("suspicious inbox forwarding", "suspiciousInboxForwardingRule"),
    ("suspicious inbox manipulation", "suspiciousInboxManipulationRule"),
    ("creation of forwarding/redirect rule", "forwardingRuleCreated"),
)
# Unproven: no public sample shows which of these members carries the policy's id.
_POLICY_MEMBERS = frozenset({"policyid", "alertpolicyid", "detectorid"})


def alert_kind(alert: JsonObject, title: str) -> AlertKind:
    """The kind of an alert; `other` for those that are not about forwarded mail."""
    for node in walk(alert, Place()):
        if node.key in _POLICY_MEMBERS and isinstance(node.value, str):
            kind = _BY_POLICY.get(node.value.strip(" {}").lower())
            if kind is not None:
                return kind
    worded = re.sub(r"\s+", " ", title).lower()
    for words, kind in _BY_TITLE:
        if words in worded:
            return kind
    return "other"
