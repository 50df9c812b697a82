"""Findings about who else may open the mailbox, as it stands now or as a record tells."""

from collections.abc import Iterable, Iterator

from evidence.addresses import is_internal, smtp_address
from evidence.audit_event import AuditEvent
from evidence.delegate import Delegate
from evidence.reading import text
from triage.change import Change
from triage.finding import Finding, Investigation, Reference, of_change
from triage.findings.admin import tied
from triage.wording import listed, moment

_DELEGATE = "T1098.002"
_FOLDERS_OPENED = frozenset(
    [
        "addfolderpermissions",
        "modifyfolderpermissions",
        "updatefolderpermissions",
        "add-mailboxfolderpermission",
        "set-mailboxfolderpermission",
    ]
)
_EVERYBODY = frozenset(["everyone", "default", "anonymous", "s-1-1-0", "s-1-5-7", "s-1-5-11"])
_FREE_TO_SEE = frozenset(["freebusysimple", "freebusydetailed", "availabilityonly", "none", ""])
# What Exchange shows to everybody by itself, or what colleagues share as a matter of course.
_SHARED_ANYWAY = tuple(
    "calendar kalender calendrier agenda kalendar kalenteri naptar takvim календар カレンダー 日历 "
    "行事曆 일정 contact kontakt task tasks aufgaben".split()
)


def open_to_everyone(investigation: Investigation) -> Iterator[Finding]:
    """Anybody in the organisation, or beyond it, may read the mail."""
    found = investigation.case.delegates
    opened = [
        each
        for each in (found.delegates if found else ())
        if each.everyone and not _is_shared_anyway(each.folder) and _lets_read(each)
    ]
    if found is not None and opened:
        yield Finding(
            id="mailbox_open_to_everyone",
            sentence=f"In the mailbox of {found.mailbox} mail is open to everybody: "
            f"{listed(map(_described, opened))}.",
            family="admin",
            weight=20,
            evidence=_of(opened),
            techniques=(_DELEGATE,),
        )


def outsiders(investigation: Investigation) -> Iterator[Finding]:
    """Somebody who does not belong to the organisation may read or send."""
    found = investigation.case.delegates
    strangers = [each for each in (found.delegates if found else ()) if each.internal is False]
    if found is not None and strangers:
        yield Finding(
            id="delegate_outside",
            sentence=f"Somebody outside the organisation has rights in the mailbox of "
            f"{found.mailbox}: {listed(map(_described, strangers))}.",
            family="admin",
            weight=20,
            evidence=_of(strangers),
            techniques=(_DELEGATE,),
        )


def standing(investigation: Investigation) -> Iterator[Finding]:
    """Who has rights, of those that are neither everybody nor strangers: nothing unusual."""
    found = investigation.case.delegates
    known = [
        each
        for each in (found.delegates if found else ())
        if not each.everyone and each.internal is not False
    ]
    if found is not None and known:
        yield Finding(
            id="delegates_standing",
            sentence=f"Besides its owner, the mailbox of {found.mailbox} may be used by "
            f"{listed(map(_described, known))}.",
            family="admin",
            weight=0,
            evidence=_of(known),
        )


def folder_opened(investigation: Investigation) -> Iterator[Finding]:
    """A mail folder was opened to everybody; which right was given first matters little, since
    nobody has reason to name everybody on a folder of mail.
    """
    for hunt, event in investigation.records_of(_FOLDERS_OPENED):
        folder, whom, rights = _opened(event)
        takes_away = rights.lower() == "none"
        if whom.lower() in _EVERYBODY and not takes_away and not _is_shared_anyway(folder):
            yield Finding(
                id="folder_opened_to_everyone",
                sentence=f"{event.actor or 'Somebody'} opened the folder {folder or '(unnamed)'} "
                f"to everybody ({rights or 'rights not told'}) on {moment(event.at)}.",
                family="admin",
                weight=25,
                evidence=(Reference(source=f"run_hunt {hunt}", id=event.id, text=event.operation),),
                techniques=(_DELEGATE,),
            )


def granted_to_strangers(investigation: Investigation) -> Iterator[Finding]:
    """Rights in a mailbox were given to everybody, to a guest, or to an address outside."""
    organization = investigation.case.organization
    domains = organization.accepted_domains if organization else ()
    for change in investigation.changes:
        if change.kind != "permission" or _is_shared_anyway(f"{change.name} {change.mailbox}"):
            continue
        whom = change.grantee.lower()
        address = smtp_address(whom)
        outside = bool(domains and address and not is_internal(address, domains))
        if outside or "#ext#" in whom or (whom in _EVERYBODY and not _is_folders(change)):
            yield Finding(
                id="permission_to_stranger",
                sentence=f"{change.actor} gave {change.grantee} {change.name} on "
                f"{change.mailbox or 'a mailbox'} on {moment(change.at)}: "
                f"{'everybody' if whom in _EVERYBODY else 'somebody from outside'} may use it.",
                family="admin",
                weight=25,
                links=tied(investigation, [change]),
                evidence=(of_change(change),),
                techniques=(_DELEGATE,),
            )


def _is_folders(change: Change) -> bool:
    return change.operation.lower() in _FOLDERS_OPENED


def _opened(event: AuditEvent) -> tuple[str, str, str]:
    """Folder, to whom, and with which rights: of a record of the mailbox, or of a cmdlet."""
    inside = ("Item", "ParentFolder")
    folder = text(event.raw, *inside, "Path") or text(event.raw, *inside, "Name")
    if folder is None:
        identity = event.parameter("Identity") or event.object_id
        return (
            identity.rpartition(":")[2] if ":" in identity else "",
            event.parameter("User"),
            event.parameter("AccessRights"),
        )
    names = (text(event.raw, *inside, "MemberUpn"), text(event.raw, *inside, "MemberSid"))
    whom = next((name for name in names if name and name.lower() in _EVERYBODY), "")
    return folder, whom, text(event.raw, *inside, "MemberRights") or ""


def _lets_read(delegate: Delegate) -> bool:
    return any(right.lower() not in _FREE_TO_SEE for right in delegate.access_rights)


def _is_shared_anyway(folder: str) -> bool:
    return any(each in folder.lower() for each in _SHARED_ANYWAY)


def _described(delegate: Delegate) -> str:
    where = f" on {delegate.folder}" if delegate.folder else ""
    rights = "/".join(delegate.access_rights) or delegate.right
    return f"{delegate.address or delegate.who} ({rights}{where})"


def _of(delegates: Iterable[Delegate]) -> tuple[Reference, ...]:
    return tuple(
        Reference(source="list_mailbox_delegates", id=each.who, text=_described(each))
        for each in list(delegates)[:10]
    )


FINDINGS = (open_to_everyone, outsiders, standing, folder_opened, granted_to_strangers)
