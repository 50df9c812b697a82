"""What to do: at once on suspicion, after the verdict, and only when a person approved it."""

from collections.abc import Iterator
from datetime import timedelta

from evidence.model import Evidence, JsonObject
from triage.by_hand import by_hand
from triage.finding import Investigation
from triage.forwarder import forwarder_name, forwarder_subject
from triage.verdict import Verdict
from triage.ways import Way
from triage.wording import moment

_NEW = timedelta(days=7)
_RULE_ALERTS = frozenset(
    ["suspiciousInboxForwardingRule", "suspiciousInboxManipulationRule", "forwardingRuleCreated"]
)
_FORWARDING_ALERT = "suspiciousEmailForwarding"
_REVOKE = ("revoke_sessions", "sessions", "An intruder's sessions outlive the rule.")
_RESET = (
    "reset_credentials",
    "credentials",
    "An intruder knows the password or holds a token for it. One that lives in on-premises Active "
    "Directory or at another provider is not reset from here: reset it there, approved or not.",
)


class Step(Evidence):
    """One call of an action."""

    action: str
    route: str
    """The action's route below `/api/`."""
    request: JsonObject
    """The action's own fields; incident, reason, dry run and approval are the caller's."""
    target: str
    """What is changed, for people."""
    why: str


class Plan(Evidence):
    """The recommended steps, by what they need."""

    reflex: tuple[Step, ...] = ()
    """On suspicion: exactly reversible, and mail stops flowing out."""
    contain: tuple[Step, ...] = ()
    """After a true positive: can be taken back, or does no lasting harm."""
    destroy: tuple[Step, ...] = ()
    """After a true positive and a person's approval."""
    by_hand: tuple[str, ...] = ()
    """What no action does: for a person, in sentences."""


def plan(investigation: Investigation, verdict: Verdict) -> Plan:
    """The verdict drives the plan: benign means nothing, undetermined the reflex alone."""
    if verdict.classification in ("falsePositive", "informationalExpectedActivity"):
        return Plan()
    reflex = tuple(_reflex(investigation))
    sentences = tuple(by_hand(investigation, verdict))
    if verdict.classification == "undetermined":
        return Plan(reflex=reflex, by_hand=sentences)
    guilty = [way for way in investigation.ways if way.key in verdict.convicted]
    return Plan(
        reflex=reflex,
        contain=(
            *_stop_all(investigation, guilty, reflex),
            *_for_accounts(investigation, verdict, *_REVOKE),
        ),
        destroy=(*_deletions(guilty, verdict), *_for_accounts(investigation, verdict, *_RESET)),
        by_hand=sentences,
    )


def _reflex(investigation: Investigation) -> Iterator[Step]:
    unread = "" if investigation.case.organization else " Whether it is approved could not be read."
    for way in investigation.ways:
        if way.organization_wide or not way.enabled or not way.present or not way.unapproved:
            continue
        reason = _recent(investigation, way)
        if reason:
            why = f"Mail leaves for {way.told(way.unapproved)}, {reason}.{unread}"
            yield stop(way, why, forwarder_name(investigation.case))


def _recent(investigation: Investigation, way: Way) -> str:
    """Why the way counts as new; empty when it does not."""
    case = investigation.case
    if way.change is not None:
        is_new = case.as_of - way.change.at <= _NEW
        return f"set on {moment(way.change.at)}" if is_new else ""
    if way.changed_at is not None and case.as_of - way.changed_at > _NEW:
        return ""
    return "which the alert is about, since when is unknown" if _named(investigation, way) else ""


def _named(investigation: Investigation, way: Way) -> bool:
    """Whether the alert is about this way: by its recipients, else by the kind of forwarding."""
    indicators = investigation.case.indicators
    recipients = {address.lower() for address in indicators.recipients}
    if recipients:
        return bool(recipients & {address.lower() for address in way.outside})
    if indicators.forwarding_type is not None:
        return indicators.forwarding_type == way.kind
    kinds = {alert.kind for alert in indicators.alerts}
    return _FORWARDING_ALERT in kinds or (way.kind == "InboxRule" and bool(kinds & _RULE_ALERTS))


def _stop_all(
    investigation: Investigation, guilty: list[Way], reflex: tuple[Step, ...]
) -> Iterator[Step]:
    """What still runs; a step that the reflex has too is that very step."""
    known = {(step.action, step.target): step for step in reflex}
    for way in guilty:
        if way.active and way.present and not way.by_hand_only:
            does = f"sends mail to {way.told(way.outside)}" if way.outside else "hides mail"
            why = f"It {does}, and the verdict convicts it."
            step = stop(way, why, forwarder_name(investigation.case))
            yield known.get((step.action, step.target), step)


def stop(way: Way, why: str, owner: str) -> Step:
    """`owner` is the name by which the change will call the mailbox, which may have others."""
    if way.kind == "SMTP":
        return _step(
            "clear_mailbox_forwarding",
            {"mailbox": way.mailbox},
            f"forwarding of mailbox {owner or way.mailbox}",
            why,
        )
    if way.transport is not None:
        return _step("disable_transport_rule", {"rule": way.transport.id}, way.label, why)
    return _step("disable_inbox_rule", _rule_request(way), f"{way.label} of {way.mailbox}", why)


def _deletions(guilty: list[Way], verdict: Verdict) -> Iterator[Step]:
    """The forwarding rule that an intruder left goes (Microsoft's playbook: disable and delete).

    What an owner set up stays, disabled, as evidence, and so does a rule that sends nothing.
    """
    for way in guilty if verdict.compromised else ():
        if way.rule is not None and way.present and way.outside:
            target = f"{way.label} of {way.mailbox}"
            why = "Disabled it can be switched on again by whoever comes back."
            yield _step("delete_inbox_rule", _rule_request(way), target, why)


def _for_accounts(
    investigation: Investigation, verdict: Verdict, action: str, what: str, why: str
) -> Iterator[Step]:
    case = investigation.case
    names = {forwarder_subject(case): forwarder_name(case)}
    for account in verdict.compromised:
        target = f"{what} of {names.get(account, account)}"
        yield _step(action, {"user": account}, target, why)


def _rule_request(way: Way) -> JsonObject:
    return {"mailbox": way.mailbox, "rule": way.rule.id if way.rule else ""}


def _step(action: str, request: JsonObject, target: str, why: str) -> Step:
    return Step(
        action=action, route=action.replace("_", "-"), request=request, target=target, why=why
    )
