"""What triage reads of a mailbox, in the order in which the verdict needs it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from actions.find_forwarders import find_forwarders
from actions.get_mailbox_forwarding import get_mailbox_forwarding
from actions.get_message import get_message
from actions.get_organization import get_organization
from actions.get_user_alerts import get_user_alerts
from actions.get_user_risk import get_user_risk
from actions.list_app_consents import list_app_consents
from actions.list_auth_methods import list_auth_methods
from actions.list_inbox_rules import list_inbox_rules
from actions.list_mailbox_delegates import list_mailbox_delegates
from actions.list_sign_ins import list_sign_ins
from actions.list_sweep_rules import list_sweep_rules
from actions.list_transport_rules import list_transport_rules
from actions.run_hunt import run_hunt
from actions.siblings import Reading
from actions.trace_messages import trace_messages
from evidence.addresses import smtp_address
from evidence.indicators import Indicators
from evidence.model import JsonObject
from evidence.organization import Organization
from triage.grade import Grade

READS = (
    find_forwarders,
    get_mailbox_forwarding,
    get_message,
    get_organization,
    get_user_alerts,
    get_user_risk,
    list_app_consents,
    list_auth_methods,
    list_inbox_rules,
    list_mailbox_delegates,
    list_sign_ins,
    list_sweep_rules,
    list_transport_rules,
    run_hunt,
    trace_messages,
)
"""Every action that is asked here."""
_MOST = 100
"""Recipients, and addresses, that are asked about."""
_MOST_TRACED = 10
_LATELY = timedelta(days=2)
_NEW = timedelta(days=7)
"""Over which the Exchange admin center calls a forwarder new."""


def first_reads(about: Indicators, names: Sequence[str], around: datetime) -> list[Reading]:
    """What can be asked at once, knowing the account and its addresses (`names`)."""
    account = about.forwarder
    # Plans and answers name a mailbox as it was asked about, and people know it by its UPN.
    mailbox = (account.user_principal_name or account.subject if account else None) or ""
    by_account: JsonObject = {
        "account_id": (account.object_id if account else None) or "",
        "upn": (account.user_principal_name if account else None) or "",
    }
    by_names: JsonObject = {**by_account, "mailbox_names": list[JsonValue](names)}
    of_mailbox: JsonObject = {"mailbox": mailbox}
    of_user: JsonObject = {"user": mailbox}
    senders: JsonObject = {"senders": list[JsonValue](names)}
    reads: list[tuple[str, JsonObject]] = [
        ("get_organization", {}),
        ("list_inbox_rules", of_mailbox),
        ("get_mailbox_forwarding", of_mailbox),
        ("list_transport_rules", {}),
        ("list_sign_ins", of_user),
        ("get_user_risk", of_user),
        ("get_user_alerts", of_user),
        ("list_mailbox_delegates", of_mailbox),
        ("list_sweep_rules", of_mailbox),
        ("list_app_consents", of_user),
        ("list_auth_methods", of_user),
    ]
    lately = (around - _LATELY).isoformat()
    hunts: list[tuple[str, JsonObject]] = [
        ("forwarding_changes", by_names),
        ("app_consents", by_account),
        ("app_mail_access", by_account),
        ("sign_in_anomalies", {**by_account, "judged_from": lately}),
        ("device_alerts", by_account),
        ("mail_access", by_names),
        ("mailbox_activity", by_account),
        ("account_changes", by_account),
        ("powers_over_mail", by_names),
        ("admin_roles", by_account),
        ("sent_mail_threats", senders),
        ("sensitive_mail_sent", senders),
    ]
    ids = list[JsonValue](about.network_message_ids)
    if ids:
        messages: JsonObject = {"message_ids": ids}
        reads.append(("get_message", {"messageIds": ids}))
        hunts += [("message_urls", messages), ("message_attachments", messages)]
    return [*_asked(reads, around), *_hunted(hunts, around)]


def second_reads(
    so_far: Grade, organization: Organization | None, mailbox: str, around: datetime
) -> list[Reading]:
    """What needs to know first where mail goes, who set that up, and from where."""
    known = [each for each in so_far.recipients if smtp_address(each) == each.lower()]
    recipients = list[JsonValue](known[:_MOST])
    addresses = list[JsonValue](so_far.addresses[:_MOST])
    # By recipient redirected mail is seen too, whose sender is rewritten.
    traced: JsonObject = {"senders": [mailbox], "recipients": recipients[:_MOST_TRACED]}
    reads: list[tuple[str, JsonObject]] = [("trace_messages", traced)]
    own: JsonObject = {
        "accepted_domains": list[JsonValue](organization.accepted_domains if organization else ())
    }
    new = (around - _NEW).isoformat()
    hunts: list[tuple[str, JsonObject]] = [
        ("auto_forwarded_messages", own),
        ("new_users_forwarding", {**own, "judged_from": new}),
    ]
    if recipients or addresses:
        reads.append(("find_forwarders", {"recipients": recipients, "ipAddresses": addresses}))
    if recipients:
        to: JsonObject = {"recipients": recipients}
        hunts += [
            ("who_forwarded_to", to),
            ("forwarded_mail_count", to),
            ("forwarded_mail_by_day", to),
            ("refused_forwarding", to),
        ]
    if addresses:
        from_there: JsonObject = {"addresses": addresses}
        hunts += [("same_addresses", from_there), ("address_alerts", from_there)]
    return [*_asked(reads, around), *_hunted(hunts, around)]


def reads_of_actor(user: str, around: datetime) -> list[Reading]:
    """About somebody else who set up a way out."""
    reads: list[tuple[str, JsonObject]] = [
        ("list_sign_ins", {"user": user}),
        ("get_user_risk", {"user": user}),
    ]
    deeds: list[tuple[str, JsonObject]] = [
        ("forwarding_changes", {"upn": user}),
        ("powers_over_mail", {"upn": user}),
    ]
    return [*_asked(reads, around, user), *_hunted(deeds, around, user)]


def reads_of_other(mailbox: str, object_id: str, around: datetime) -> list[Reading]:
    """About another mailbox that the same hand may have reached: enough for a plan."""
    of_mailbox: JsonObject = {"mailbox": mailbox}
    reads: list[tuple[str, JsonObject]] = [
        ("list_inbox_rules", of_mailbox),
        ("get_mailbox_forwarding", of_mailbox),
    ]
    changes: list[tuple[str, JsonObject]] = [
        ("forwarding_changes", {"account_id": object_id, "upn": mailbox})
    ]
    return [*_asked(reads, around, mailbox), *_hunted(changes, around, mailbox)]


def _asked(
    reads: list[tuple[str, JsonObject]], around: datetime, about: str = ""
) -> Iterator[Reading]:
    for action, request in reads:
        yield Reading(action, {**request, "around": around.isoformat()}, about)


def _hunted(
    hunts: list[tuple[str, JsonObject]], around: datetime, about: str = ""
) -> Iterator[Reading]:
    asked: list[JsonObject] = [{"hunt": hunt, "arguments": given} for hunt, given in hunts]
    yield from _asked([("run_hunt", each) for each in asked], around, about)
