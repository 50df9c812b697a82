"""Findings about applications that were changed so that somebody may use them to read mail."""

import json
from collections.abc import Iterator

from evidence.audit_event import AuditEvent
from evidence.reading import distinct
from triage.finding import Finding, Investigation, Reference
from triage.findings.admin import tied_to, weight_of
from triage.wording import moment

_CREDENTIALS = "T1098.001"
_CHANGED = frozenset(["update application", "update service principal"])
# Entra's audit log writes the dash in several ways.
_SECRETS = frozenset(
    [
        *(
            f"update application {dash} certificates and secrets management"
            for dash in ("-", "\u2013", "\u2014", "\u00e2\u20ac\u201c")
        ),
        "add service principal credentials",
        "add service principal",
    ]
)
_KEY = "KeyDescription"
_PERMISSIONS = "RequiredResourceAccess"
# Microsoft Graph permissions reference: the ids under which an application asks for mail.
_MAIL_PERMISSIONS = {
    "570282fd-fa5c-430d-a7fd-fc8dc98a9dca": "Mail.Read",
    "024d486e-b451-40bb-833d-3e66d98c5c73": "Mail.ReadWrite",
    "e383f46e-2787-4529-855e-0e479a3ffac0": "Mail.Send",
    "810c84a8-4a9e-49e6-bf7d-12d183f40d01": "Mail.Read (application)",
    "e2a3a72e-5f79-4c64-b1b1-878b674786c9": "Mail.ReadWrite (application)",
    "b633e1c5-b582-4048-a93e-9f11b44c7e96": "Mail.Send (application)",
    "dc890d15-9560-4a4c-9b7f-a736ec74ec40": "full_access_as_app",
}


def credentials_added(investigation: Investigation) -> Iterator[Finding]:
    """A secret or certificate was added: whoever has it acts as the application, for as long as it
    lasts, and no password or session of a person matters to it.
    """
    for hunt, event in investigation.records_of(_SECRETS):
        if event.operation.lower() == "add service principal" and not _mentions(event, _KEY):
            continue
        yield _finding(
            investigation,
            hunt,
            event,
            "app_credentials_added",
            f"{event.actor or 'Somebody'} added credentials to an application on "
            f"{moment(event.at)} ({_named(event)}).",
        )


def permissions_added(investigation: Investigation) -> Iterator[Finding]:
    """An application was made to ask for mail."""
    for hunt, event in investigation.records_of(_CHANGED):
        asked = _mail_asked_for(event)
        if asked:
            yield _finding(
                investigation,
                hunt,
                event,
                "app_permissions_added",
                f"{event.actor or 'Somebody'} changed an application on {moment(event.at)} so "
                f"that it asks for {', '.join(asked)} ({_named(event)}).",
            )


def _finding(
    investigation: Investigation, hunt: str, event: AuditEvent, identifier: str, sentence: str
) -> Finding:
    return Finding(
        id=identifier,
        sentence=sentence,
        family="admin",
        weight=weight_of(investigation, event, 25),
        links=tied_to(investigation, event),
        evidence=(Reference(source=f"run_hunt {hunt}", id=event.id, text=event.operation),),
        techniques=(_CREDENTIALS,),
    )


def _mail_asked_for(event: AuditEvent) -> tuple[str, ...]:
    if not _mentions(event, _PERMISSIONS):
        return ()
    written = json.dumps(event.raw).lower()
    return distinct(name for known, name in _MAIL_PERMISSIONS.items() if known in written)


def _mentions(event: AuditEvent, property_name: str) -> bool:
    return property_name in json.dumps(event.raw)


def _named(event: AuditEvent) -> str:
    return event.object_id or event.operation


FINDINGS = (credentials_added, permissions_added)
