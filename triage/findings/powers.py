"""Findings about powers that reach other people's mail: roles taken, searches of mailboxes."""

from collections.abc import Iterator
from typing import NamedTuple

from evidence.audit_event import AuditEvent
from evidence.reading import embedded, objects, text
from triage import words
from triage.finding import Finding, Investigation, Reference
from triage.findings.admin import tied_to, weight_of
from triage.wording import moment, quoted

_ADDED_ROLE = "T1098.003"
_COLLECT = "T1114.002"
_ROLE_GIVEN = frozenset(
    [
        "add member to role",
        "add eligible member to role",
        "add-rolegroupmember",
        "new-managementroleassignment",
        "new-rolegroup",
    ]
)
_SEARCHED = frozenset(
    [
        "search-mailbox",
        "new-compliancesearch",
        "new-compliancesearchaction",
        "new-mailboxexportrequest",
        "searchcreated",
        "searchexported",
        "searchexportdownloaded",
        "viewedsearchpreviewed",
        "viewedsearchexported",
    ]
)
_QUERIES = ("ContentMatchQuery", "SearchQuery", "Query")
_EXPORTED = ("export", "purge", "action", "search-mailbox")
_OPENS_MAILBOXES = ("applicationimpersonation", "mailbox import export", "mailbox search")
_PRIVILEGED = (
    "global administrator",
    "company administrator",
    "privileged",
    "exchange administrator",
    "exchange service administrator",
    "application administrator",
    "organization management",
    "organizationmanagement",
)
_NAMED = ("Role", "RoleName", "Name", "Identity", "Role.DisplayName")


class RoleGiven(NamedTuple):
    """A record of somebody being given a role."""

    hunt: str
    event: AuditEvent
    role: str
    """Empty where the record does not name it."""
    whom: str


def granted_roles(investigation: Investigation) -> Iterator[RoleGiven]:
    """Every role that the records show being given."""
    for hunt, event in investigation.records_of(_ROLE_GIVEN):
        yield RoleGiven(hunt, event, _role(event), _member(event))


def roles_given(investigation: Investigation) -> Iterator[Finding]:
    """Somebody was given power over others' mailboxes or accounts."""
    for hunt, event, role, whom in granted_roles(investigation):
        opens = any(each in role.lower() for each in _OPENS_MAILBOXES)
        high = any(each in role.lower() for each in _PRIVILEGED)
        weight = 25 if opens else 20 if high else 10
        yield Finding(
            id="role_granted",
            sentence=f"{event.actor} gave {whom or 'somebody'} "
            f"{f'the role {role}' if role else 'a role'} on {moment(event.at)}"
            f"{', which opens every mailbox' if opens else ''}.",
            family="admin",
            weight=weight_of(investigation, event, weight),
            links=tied_to(investigation, event),
            evidence=(Reference(source=f"run_hunt {hunt}", id=event.id, text=event.operation),),
            techniques=(_ADDED_ROLE,),
        )


def mailboxes_searched(investigation: Investigation) -> Iterator[Finding]:
    """Mail of others was searched or exported: an auditor's work, or a thief's."""
    for hunt, event in investigation.records_of(_SEARCHED):
        exported = any(each in event.operation.lower() for each in _EXPORTED)
        secrets = words.credentials(_queries(event))
        weight = 20 if exported or secrets else 10
        what = f"{event.operation}{f' {event.object_id}' if event.object_id else ''}"
        yield Finding(
            id="mailboxes_searched",
            sentence=f"{event.actor} searched or exported mail of others on {moment(event.at)} "
            f"({what}){f', looking for {quoted(secrets, 3)}' if secrets else ''}.",
            family="admin",
            weight=weight_of(investigation, event, weight),
            links=tied_to(investigation, event),
            evidence=(Reference(source=f"run_hunt {hunt}", id=event.id, text=event.operation),),
            techniques=(_COLLECT,),
        )


def _queries(event: AuditEvent) -> list[str]:
    """What a search looked for; the records of Purview have it beside the cmdlet's parameters."""
    given = ((event.parameter(name), text(event.raw, name)) for name in _QUERIES)
    return [query for pair in given for query in pair if query]


def _role(event: AuditEvent) -> str:
    named = next((value for name in _NAMED if (value := event.parameter(name))), "")
    if named:
        return named
    # Entra writes the name of a role among what changed, in quotation marks.
    for changed in objects({"list": embedded(event.raw, "ModifiedProperties")}, "list"):
        if text(changed, "Name") == "Role.DisplayName":
            return (text(changed, "NewValue") or "").strip('"')
    return ""


def _member(event: AuditEvent) -> str:
    given = ("Member", "User", "SecurityGroup", "Members")
    return next((value for name in given if (value := event.parameter(name))), event.object_id)


FINDINGS = (roles_given, mailboxes_searched)
