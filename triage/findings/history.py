"""Findings about time: what is old and quiet, what came and went, what is usual."""

from collections.abc import Iterator
from datetime import timedelta

from triage.account import Account, accounts
from triage.case import CHANGES_HUNT
from triage.conduct import covers, sends_or_hides, untold_actions
from triage.finding import Finding, Investigation, Reference, of_change, of_way
from triage.findings import identity, methods
from triage.forwarder import forwarder_name, forwarder_names
from triage.links import usual_addresses
from triage.ways import Way
from triage.wording import listed, moment, span

_OLD = timedelta(days=180)
_NOTEWORTHY = 10
_HIDES = "T1564.008"
_OUT_OF_OFFICE = "microsoft.exchange.oof."


def old_and_quiet(investigation: Investigation) -> Iterator[Finding]:
    """In place for half a year or more, with nothing unusual in the sign-ins since."""
    forwarder = accounts(investigation.case)[0]
    if not investigation.case.sign_ins_complete or not is_quiet(investigation, forwarder):
        return
    for way in _leading_out(investigation):
        age = _known_age(investigation, way)
        if age is not None and age >= _OLD:
            yield Finding(
                id="old_and_quiet",
                sentence=f"{way.title} has been as it is for at least {span(age)}, and the "
                f"sign-ins of {forwarder_name(investigation.case)} show nothing unusual.",
                family="history",
                weight=-40,
                way=way.key,
                evidence=of_way(way),
            )


def not_changed_lately(investigation: Investigation) -> Iterator[Finding]:
    """The audit log was read completely and has no change: older than the span it covers."""
    hunt = investigation.case.hunts.get(CHANGES_HUNT)
    if hunt is None or not investigation.case.audit_complete:
        return
    for way in _leading_out(investigation):
        if way.change is None:
            yield Finding(
                id="not_changed_lately",
                sentence=f"The audit log since {moment(hunt.since)} has no change of {way.label}.",
                family="history",
                weight=-10,
                way=way.key,
                evidence=of_way(way),
            )


def removed_since(investigation: Investigation) -> Iterator[Finding]:
    """It was made and taken away again: somebody cleaned up, whoever that was."""
    for way in investigation.ways:
        if way.change is None or way.present is not False or not way.outside:
            continue
        removal = way.removal
        how = (
            f" and removed by {removal.actor} on {moment(removal.at)}"
            if removal
            else "; who removed it, the audit log does not say"
        )
        yield Finding(
            id="removed_since",
            sentence=f"{way.title} was made on {moment(way.change.at)}{how}.",
            family="history",
            weight=10,
            way=way.key,
            evidence=(*of_way(way), *((of_change(removal),) if removal else ())),
            techniques=(_HIDES,),
        )


def admin_set_approved(investigation: Investigation) -> Iterator[Finding]:
    """Somebody other than the owner set it up, for a destination on the approved list."""
    own = forwarder_names(investigation.case)
    for way in _leading_out(investigation):
        change = way.change
        answered_for = way.approvals and not way.unapproved
        if change and answered_for and change.by_person and change.actor.lower() not in own:
            yield Finding(
                id="admin_set_approved",
                sentence=f"{change.actor} set up {way.label} on {moment(change.at)}, "
                "for an approved destination.",
                family="history",
                weight=-20,
                way=way.key,
                evidence=of_way(way),
            )


def kept_in_shared_mailbox(investigation: Investigation) -> Iterator[Finding]:
    """The owner sends mail to shared mailboxes of the organisation, which colleagues read, and
    set that up where the owner has long signed in.
    """
    case = investigation.case
    own = forwarder_names(case)
    forwarder = accounts(case)[0]
    known_at = usual_addresses([forwarder])
    if not case.sign_ins_complete or not is_quiet(investigation, forwarder):
        return
    for way in investigation.ways:
        change = way.change
        if change is None or change.actor.lower() not in own or change.ip_address not in known_at:
            continue
        if _stays_in_shared_mailboxes(way):
            where = listed(each.label for each in way.destinations)
            yield Finding(
                id="kept_in_shared_mailbox",
                sentence=f"{way.title} sends mail to {where}, shared by colleagues inside the "
                f"organisation, and was {change.deed} by the owner from {change.ip_address}, an "
                "address long in use.",
                family="history",
                weight=-30,
                way=way.key,
                evidence=of_way(way),
            )


def _stays_in_shared_mailboxes(way: Way) -> bool:
    # A transport rule takes everybody's mail, and whoever set it up owns one mailbox.
    if way.kind == "ETR" or way.outside or not way.present:
        return False
    if way.rule is not None and covers(way.rule):
        return False
    kinds = {each.kind for each in way.destinations if each.resolved}
    return kinds == {"sharedMailbox"} and all(each.resolved for each in way.destinations)


def only_files(investigation: Investigation) -> Iterator[Finding]:
    """The rule that was made lately sends nothing on and hides nothing: it files mail."""
    for way in investigation.ways:
        rule = way.rule
        if rule is None or way.change is None or sends_or_hides(rule) or untold_actions(rule):
            continue
        yield Finding(
            id="only_files",
            sentence=f"{way.title}, made or changed on {moment(way.change.at)}, only files mail: "
            "it sends nothing on and hides nothing.",
            family="history",
            weight=-20,
            way=way.key,
            evidence=of_way(way),
        )


def out_of_office(investigation: Investigation) -> Iterator[Finding]:
    """An automatic reply is on, which is easily taken for forwarding."""
    rules = investigation.case.inbox_rules
    for rule in rules.rules if rules else ():
        if rule.system and rule.enabled and rule.name.lower().startswith(_OUT_OF_OFFICE):
            yield Finding(
                id="out_of_office",
                sentence="The mailbox answers mail with an out-of-office reply.",
                family="history",
                weight=-10,
                evidence=(Reference(source="list_inbox_rules", id=rule.id, text=rule.name),),
            )
            return


def quiet_sign_ins(investigation: Investigation) -> Iterator[Finding]:
    """Every sign-in of an account was seen, and none is unusual."""
    if not investigation.case.sign_ins_complete:
        return
    for account in accounts(investigation.case):
        log = account.sign_ins
        if log is not None and log.history and is_quiet(investigation, account):
            yield Finding(
                id="sign_ins_quiet",
                sentence=f"The sign-ins of {log.user} since {moment(log.since)} "
                "show nothing unusual.",
                family="history",
                weight=-10,
                account=account.subject,
            )


def is_quiet(investigation: Investigation, account: Account | None = None) -> bool:
    """Whether no finding about the account, or about any of them, is worth an analyst's look."""
    families = (*identity.FINDINGS, *methods.FINDINGS)
    return not any(
        finding.weight >= _NOTEWORTHY or finding.links
        for family in families
        for finding in family(investigation)
        if account is None or finding.account == account.subject
    )


def _leading_out(investigation: Investigation) -> Iterator[Way]:
    return (way for way in investigation.ways if way.outside and way.present)


def _known_age(investigation: Investigation, way: Way) -> timedelta | None:
    """How long the way has been as it is, at least."""
    changed = way.changed_at
    return None if changed is None else investigation.case.as_of - changed


FINDINGS = (
    old_and_quiet,
    not_changed_lately,
    removed_since,
    admin_set_approved,
    kept_in_shared_mailbox,
    only_files,
    out_of_office,
    quiet_sign_ins,
)
