"""What speaks against an application that was given access to mail, mark by mark."""

from collections.abc import Iterator
from datetime import timedelta

from triage.account import accounts
from triage.applications import MAIL_CLIENTS, Application, applications
from triage.case import Case
from triage.familiar import unfamiliar
from triage.finding import Investigation
from triage.forwarder import forwarder_names
from triage.likeness import imitated
from triage.wording import counted, listed, span

SUSPECT = 20
"""From this weight on an application calls for an analyst."""
_BRAND_NEW = timedelta(days=30)
_BULK = 100
"""Messages; a person who tries an application out does not open so many through it."""
# Sold to copy whole mailboxes, and to send bulk mail from them; both often follow a takeover
# (Huntress, "Rogue Apps"). The second kind has more honest users.
_EXPORTERS = frozenset(
    ["ff8d92dc-3d82-41d6-bcbd-b9174d163620", "2ef68ccc-8a4d-42ff-ae88-2d7bb89ad139"]
)
_BULK_SENDERS = frozenset(["a245e8c0-b53c-4b67-9b45-751d1dff8e6b"])


def suspects(investigation: Investigation) -> list[Application]:
    """The applications that call for an analyst."""
    return [
        application
        for application in applications(investigation.case)
        if sum(worth for worth, _ in marks_of(application, investigation)) >= SUSPECT
    ]


def disguise(app_id: str, name: str) -> Iterator[tuple[int, str]]:
    """What an application's id and name give away, each with its weight."""
    if app_id.lower() in _EXPORTERS:
        yield 30, "It is made for copying whole mailboxes."
    if brand := imitated(name):
        yield 30, f"Its name is written to be taken for “{brand}”."
    if app_id.lower() in _BULK_SENDERS:
        yield 10, "It is made for sending bulk mail."
    if name and not any(character.isalnum() for character in name):
        yield 15, "Its name has neither letter nor digit."


def marks_of(application: Application, investigation: Investigation) -> Iterator[tuple[int, str]]:
    """What speaks against an application, each with its weight."""
    own = forwarder_names(investigation.case)
    given_for_all = [each for each in application.consents if each.given_for != "user"]
    is_client = application.app_id in MAIL_CLIENTS
    if not application.mail_scopes:
        return
    if not is_client and any(each.actor.lower() in own for each in given_for_all):
        yield 20, "The account that the alert is about let it in for others than itself."
    if not application.is_named:
        yield 20, "Which application it was, the record does not say."
    yield from disguise(application.app_id, application.name)
    if not is_client:
        yield from _conduct(application, investigation)
        if application.given_for == "user" and not _listed(investigation.case):
            yield 20, "Who published it, and what it may do now, was not seen."
    if application.given_for != "user":
        yield 5, "It reaches everybody's mail, not only its giver's."
    made = application.made_here
    first = application.consents[0].at
    if made and first - made.at <= _BRAND_NEW:
        how = f"by {made.actor}, {span(first - made.at)} before"
        yield 10, f"It was made inside the organisation {how}."


def _listed(case: Case) -> bool:
    """Whether the applications in force were read, with who published them."""
    return case.apps is not None and not case.gaps_of("list_app_consents")


def _conduct(application: Application, investigation: Investigation) -> Iterator[tuple[int, str]]:
    """What it did: changed the mailbox by itself, or read much from where the user never was."""
    made = [
        way.label
        for way, change in investigation.way_changes()
        if application.app_id and change.application_id.lower() == application.app_id
    ]
    if made:
        yield 20, f"It made {listed(made)} by itself."
    account = accounts(investigation.case)[0]
    since = application.consents[0].at
    strange = [
        access
        for access in application.access
        if access.read >= _BULK
        and access.addresses
        and all(unfamiliar(account, address, since) for address in access.addresses)
    ]
    if strange:
        places = listed(address for access in strange for address in access.addresses)
        read = counted(sum(access.read for access in strange), "message")
        yield 15, f"It read {read} from {places}, where the user was never seen."
