"""Findings about what else was done in the mailbox, and with the account itself."""

from collections.abc import Iterator
from datetime import timedelta

from evidence.addresses import network_address
from evidence.model import JsonObject
from evidence.reading import embedded, moment, number, objects, text
from triage import mail_flow
from triage.account import account_of, accounts
from triage.familiar import Past
from triage.finding import Finding, Investigation, Link, Reference
from triage.links import links
from triage.wording import counted
from triage.wording import moment as told

ACTIVITY_HUNT = "mailbox_activity"
ACCOUNT_HUNT = "account_changes"
_DELETING = frozenset(["harddelete", "softdelete", "movetodeleteditems"])
_WEAKENED = "disable strong authentication"
_PROOFS = frozenset(["strongauthenticationmethod", "strongauthenticationrequirement"])
_NOTHING = ("", "[]", "null")
_REMOVED = "T1070.008"
_SENT = "T1534"
_MODIFY_AUTHENTICATION = "T1556.006"
_AROUND = timedelta(days=2)


def from_new_address(investigation: Investigation) -> Iterator[Finding]:
    """Mail was deleted, or sent, from where the user's past does not know anybody."""
    pasts: dict[str, Past] = {}
    for row in mail_flow.rows(investigation.case, ACTIVITY_HUNT):
        address, first = network_address(text(row, "IPAddress")), moment(row, "FirstSeen")
        account = account_of(investigation.case, [text(row, "Actor") or ""])
        past = pasts.setdefault(account.subject, Past(account.sign_ins))
        if first is None or not past.lacks(address, first):
            continue
        deleted = (text(row, "Operation") or "").lower() in _DELETING
        items = counted(number(row, "Items") or number(row, "Records") or 1, "message")
        yield Finding(
            id="mail_deleted_from_new_address" if deleted else "mail_sent_from_new_address",
            sentence=f"{items} {'deleted' if deleted else 'sent'}{account.by} from {address}, an "
            f"address never seen before for this user, first on {told(first)}.",
            family="identity",
            weight=10,
            account=account.subject,
            links=_tied(investigation, address),
            evidence=(_of(ACTIVITY_HUNT, row),),
            techniques=(_REMOVED if deleted else _SENT,),
        )


def second_factor_disabled(investigation: Investigation) -> Iterator[Finding]:
    """The account no longer has to prove itself twice."""
    account = accounts(investigation.case)[0]
    for row in mail_flow.rows(investigation.case, ACCOUNT_HUNT):
        at = moment(row, "Timestamp")
        if at is None or not _weakens(row):
            continue
        actor = text(row, "Actor") or "Somebody"
        address = network_address(text(row, "IPAddress"))
        yield Finding(
            id="second_factor_disabled",
            sentence=f"{actor} switched the account's second factor off on {told(at)}.",
            family="identity",
            weight=20,
            account=account.subject,
            links=links(
                investigation,
                at=at,
                before=_AROUND,
                after=_AROUND,
                actors=(actor.lower(),),
                address=address,
            ),
            evidence=(_of(ACCOUNT_HUNT, row),),
            techniques=(_MODIFY_AUTHENTICATION,),
        )


def _weakens(row: JsonObject) -> bool:
    """Whether a record tells that the second factor is no longer asked for, or that none is left.

    Entra writes the first as an operation of its own, or as a property of the user made empty.
    """
    if (text(row, "Operation") or "").lower().startswith(_WEAKENED):
        return True
    return any(
        (text(changed, "Name") or "").lower() in _PROOFS
        and (text(changed, "NewValue") or "") in _NOTHING
        and (text(changed, "OldValue") or "") not in _NOTHING
        for changed in objects({"list": embedded(row, "Properties")}, "list")
    )


def _tied(investigation: Investigation, address: str | None) -> tuple[Link, ...]:
    return tuple(
        Link(way=way.key, by="address")
        for way, change in investigation.way_changes()
        if address is not None and change.ip_address == address
    )


def _of(hunt: str, row: JsonObject) -> Reference:
    operation = text(row, "Operation") or ""
    return Reference(source=f"run_hunt {hunt}", id=text(row, "ReportId") or "", text=operation)


FINDINGS = (from_new_address, second_factor_disabled)
