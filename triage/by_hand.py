"""What no action of the plan does and a person has to, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass

from triage.account import accounts
from triage.app_marks import suspects
from triage.change import Change, WayKind
from triage.finding import Investigation
from triage.findings.admin import tied, tied_to
from triage.findings.powers import granted_roles
from triage.forwarder import forwarder_names, forwarder_subject
from triage.links import usual_addresses
from triage.verdict import Verdict
from triage.wording import listed, moment

_TAKEN_BACK = {
    "Add-MailboxPermission": "Remove-MailboxPermission",
    "Add-RecipientPermission": "Remove-RecipientPermission",
    "Set-Mailbox": "Set-Mailbox -GrantSendOnBehalfTo",
}
_FOLDER_TAKEN_BACK = "Remove-MailboxFolderPermission"
_STOPPED: dict[WayKind, tuple[str, str]] = {
    "InboxRule": ("Get-InboxRule -IncludeHidden", "Disable-InboxRule"),
    "SMTP": (
        "Get-Mailbox",
        "Set-Mailbox, with ForwardingSmtpAddress and ForwardingAddress set to $null",
    ),
    "ETR": ("Get-TransportRule", "Disable-TransportRule"),
    "sweep": ("Get-SweepRule", "Disable-SweepRule"),
    "journal": ("Get-JournalRule", "Disable-JournalRule"),
    "connector": ("Get-OutboundConnector", "Set-OutboundConnector -Enabled $false"),
    "flow": ("the Power Platform admin center, under the flows of its maker", "turn it off there"),
}
"""Where each kind is seen, in Exchange Online PowerShell unless it says otherwise, and what stops
it."""


def by_hand(investigation: Investigation, verdict: Verdict) -> Iterator[str]:
    """The most urgent first: mail that may still leave, then who may still read it."""
    yield from _about_unseen(investigation, verdict)
    yield from _about_permissions(investigation, verdict)
    yield from _about_roles(investigation, verdict)
    yield from _about_rules(investigation, verdict)
    yield from _about_applications(investigation)


def _about_unseen(investigation: Investigation, verdict: Verdict) -> Iterator[str]:
    """What is convicted, and what no request names: no listing showed it, or no action stops it."""
    for way in investigation.ways:
        if way.key not in verdict.convicted or way.removal is not None:
            continue
        if way.present is None or (way.by_hand_only and way.active):
            seen, stopped = _STOPPED[way.kind]
            of = f" of {way.mailbox}" if way.mailbox else ""
            made = f", {way.change.deed} on {moment(way.change.at)}" if way.change else ""
            whom = way.outside or way.through
            to = f", to {way.told(whom)}" if whom else ""
            because = (
                "there is no action for it" if way.by_hand_only else "its listing could not be read"
            )
            yield (
                f"Stop {way.label}{of}{made}{to}: the verdict convicts it, and no step stops it, "
                f"because {because}. Look whether it is there ({seen}), and end it ({stopped})."
            )


@dataclass(frozen=True)
class _Access:
    """What one account gave another to one mailbox."""

    actor: str
    grantee: str
    mailbox: str


def _about_permissions(investigation: Investigation, verdict: Verdict) -> Iterator[str]:
    """What an intruder gave outlives the intruder's own access; one line for each mailbox."""
    held = _held(investigation, verdict)
    given: dict[_Access, list[Change]] = {}
    for change in investigation.changes:
        if change.kind != "permission" or change.actor.lower() not in held:
            continue
        if any(link.way in verdict.convicted for link in tied(investigation, [change])):
            access = _Access(change.actor, change.grantee, change.mailbox)
            given.setdefault(access, []).append(change)
    for access, grants in given.items():
        rights = listed(f"{each.name} ({_taken_back(each)})" for each in grants)
        yield (
            f"Take away from {access.grantee or 'whoever got it'} what {access.actor} gave on "
            f"{moment(grants[0].at)} on {_mailbox(access.mailbox)}, where it still stands: "
            f"{rights}."
        )


def _about_roles(investigation: Investigation, verdict: Verdict) -> Iterator[str]:
    """A role that an intruder gave opens the house again; one line for each receiver."""
    held = _held(investigation, verdict)
    given: dict[tuple[str, str], list[str]] = {}
    for _, event, role, whom in granted_roles(investigation):
        ties = tied_to(investigation, event) if event.actor.lower() in held else ()
        if any(link.way in verdict.convicted for link in ties):
            named = role or "a role that the record does not name"
            given.setdefault((event.actor, whom), []).append(named)
    for (actor, whom), roles in given.items():
        yield (
            f"Take away from {whom or 'whoever got it'}, where it still stands, what {actor} gave: "
            f"{listed(roles, 10)} (Entra, Roles and administrators; Exchange, admin roles)."
        )


def _mailbox(name: str) -> str:
    return f"the mailbox {name}" if name else "a mailbox that the record does not name"


def _taken_back(grant: Change) -> str:
    return _TAKEN_BACK.get(grant.operation, _FOLDER_TAKEN_BACK)


def _held(investigation: Investigation, verdict: Verdict) -> frozenset[str]:
    """Every name of the accounts that the verdict contains, lower-cased."""
    case = investigation.case
    names = {account.lower() for account in verdict.compromised}
    if forwarder_subject(case) in verdict.compromised:
        names |= forwarder_names(case)
    return frozenset(names)


def _about_rules(investigation: Investigation, verdict: Verdict) -> Iterator[str]:
    """Rules of the intruder's sessions that are too harmless to convict, and still run.

    A stolen session is also the owner's: what was made from a usual address is left to them.
    """
    if not verdict.compromised:
        return
    sessions = {
        way.change.session_id: way
        for way in investigation.ways
        if way.key in verdict.convicted and way.change and way.change.session_id
    }
    usual = usual_addresses(accounts(investigation.case))
    for way in investigation.ways:
        change = way.change
        if way.rule is None or change is None or not (way.active and way.present):
            continue
        if way.key in verdict.convicted or way.unapproved or change.ip_address in usual:
            continue
        if convicted := sessions.get(change.session_id):
            yield (
                f"Look at {way.label} of {way.mailbox}, which still runs: it was {change.deed} on "
                f"{moment(change.at)} in the same session as {convicted.label}. It is not "
                f"convicted, so nothing stops it; unless the owner wants it, disable it with "
                f"disable_inbox_rule (rule {way.rule.id})."
            )


def _about_applications(investigation: Investigation) -> Iterator[str]:
    """Neither a new password nor the end of all sessions takes an application's access away."""
    for application in suspects(investigation):
        givers = listed(consent.actor for consent in application.consents)
        yield (
            f"Take the access of {application.label} away: in Entra, under Enterprise "
            "applications, note its owners and permissions, block sign-in to it and delete it; "
            "neither a new password nor revoked sessions do that."
        )
        if made := application.made_here:
            yield (
                f"Delete the registration of {application.label} under App registrations too: "
                f"{made.actor} made it on {moment(made.at)}."
            )
        yield (
            f"Ask {givers}, over another channel than mail, how they came to give "
            f"{application.label} access, and hold the mail in reach of it for read."
        )
