"""A whole case: what every read would find, in the payloads of Graph, Exchange and the audit log.

What a case does not mention was looked at and is empty; what could not be seen, it says.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from bench.verdict.answers import answer, hunted, organization
from bench.verdict.labelled import Context, Unreadable, printable
from evidence import inbox_rule, mailbox_forwarding, sign_in, transport_rule, user_risk
from evidence.addresses import is_internal
from evidence.destination import Destination, DestinationKind, FinalAddress
from evidence.folder import Folder
from evidence.inbox_rule import InboxRule, InboxRules
from evidence.inbox_rule_listings import merge
from evidence.incident import UnknownIncident, parse_incident
from evidence.mailbox_forwarding import MailboxForwarding
from evidence.model import JsonObject
from evidence.sign_in import SignIn, SignIns
from evidence.sign_in_baseline import baseline
from evidence.transport_rule import TransportRule, TransportRules
from triage.applications import CONSENTS_HUNT
from triage.case import CHANGES_HUNT, Case, case_from_answers

_LOG = timedelta(days=30)
_RECENT = timedelta(days=7)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Log(_Strict):
    """An account's sign-ins and risk."""

    every_day: JsonObject = {}
    """A sign-in that is repeated on each day of the log but the last."""
    sign_ins: list[JsonObject] = []
    risky_user: JsonObject | None = None
    risk_detections: list[JsonObject] = []


class _Recipient(_Strict):
    """What the directory knows of a recipient inside the organisation."""

    kind: DestinationKind = "mailbox"
    leads_to: tuple[str, ...] = ()
    """Where its mail arrives; at itself where nothing is said."""


class _Actor(_Log):
    user: str
    audit: list[JsonObject] = []


class _Whole(_Log):
    as_of: AwareDatetime
    incident: JsonObject
    """A body for `parse_incident`."""
    message_rules: list[JsonObject] = []
    """Graph's listing."""
    get_inbox_rules: list[JsonObject] | None = None
    """Exchange's, which shows the hidden ones, too; where it is not given, Graph's is all."""
    get_mailbox: JsonObject = {}
    get_transport_rules: list[JsonObject] = []
    folders: dict[str, str] = {}
    """Names of folders by the ids that Graph gives."""
    directory: dict[str, _Recipient] = {}
    audit: list[JsonObject] = []
    consents: list[JsonObject] = []
    hunts: dict[str, list[JsonObject]] = {}
    """Rows of further hunts."""
    actors: list[_Actor] = []
    unseen: dict[str, str] = Field(default_factory=dict)
    """Why an action or hunt gave nothing: a gap's reason, by name."""


def whole_case(parts: Sequence[JsonObject], context: Context) -> Case:
    """The case of a file's whole case. Raises Unreadable where it is not of that form."""
    try:
        (part,) = parts
        whole = _Whole.model_validate(part)
        indicators = parse_incident(whole.incident)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        raise Unreadable(printable(f"data.{field}: {first['msg']}")) from error
    except (UnknownIncident, ValueError) as error:
        raise Unreadable(printable(f"data: {error}")) from error
    account = indicators.forwarder
    user = (account.user_principal_name if account else None) or ""
    answers: list[JsonValue] = [*_answers(whole, context, user)]
    actors = {each.user: [*_about(each, whole, each.user)] for each in whole.actors}
    return case_from_answers(whole.as_of, indicators, answers, actors)


def _answers(whole: _Whole, context: Context, user: str) -> Iterator[JsonObject]:
    tenant = organization(context, whole.as_of, [user])
    found = [
        *([answer("get_organization", tenant)] if tenant else []),
        answer("list_inbox_rules", InboxRules(mailbox=user, rules=(*_rules(whole, context),))),
        answer("get_mailbox_forwarding", _forwarding(whole, context, user)),
        answer("list_transport_rules", TransportRules(rules=(*_transports(whole, context),))),
        *_about(whole, whole, user),
        hunted(CONSENTS_HUNT, whole.as_of, _rows(whole.consents)),
        *(hunted(name, whole.as_of, rows) for name, rows in whole.hunts.items()),
    ]
    for each in found:
        asked = str(each.get("hunt") or each["action"])
        reason = whole.unseen.get(asked)
        yield _refused(each, asked, reason) if reason else each


def _refused(given: JsonObject, asked: str, reason: str) -> JsonObject:
    gaps: JsonValue = [{"source": asked, "reason": reason}]
    return {**given, "complete": False, "gaps": gaps, "result": None}


def _about(log: _Whole | _Actor, whole: _Whole, user: str) -> Iterator[JsonObject]:
    """What the reads tell of one account."""
    at = whole.as_of
    yield answer("list_sign_ins", _sign_ins(log, at, user))
    detections = tuple(map(user_risk.detection_from_graph, log.risk_detections))
    yield answer("get_user_risk", user_risk.from_graph(user, log.risky_user, detections))
    yield hunted(CHANGES_HUNT, at, _rows(log.audit))


def _rows(records: Iterable[JsonObject]) -> list[JsonObject]:
    return [{"RawEventData": each, "OnMailbox": True} for each in records]


def _sign_ins(log: _Log, at: datetime, user: str) -> SignIns:
    since, recent = at - _LOG, at - _RECENT
    usual = [
        log.every_day | {"id": f"day {day}", "createdDateTime": _days_before(at, day)}
        for day in range(1, _LOG.days)
        if log.every_day
    ]
    read = [each for payload in (*usual, *log.sign_ins) if (each := sign_in.from_graph(payload))]
    newest: list[SignIn] = sorted(read, key=lambda each: each.at, reverse=True)
    return SignIns(
        user=user,
        since=since,
        until=at,
        history=sign_in.history(newest),
        sign_ins=tuple(each for each in newest if each.at >= recent),
        baseline=baseline(newest, since, recent),
    )


def _days_before(at: datetime, days: int) -> str:
    return (at - timedelta(days=days)).isoformat()


def _rules(whole: _Whole, context: Context) -> Iterator[InboxRule]:
    by_graph = [inbox_rule.from_graph(each) for each in whole.message_rules]
    shown = whole.get_inbox_rules
    by_exchange = None if shown is None else [inbox_rule.from_exchange(each) for each in shown]
    for rule in merge(by_graph, by_graph if by_exchange is None else by_exchange):
        sent = {
            field: tuple(_resolved(each, whole, context) for each in destinations)
            for field, destinations in (
                ("forward_to", rule.forward_to),
                ("forward_as_attachment_to", rule.forward_as_attachment_to),
                ("redirect_to", rule.redirect_to),
            )
        }
        moved = {"move_to": _named(rule.move_to, whole), "copy_to": _named(rule.copy_to, whole)}
        yield rule.model_copy(update=sent | moved)


def _named(folder: Folder | None, whole: _Whole) -> Folder | None:
    name = whole.folders.get(folder.id or "") if folder else None
    return folder.model_copy(update={"name": name}) if folder and name else folder


def _forwarding(whole: _Whole, context: Context, user: str) -> MailboxForwarding:
    found = mailbox_forwarding.from_exchange(user, whole.get_mailbox)
    fields = ("forwarding_address", "forwarding_smtp_address")
    led: dict[str, Destination | None] = {
        "forwarding_address": found.forwarding_address,
        "forwarding_smtp_address": found.forwarding_smtp_address,
    }
    update = {field: _resolved(each, whole, context) for field in fields if (each := led[field])}
    return found.model_copy(update=update)


def _transports(whole: _Whole, context: Context) -> Iterator[TransportRule]:
    for rule in map(transport_rule.from_exchange, whole.get_transport_rules):
        copies = tuple(
            copy.model_copy(update={"destination": _resolved(copy.destination, whole, context)})
            if copy.destination
            else copy
            for copy in rule.copies
        )
        yield rule.model_copy(update={"copies": copies})


def _resolved(destination: Destination, whole: _Whole, context: Context) -> Destination:
    """An outside address is final as it stands; anybody else is as the directory has them."""
    domains = context.accepted_domains
    address = destination.address
    if address and not is_internal(address, domains):
        finals = (FinalAddress(address=address, internal=False),)
        return destination.model_copy(
            update={"kind": "external", "finals": finals, "resolved": True}
        )
    known = whole.directory.get(address or destination.written)
    if known is None:
        return destination
    via = "" if not known.leads_to else f"the {known.kind} {destination.label}"
    finals = tuple(
        FinalAddress(address=each, internal=is_internal(each, domains), via=via)
        for each in known.leads_to or (address or destination.written,)
    )
    return destination.model_copy(update={"kind": known.kind, "finals": finals, "resolved": True})
