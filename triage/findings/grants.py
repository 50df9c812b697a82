"""Findings about applications that may reach mail now, whenever that was granted."""

from collections.abc import Iterator
from datetime import timedelta

from evidence.granted_app import GrantedApp
from triage.account import accounts
from triage.app_marks import SUSPECT, disguise
from triage.applications import applications
from triage.finding import Finding, Investigation, Reference
from triage.links import links
from triage.wording import counted, listed, moment

_STEAL_TOKEN = "T1528"  # noqa: S105 - an ATT&CK id: Steal Application Access Token
_MOST = 45
_BRAND_NEW = timedelta(days=30)
_USED_AFTER = timedelta(days=7)
_WORDS = {
    "user": "for this user",
    "everybody": "for everybody in the organisation",
    "application": "in every mailbox, without any user",
}


def suspicious_grants(investigation: Investigation) -> Iterator[Finding]:
    """An application in force that is not what it seems; those that the log told of are known."""
    case = investigation.case
    told = {each.app_id.lower() for each in applications(case) if each.app_id}
    account = accounts(case)[0]
    for app in _of_others(investigation):
        marks = list(_marks(app, investigation))
        weight = min(_MOST, sum(worth for worth, _ in marks))
        if weight < SUSPECT or app.app_id.lower() in told:
            continue
        yield Finding(
            id="app_in_force",
            sentence=" ".join(
                (
                    f"{_label(app)} may reach mail {_WORDS[app.given_for]}"
                    f"{f', since {moment(app.created)}' if app.created else ''}.",
                    *(what for _, what in marks),
                    f"Its permissions: {listed(app.mail_scopes, 8)}.",
                )
            ),
            family="identity",
            weight=weight,
            account=account.subject,
            links=links(
                investigation,
                at=app.created,
                before=_USED_AFTER,
                actors=account.names,
                applications=[app.app_id],
            ),
            evidence=(Reference(source="list_app_consents", id=app.id, text=_label(app)),),
            techniques=(_STEAL_TOKEN,),
        )


def ordinary_grants(investigation: Investigation) -> Iterator[Finding]:
    """Who else may reach mail: worth knowing, and nothing against anybody."""
    found = [
        app
        for app in _of_others(investigation)
        if sum(worth for worth, _ in _marks(app, investigation)) < SUSPECT
    ]
    if found:
        yield Finding(
            id="apps_in_force",
            sentence=f"{counted(len(found), 'application')} of others may reach mail: "
            f"{listed(map(_label, found), 8)}; nothing about "
            f"{'it' if len(found) == 1 else 'them'} is unusual.",
            family="identity",
            weight=0,
            evidence=tuple(
                Reference(source="list_app_consents", id=app.id, text=_label(app))
                for app in found[:10]
            ),
        )


def _of_others(investigation: Investigation) -> list[GrantedApp]:
    """Those in force that reach mail and that Microsoft did not register itself."""
    apps = investigation.case.apps
    return [
        app
        for app in (apps.apps if apps else ())
        if app.mail_scopes and app.enabled and not app.first_party
    ]


def _marks(app: GrantedApp, investigation: Investigation) -> Iterator[tuple[int, str]]:
    """What speaks against an application, each with its weight."""
    yield from disguise(app.app_id, app.name)
    if not app.publisher:
        yield 5, "Nobody verified who publishes it."
    if app.given_for != "user":
        yield 5, "It reaches everybody's mail."
    new = app.created is not None and investigation.case.as_of - app.created <= _BRAND_NEW
    if new and not app.publisher:
        yield 10, "It is here for less than a month."


def _label(app: GrantedApp) -> str:
    return f"“{app.name}” (app {app.app_id})" if app.name else f"the application {app.app_id}"


FINDINGS = (suspicious_grants, ordinary_grants)
