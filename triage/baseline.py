"""The transport rules held against those that the organisation approved, as they were then."""

from collections.abc import Iterable
from datetime import datetime

from evidence.organization import ApprovedTransportRule, Organization
from evidence.transport_rule import TransportRule
from triage.wording import moment


def unexpected(
    rules: Iterable[TransportRule], organization: Organization, at: datetime
) -> tuple[tuple[TransportRule, str], ...]:
    """The rules that nobody answers for as they stand, each with why, in a clause."""
    found = ((rule, _why(rule, organization, at)) for rule in rules)
    return tuple((rule, why) for rule, why in found if why)


def _why(rule: TransportRule, organization: Organization, at: datetime) -> str:
    """Why the rule is not as approved; empty when it is."""
    approvals = [each for each in organization.approved_transport_rules if each.names(rule)]
    if not approvals:
        return "it is not among the approved ones"
    reasons = [_objection(rule, approval, at) for approval in approvals]
    return "" if "" in reasons else reasons[0]


def _objection(rule: TransportRule, approval: ApprovedTransportRule, at: datetime) -> str:
    if at.date() > approval.until:
        return f"its approval by {approval.owner} ended on {approval.until:%d %b %Y}"
    if rule.when_changed is None:
        return f"whether it is still as {approval.owner} approved it cannot be told"
    if rule.when_changed > approval.reviewed:
        return (
            f"it was changed on {moment(rule.when_changed)}, after {approval.owner} reviewed it on "
            f"{moment(approval.reviewed)}"
        )
    return ""
