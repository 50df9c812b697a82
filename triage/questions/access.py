"""Who and what else can get at the mail, and what was done with it: the rest of a takeover."""

from collections.abc import Iterator

from evidence.auth_method import AuthMethodChange
from evidence.delegate import Delegate
from evidence.granted_app import GrantedApp
from evidence.model import JsonObject
from evidence.reading import embedded, items, number, objects, text, texts
from evidence.reading import moment as moment_in
from triage import mail_flow
from triage.applications import ACCESS_HUNT, CONSENTS_HUNT
from triage.case import POWERS_HUNT
from triage.finding import Investigation
from triage.mail_reads import READS_HUNT, mail_reads
from triage.questions.question import Findings, Question
from triage.wording import counted, listed, moment, quoted

ACTIVITY_HUNT = "mailbox_activity"
ROLES_HUNT = "admin_roles"
ACCOUNT_HUNT = "account_changes"
_RIGHTS = {
    "fullAccess": "full access",
    "sendAs": "may send as the owner",
    "sendOnBehalf": "may send on behalf of the owner",
}
_DELETING = ("HardDelete", "SoftDelete", "MoveToDeletedItems")
_SENDING = ("Send", "SendAs", "SendOnBehalf")
_SAYS_WHICH = ("Identity", "Included Updated Properties", "ActorId.ServicePrincipalNames")
_POWERS = ("role_granted", "mailboxes_searched", "app_credentials_added", "app_permissions_added")
_MOST = 10


def _mail_read(investigation: Investigation, _: Findings) -> Iterator[str]:
    """By address and client, as far as MailItemsAccessed tells."""
    for each in list(mail_reads(investigation))[:_MOST]:
        via = each.client or each.app_id
        remarks = [
            "whole folders, so that all in them is to be held for read"
            if each.whole_folders
            else "",
            "the log stopped counting" if each.log_incomplete else "",
        ]
        said = "".join(f", {remark}" for remark in remarks if remark)
        yield (
            f"{counted(each.messages, 'message')} read from {each.address or 'an unknown address'}"
            f"{f' with {via}' if via else ''}{f', last {moment(each.last)}' if each.last else ''}"
            f"{said}."
        )


def _mail_deleted(investigation: Investigation, _: Findings) -> list[str]:
    """What was deleted, from where, and by whom."""
    return list(_activities(investigation, _DELETING, "deleted"))


def _mail_sent(investigation: Investigation, _: Findings) -> Iterator[str]:
    """What was sent, by the audit log and by message trace."""
    yield from _activities(investigation, _SENDING, "sent")
    trace = investigation.case.trace
    if trace is not None and trace.messages:
        failed = sum(each.status.lower() == "failed" for each in trace.messages)
        to = listed(dict.fromkeys(each.recipient for each in trace.messages if each.recipient))
        yield (
            f"Message trace since {moment(trace.since)}: "
            f"{counted(len(trace.messages), 'message')} to {to}"
            f"{f', {failed} failed' if failed else ''}."
        )


def _activities(
    investigation: Investigation, operations: tuple[str, ...], done: str
) -> Iterator[str]:
    for row in mail_flow.rows(investigation.case, ACTIVITY_HUNT):
        if text(row, "Operation") in operations:
            last = moment_in(row, "LastSeen")
            subjects = quoted(texts(row, "Subjects"), 3)
            yield (
                f"{counted(number(row, 'Items') or 0, 'message')} {done} "
                f"({text(row, 'Operation')}) by {text(row, 'Actor') or 'somebody'} from "
                f"{text(row, 'IPAddress') or 'an unknown address'}"
                f"{f', last {moment(last)}' if last else ''}{f': {subjects}' if subjects else ''}."
            )


def _delegates(investigation: Investigation, _: Findings) -> list[str]:
    """Everybody besides the owner, each with the rights; a whole organisation named first."""
    found = investigation.case.delegates
    held = sorted(found.delegates if found else (), key=lambda each: not each.everyone)
    return [f"{_delegate(each)}." for each in held]


def _delegate(delegate: Delegate) -> str:
    who = delegate.address or delegate.who
    rights = listed(delegate.access_rights) or "rights"
    on_folder = f"{rights} on {delegate.folder or 'a folder'}"
    outside = ", from outside the organisation" if delegate.internal is False else ""
    whom = " (that is everybody)" if delegate.everyone else ""
    return f"{who}{whom}: {_RIGHTS.get(delegate.right, on_folder)}{outside}"


def _consents(_: Investigation, findings: Findings) -> list[str]:
    """Who was given access to mail, by whom, and what was made of it."""
    return [f.sentence for f in findings if f.id.startswith("app_consent")]


def _apps_in_force(investigation: Investigation, _: Findings) -> list[str]:
    """Every grant that opens mail, the strangers' first."""
    found = investigation.case.apps
    open_mail = [app for app in (found.apps if found else ()) if app.mail_scopes]
    return [f"{_app(app)}." for app in sorted(open_mail, key=lambda app: app.first_party)]


def _app(app: GrantedApp) -> str:
    by = (
        "Microsoft's own"
        if app.first_party
        else f"by {app.publisher}"
        if app.publisher
        else "by an unverified publisher"
    )
    whom = "" if app.given_for == "user" else ", for everybody"
    off = "" if app.enabled else ", switched off"
    return f"“{app.name or app.app_id}” ({by}): {listed(app.mail_scopes)}{whom}{off}"


def _auth_methods(investigation: Investigation, _: Findings) -> Iterator[str]:
    """The methods, then what was registered or removed lately."""
    found = investigation.case.auth_methods
    if found is None:
        return
    methods = (
        f"{_kind(each.kind)}{f' ({each.name})' if each.name else ''}" for each in found.methods
    )
    if told := listed(methods, _MOST):
        yield f"Registered: {told}."
    if changes := [_method_change(each) for each in found.changes[:_MOST]]:
        yield f"Changed since {moment(found.since)}: {listed(changes, _MOST)}."


def _kind(kind: str) -> str:
    """`phoneAuthenticationMethod` in words."""
    name = kind.removesuffix("AuthenticationMethod")
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip() or kind


def _method_change(change: AuthMethodChange) -> str:
    failed = "" if change.succeeded else " (failed)"
    where = f" from {change.ip_address}" if change.ip_address else ""
    what = f" ({change.what})" if change.what else ""
    by = f" by {change.actor or 'somebody'}"
    return f"{moment(change.at)} {change.activity}{what}{by}{where}{failed}"


def _registered_devices(investigation: Investigation, _: Findings) -> list[str]:
    """Each device with its age and whether anybody manages it."""
    found = investigation.case.auth_methods
    return [
        f"{device.name or device.id}{f', {device.system}' if device.system else ''}"
        f"{f', registered {moment(device.registered)}' if device.registered else ''}"
        f"{', not managed' if device.managed is False else ''}."
        for device in (found.devices if found else ())
    ]


def _roles(investigation: Investigation, _: Findings) -> Iterator[str]:
    """The roles that Defender knows of: those that stand, and those that can be activated."""
    for row in mail_flow.rows(investigation.case, ROLES_HUNT):
        standing = listed(_role_names(row, "AssignedRoles"), _MOST)
        privileged = listed(_role_names(row, "PrivilegedRoles"), _MOST)
        yield f"Assigned: {standing or 'none'}."
        if privileged:
            yield f"Under Privileged Identity Management: {privileged}."


def _role_names(row: JsonObject, column: str) -> tuple[str, ...]:
    """Names, or objects that hold one."""
    roles = items({"list": embedded(row, column)}, "list")
    named = (text(each) or text(each, "RoleName") or text(each, "DisplayName") for each in roles)
    return tuple(name for name in named if name)


def _account_changes(investigation: Investigation, _: Findings) -> Iterator[str]:
    """Password, profile, signature and role changes, by whom and from where."""
    for row in mail_flow.rows(investigation.case, ACCOUNT_HUNT)[:_MOST]:
        at = moment_in(row, "Timestamp")
        what = listed(_changed(row))
        where = text(row, "IPAddress")
        failed = (text(row, "ResultStatus") or "").lower() in ("failure", "failed", "false")
        yield (
            f"{f'{moment(at)}: ' if at else ''}{(text(row, 'Operation') or 'A change').rstrip('.')}"
            f"{f' ({what})' if what else ''} by {text(row, 'Actor') or 'somebody'}"
            f"{f' from {where}' if where else ''}{' (failed)' if failed else ''}."
        )


def _powers(_: Investigation, findings: Findings) -> list[str]:
    """Every deed, the weightiest first."""
    return [f.sentence for f in findings if f.id in _POWERS][:_MOST]


def _changed(row: JsonObject) -> Iterator[str]:
    """The role that was given, or the names of what was changed."""
    for column in ("Properties", "Parameters"):
        for each in objects({"list": embedded(row, column)}, "list"):
            name = text(each, "Name") or ""
            if name == "Role.DisplayName":
                yield (text(each, "NewValue") or text(each, "OldValue") or name).strip('"')
            elif name and name not in _SAYS_WHICH and not name.startswith(("Role.", "TargetId.")):
                yield name


QUESTIONS = (
    Question(
        "mail_read",
        "Which mail was read, from where and with what?",
        ("forwarding.impacted",),
        (READS_HUNT,),
        _mail_read,
        "None is on record in the time that the hunt covers.",
    ),
    Question(
        "mail_deleted",
        "Was mail deleted, by whom and from where?",
        ("compromised.mail_missing",),
        (ACTIVITY_HUNT,),
        _mail_deleted,
        "None is on record in the time that the hunt covers.",
    ),
    Question(
        "mail_sent",
        "What mail was sent from the mailbox, by whom and to whom?",
        ("compromised.not_in_sent", "compromised.sent_items", "compromised.message_trace"),
        (ACTIVITY_HUNT, "trace_messages"),
        _mail_sent,
        "None in the time that was looked at.",
    ),
    Question(
        "delegates",
        "Who else may open the mailbox or send in its name?",
        ("compromised.delegates",),
        ("list_mailbox_delegates",),
        _delegates,
        "Nobody besides the owner.",
    ),
    Question(
        "app_consents",
        "Which applications were given access to mail, and what did they do with it?",
        ("compromised.consents",),
        (CONSENTS_HUNT, ACCESS_HUNT),
        _consents,
        "None, by this user or for everybody, in the time that the hunt covers.",
    ),
    Question(
        "apps_in_force",
        "Which applications may read or send the user's mail now?",
        ("compromised.consents",),
        ("list_app_consents",),
        _apps_in_force,
        "None.",
    ),
    Question(
        "auth_methods",
        "Which ways to sign in are registered, and were any added or removed?",
        ("compromised.methods", "compromised.audit_logs"),
        ("list_auth_methods",),
        _auth_methods,
        "None is registered, and none was.",
    ),
    Question(
        "registered_devices",
        "Which devices are registered to the user?",
        ("compromised.methods",),
        ("list_auth_methods",),
        _registered_devices,
        "None.",
    ),
    Question(
        "admin_roles",
        "Which administrative roles does the user hold?",
        ("compromised.roles",),
        (ROLES_HUNT,),
        _roles,
        "Not known: Defender's list of identities does not have the account.",
        silent=True,
    ),
    Question(
        "account_changes",
        "Were the user's password, profile, signature or roles changed?",
        (
            "compromised.profile_changed",
            "compromised.password_changes",
            "compromised.roles",
            "compromised.audit_logs",
        ),
        (ACCOUNT_HUNT,),
        _account_changes,
        "No such change in the time that the hunt covers.",
    ),
    Question(
        "powers_over_mail",
        "Did the user use or get powers over other people's mail: roles, searches, applications?",
        ("compromised.roles", "compromised.audit_logs"),
        (POWERS_HUNT,),
        _powers,
        "No such deed in the time that the hunt covers.",
    ),
)
