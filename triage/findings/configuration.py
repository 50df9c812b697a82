"""Findings about how the way out was set up: from where, and what was left to watch it."""

from collections.abc import Iterator

from triage.account import Account, accounts
from triage.changes import Change
from triage.familiar import unfamiliar
from triage.finding import Finding, Investigation, Reference, of_change, of_way
from triage.findings.admin import tied
from triage.links import usual_addresses
from triage.ways import Way
from triage.wording import moment

_VALID_ACCOUNTS = "T1078.004"
_IMPAIR_LOGGING = "T1562.008"
_IMPAIR_DEFENSES = "T1562"
_UNKNOWN_PLACE = 5


def from_unknown_address(investigation: Investigation) -> Iterator[Finding]:
    """The change came from an address from which no sign-in of its maker was ever seen.

    A stolen token is used without signing in; but so is the owner's own on a journey, and Exchange
    may see a host by its IPv4 address that Entra sees by its IPv6. Hence little weight, and no tie.
    Of an address that the sign-ins do show, what they say of it is told there.
    """
    if not investigation.case.sign_ins_complete:
        return
    for way, change, account in _made_by_known(investigation):
        log = account.sign_ins
        seen = {entry.ip_address for entry in log.history} if log else set[str]()
        if change.ip_address in seen or not unfamiliar(account, change.ip_address, change.at):
            continue
        yield Finding(
            id="change_from_unknown_address",
            sentence=f"{way.title} was {change.deed} from {change.ip_address}, from where no "
            f"sign-in of {change.actor} was seen.",
            family="admin",
            weight=_UNKNOWN_PLACE,
            account=account.subject,
            evidence=of_way(way),
            techniques=(_VALID_ACCOUNTS,),
        )


def from_usual_address(investigation: Investigation) -> Iterator[Finding]:
    """The change came from where its maker has long signed in: no acquittal, for a thief may sit
    at the same desk, or use the victim's own device.
    """
    for way, change, account in _made_by_known(investigation):
        if change.ip_address in usual_addresses([account]):
            yield Finding(
                id="change_from_usual_address",
                sentence=f"{way.title} was {change.deed} on {moment(change.at)} from "
                f"{change.ip_address}, which {change.actor} has long used.",
                family="admin",
                weight=0,
                account=account.subject,
                evidence=of_way(way),
            )


def mailbox_not_audited(investigation: Investigation) -> Iterator[Finding]:
    """The mailbox is set to keep no audit log; Exchange may keep one by default all the same."""
    forwarding = investigation.case.forwarding
    if forwarding is not None and forwarding.audit_enabled is False:
        yield Finding(
            id="mailbox_not_audited",
            sentence=f"Auditing is switched off on the mailbox of {forwarding.mailbox}: what was "
            "done in it may have left no record.",
            family="admin",
            weight=5,
            evidence=(
                Reference(
                    source="get_mailbox_forwarding", id=forwarding.mailbox, text="AuditEnabled"
                ),
            ),
            techniques=(_IMPAIR_LOGGING,),
        )


def forwarding_let_out(investigation: Investigation) -> Iterator[Finding]:
    """The gate that keeps forwarded mail inside was opened, for everybody or for one domain."""
    for change in investigation.changes:
        if change.kind == "policy":
            yield Finding(
                id="auto_forwarding_allowed",
                sentence=f"{change.actor or 'Somebody'} allowed automatic forwarding to the "
                f"outside on {moment(change.at)} ({change.operation}).",
                family="admin",
                weight=20,
                links=tied(investigation, [change]),
                evidence=(of_change(change),),
                techniques=(_IMPAIR_DEFENSES,),
            )


def _made_by_known(investigation: Investigation) -> Iterator[tuple[Way, Change, Account]]:
    """The ways with their changes, where the sign-ins of whoever made them were read."""
    known = [account for account in accounts(investigation.case) if account.sign_ins]
    for way, change in investigation.way_changes():
        for account in known:
            if change.ip_address and change.actor.lower() in account.names:
                yield way, change, account


FINDINGS = (from_unknown_address, from_usual_address, mailbox_not_audited, forwarding_let_out)
