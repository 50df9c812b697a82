"""Evidence for tests: small, valid, and complete unless a test takes something away."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from pydantic import JsonValue

from evidence import sign_in, sign_in_baseline
from evidence.auth_method import AuthMethods
from evidence.delegate import MailboxDelegates
from evidence.destination import Destination, FinalAddress
from evidence.forwarder import Forwarders
from evidence.granted_app import AppConsents
from evidence.hunt_result import HuntResult
from evidence.inbox_rule import Folder, InboxRule, InboxRules, RuleConditions
from evidence.indicators import Account, Indicators
from evidence.mailbox_forwarding import MailboxForwarding
from evidence.message import Messages
from evidence.message_trace import MessageTrace
from evidence.model import Evidence, JsonObject
from evidence.organization import ApprovedDestination, Organization
from evidence.sign_in import SignIn, SignIns
from evidence.sweep_rule import SweepRules
from evidence.transport_rule import MailCopy, TransportRule, TransportRules
from evidence.user_alert import UserAlerts
from evidence.user_risk import UserRisk
from triage.case import CHANGES_HUNT, Case, case_from_answers

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
OWNER = "ann@contoso.com"
THIEF = "collector@evil.example"
PARTNER = "orders@partner.example"
HOME = "203.0.113.7"
AWAY = "198.51.100.66"
SESSION = "session-1"


def days(count: float) -> timedelta:
    return timedelta(days=count)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def outside(address: str = THIEF) -> Destination:
    final = FinalAddress(address=address, internal=False)
    return Destination(
        written=address, address=address, kind="external", finals=(final,), resolved=True
    )


def inside(address: str = "bob@contoso.com") -> Destination:
    final = FinalAddress(address=address, internal=True)
    return Destination(
        written=address, address=address, kind="mailbox", finals=(final,), resolved=True
    )


def rule(name: str = "Rule", **fields: object) -> InboxRule:
    values: dict[str, object] = {"id": f"id of {name}", "enabled": True, "hidden": False}
    return InboxRule.model_validate(
        {**values, "seen_by": ("graph", "exchange"), "name": name, **fields}
    )


def words(*subject_or_body: str) -> RuleConditions:
    return RuleConditions(subject_or_body_contains=subject_or_body)


def folder(name: str, well_known: str | None = None) -> Folder:
    return Folder(name=name, id=f"id of {name}", well_known=well_known)


def forwarding(to: Destination | None = None, **fields: object) -> MailboxForwarding:
    return MailboxForwarding.model_validate(
        {"mailbox": OWNER, "forwarding_smtp_address": to, "keeps_copy": True, **fields}
    )


def transport(
    name: str = "Copy", *, to: Destination | None = None, **fields: object
) -> TransportRule:
    copies = (MailCopy(way="BlindCopyTo", destination=to or outside()),)
    return TransportRule.model_validate(
        {
            "id": f"guid of {name}",
            "name": name,
            "enabled": True,
            "mode": "Enforce",
            "copies": copies,
        }
        | fields
    )


def signed_in(at: datetime, address: str = HOME, country: str = "NL", **fields: object) -> SignIn:
    return SignIn.model_validate(
        {
            "id": f"{at.isoformat()} {address}",
            "at": at,
            "user_principal_name": OWNER,
            "ip_address": address,
            "country": country,
            "network": 3265 if country == "NL" else 64500,
            "client": "Browser",
        }
        | fields
    )


def at_home(count: int = 20) -> list[SignIn]:
    return [signed_in(NOW - days(28) + days(each)) for each in range(count)]


def record(operation: str, at: datetime, *, by: str = OWNER, **fields: JsonValue) -> JsonObject:
    """An audit record; parameters as Exchange writes them."""
    parameters = fields.pop("parameters", {})
    pairs: list[JsonValue] = (
        [{"Name": name, "Value": value} for name, value in parameters.items()]
        if isinstance(parameters, dict)
        else []
    )
    return {
        "Id": f"{operation} {at.isoformat()} {len(str(fields))}",
        "CreationTime": at.strftime("%Y-%m-%dT%H:%M:%S"),
        "Operation": operation,
        "UserId": by,
        "ResultStatus": "True",
        "Parameters": pairs,
        **fields,
    }


def new_rule(
    name: str, at: datetime, to: str | None = THIEF, *, by: str = OWNER, **fields: JsonValue
) -> JsonObject:
    parameters: JsonObject = {"Name": name, "Mailbox": OWNER}
    if to:
        parameters["ForwardTo"] = to
    defaults: JsonObject = {"ClientIP": f"{AWAY}:4431", "SessionId": SESSION}
    return record("New-InboxRule", at, by=by, parameters=parameters, **(defaults | fields))


def changes(*records: JsonObject) -> HuntResult:
    rows: tuple[JsonObject, ...] = tuple({"RawEventData": each} for each in records)
    return hunt(CHANGES_HUNT, *rows)


def hunt(name: str, *rows: JsonObject) -> HuntResult:
    return HuntResult(hunt=name, since=NOW - days(30), until=NOW, columns=(), rows=rows)


def organization(*approved: ApprovedDestination) -> Organization:
    return Organization(
        tenant_id="tenant",
        accepted_domains=("contoso.com",),
        default_domain="contoso.com",
        approved_destinations=approved,
    )


def approval(destination: str = PARTNER, scope: str = "*") -> ApprovedDestination:
    until = date(2027, 1, 1)
    return ApprovedDestination(
        destination=destination, scope=scope, owner="Head of Sales", until=until
    )


def indicators(**fields: object) -> Indicators:
    forwarder = Account(user_principal_name=OWNER, display_name="Ann")
    return Indicators.model_validate(
        {"title": "Suspicious email forwarding", "forwarder": forwarder} | fields
    )


def envelope(
    action: str, result: Evidence | None, gaps: Sequence[JsonObject] = (), **fields: JsonValue
) -> JsonObject:
    body = result.model_dump(mode="json") if result is not None else None
    return {
        "action": action,
        "status": "ok",
        "complete": not gaps,
        "gaps": list(gaps),
        "result": body,
        "correlationId": "c",
        **fields,
    }


def answers(
    *,
    org: Organization | None = None,
    rules: Iterable[InboxRule] = (),
    smtp: MailboxForwarding | None = None,
    transports: Iterable[TransportRule] = (),
    sign_ins: Iterable[SignIn] | None = None,
    applications: Iterable[SignIn] = (),
    risk: UserRisk | None = None,
    audit: HuntResult | None = None,
    hunts: Iterable[HuntResult] = (),
) -> dict[str, JsonObject]:
    """A complete set of answers by action, for a test to take from."""
    seen = tuple(at_home() if sign_ins is None else sign_ins)
    log = SignIns(
        user=OWNER,
        since=NOW - days(30),
        until=NOW,
        history=sign_in.history(seen),
        sign_ins=tuple(sorted(seen, key=lambda each: each.at, reverse=True)),
        baseline=sign_in_baseline.baseline(seen, NOW - days(30), NOW - days(7)),
        application_sign_ins=tuple(applications),
    )
    results: dict[str, Evidence] = {
        "get_organization": org or organization(),
        "list_inbox_rules": InboxRules(mailbox=OWNER, rules=tuple(rules)),
        "get_mailbox_forwarding": smtp or forwarding(),
        "list_transport_rules": TransportRules(rules=tuple(transports)),
        "list_sign_ins": log,
        "get_user_risk": risk or UserRisk(user=OWNER),
    }
    found = {action: envelope(action, result) for action, result in results.items()}
    for each in (audit or changes(), *hunts):
        found[each.hunt] = envelope("run_hunt", each)
    return found


def case_of(
    given: dict[str, JsonObject], about: Indicators | None = None, at: datetime = NOW
) -> Case:
    return case_from_answers(at, about or indicators(), list(given.values()))


def further_answers(**results: Evidence) -> dict[str, JsonObject]:
    """The reads that a verdict does not rest on, by action; empty unless `results` say else."""
    empty: dict[str, Evidence] = {
        "list_sweep_rules": SweepRules(mailbox=OWNER, sweep_rules=()),
        "list_mailbox_delegates": MailboxDelegates(mailbox=OWNER, delegates=()),
        "list_app_consents": AppConsents(user=OWNER, apps=()),
        "list_auth_methods": AuthMethods(user=OWNER, since=NOW - days(30), until=NOW, methods=()),
        "get_user_alerts": UserAlerts(user=OWNER, since=NOW - days(30), until=NOW, alerts=()),
        "get_message": Messages(since=NOW - days(30), until=NOW, messages=()),
        "trace_messages": MessageTrace(since=NOW - days(10), until=NOW, messages=()),
        "find_forwarders": Forwarders(
            since=NOW - days(21), until=NOW, recipients=(), ip_addresses=(), forwarders=()
        ),
    }
    return {action: envelope(action, result) for action, result in {**empty, **results}.items()}
