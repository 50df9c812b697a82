"""Mail as Defender for Office 365 analysed it (List analyzedEmails; analyzedEmail resource type).

It is the mail of the hunting tables, since both show what the same service saw.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, JsonValue, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.filtering import demanded
from sandbox.tenant.odata import (
    context_url,
    filter_of,
    option,
    page,
    page_size,
    refuse_unknown_options,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Resource, by_text
from sandbox.tenant.state import TenantState
from sandbox.tenant.times import iso

HuntingRow = Mapping[str, JsonValue]

_KEPT = timedelta(days=30)
_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_TIME: TypeAdapter[datetime] = TypeAdapter(datetime)
# The two that the reference filters by; it names no others.
_EMAIL = Resource(
    "microsoft.graph.security.analyzedEmail",
    ("id", "networkMessageId", "recipientEmailAddress"),
    filters={"networkMessageId": by_text("eq"), "recipientEmailAddress": by_text("eq")},
)
_DIRECTIONS = {"inbound": "inbound", "outbound": "outbound", "intra-org": "intraOrg"}
_ACTIONS = {"junked": "deliveredToJunk"}
_LOCATIONS = {
    "inbox/folder": "inbox_folder",
    "junk folder": "junkFolder",
    "deleted folder": "deletedFolder",
    "deleted items folder": "deletedFolder",
    "quarantine": "quarantine",
    "on-premises/external": "onprem_external",
    "failed": "failed",
    "dropped": "dropped",
}
_KNOWN_ACTIONS = ("delivered", "blocked", "replaced")
_THREATS = ("spam", "malware", "phish")


class AnalyzedEmails:
    """Threat Explorer's API."""

    def __init__(self, state: TenantState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        root = f"/{version}/security/collaboration/analyzedEmails"
        return [
            Route(root, self.emails, methods=["GET"]),
            Route(f"{root}/{{email}}", self.email, methods=["GET"]),
        ]

    async def emails(self, request: Request) -> Response:
        """List analyzedEmails, the newest first: one for each recipient of a message."""
        refuse_unknown_options(request, ("$count", "$filter", "$top", "$skiptoken"))
        self._is_licensed()
        size = page_size(request, 100, 1000)
        since = _moment(request, "startTime") or self._clock.now() - _KEPT
        until = _moment(request, "endTime") or self._clock.now()
        wanted, test = option(request, "$filter") or "", filter_of(request, _EMAIL)
        message = demanded(wanted, "networkMessageId") if wanted else None
        rows = (
            row
            for at, each in self._kept()
            if since <= at <= until and (message is None or _id(each).casefold() == message)
            if test(row := self._resource(at, each))
        )
        context = "security/collaboration/analyzedEmails"
        return JSONResponse(page(request, context, rows, size, count=True))

    async def email(self, request: Request) -> Response:
        """Get analyzedEmail."""
        refuse_unknown_options(request)
        self._is_licensed()
        for at, each in self._kept():
            if analyzed_email_id(each) == request.path_params["email"]:
                context = context_url(request, "security/collaboration/analyzedEmails/$entity")
                return JSONResponse({"@odata.context": context, **self._resource(at, each)})
        raise Problem(404, "ResourceNotFound", "Requested resource not found")

    def _is_licensed(self) -> None:
        """Defender for Office 365 Plan 2, whose tables are the same mail.

        What a tenant without it is answered is not documented.
        """
        state = self._state
        if "THREAT_INTELLIGENCE" not in state.licences or "EmailEvents" not in state.hunting:
            raise Problem(403, "Forbidden", "Your tenant is not licensed for this feature.")

    def _kept(self) -> Iterator[tuple[datetime, HuntingRow]]:
        now = self._clock.now()
        shown = now - self._state.delays.get("EmailEvents", timedelta())
        rows = [
            (_MOMENT.validate_python(row.get("Timestamp")), row)
            for row in self._state.hunting.get("EmailEvents", ())
        ]
        rows.sort(key=lambda each: each[0], reverse=True)
        return ((at, row) for at, row in rows if now - _KEPT <= at <= shown)

    def _resource(self, at: datetime, row: HuntingRow) -> JsonObject:
        location, action = _text(row, "DeliveryLocation"), _text(row, "DeliveryAction")
        threats = _threats(_text(row, "ThreatTypes"))
        before = _threats(_text(row, "OriginalThreatTypes")) or threats
        return {
            "id": analyzed_email_id(row),
            "loggedDateTime": iso(at),
            "networkMessageId": _id(row),
            "internetMessageId": _text(row, "InternetMessageId"),
            "subject": _text(row, "Subject"),
            "returnPath": _text(row, "SenderMailFromAddress"),
            "recipientEmailAddress": _text(row, "RecipientEmailAddress"),
            "recipientDetail": {
                "ccRecipients": _listed(_text(row, "Cc")),
                "domainName": _text(row, "RecipientEmailAddress").rpartition("@")[2],
            },
            "senderDetail": {
                "displayName": _text(row, "SenderDisplayName"),
                "domainName": _text(row, "SenderFromDomain"),
                "fromAddress": _text(row, "SenderFromAddress"),
                "ipv4": _text(row, "SenderIPv4"),
                "mailFromAddress": _text(row, "SenderMailFromAddress"),
                "mailFromDomainName": _text(row, "SenderMailFromDomain"),
            },
            "directionality": _DIRECTIONS.get(_text(row, "EmailDirection").casefold(), "unknown"),
            "distributionList": _text(row, "DistributionList"),
            "language": _text(row, "EmailLanguage"),
            "sizeInBytes": row.get("EmailSize") or 0,
            "originalDelivery": _delivery(action, location, before, threats),
            "latestDelivery": _delivery(
                action, _text(row, "LatestDeliveryLocation") or location, before, threats
            ),
            "forwardingDetail": _text(row, "ForwardingInformation"),
            "exchangeTransportRules": _rules(_listed(_text(row, "ExchangeTransportRule"))),
            "dlpRules": _rules(self._policies(_text(row, "InternetMessageId"))),
            "threatTypes": [*threats],
            "detectionMethods": _listed(_text(row, "DetectionMethods")),
            "emailClusterId": str(row.get("EmailClusterId") or ""),
            "urls": [_url(each) for each in self._of("EmailUrlInfo", row)],
            "attachments": [
                _attachment(each)
                for each in self._of("EmailAttachmentInfo", row)
                if _same_recipient(each, row)
            ],
            "timelineEvents": [
                _event(each)
                for each in self._of("EmailPostDeliveryEvents", row)
                if _same_recipient(each, row)
            ],
        }

    def _of(self, table: str, row: HuntingRow) -> Iterator[HuntingRow]:
        """What another table says of the same message."""
        rows = self._state.hunting.get(table, ())
        return (each for each in rows if _id(each).casefold() == _id(row).casefold())

    def _policies(self, message_id: str) -> list[JsonValue]:
        """Names of the data loss prevention rules that the message matched."""
        names: list[JsonValue] = []
        for each in self._state.hunting.get("CloudAppEvents", ()):
            match each:
                case {
                    "ActionType": "DLPRuleMatch" | "DlpRuleMatch",
                    "RawEventData": {
                        "ExchangeMetaData": {"MessageID": str(found)},
                        "PolicyDetails": list(policies),
                    },
                } if message_id and found == message_id:
                    names += [name for policy in policies for name in _rule_names(policy)]
                case _:
                    pass
        return names


def _rule_names(policy: JsonValue) -> Iterator[str]:
    match policy:
        case {"Rules": list(rules)}:
            for rule in rules:
                match rule:
                    case {"RuleName": str(name)}:
                        yield name
                    case _:
                        pass
        case _:
            pass


def _moment(request: Request, name: str) -> datetime | None:
    """A query parameter that is a time, or a day as in the reference's examples."""
    given = request.query_params.get(name)
    if given is None:
        return None
    try:
        at = _TIME.validate_python(given if "T" in given else f"{given}T00:00:00Z")
    except ValidationError as problem:
        message = f"The parameter '{name}' is not a valid date."
        raise Problem(400, "BadRequest", message) from problem
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _id(row: HuntingRow) -> str:
    return _text(row, "NetworkMessageId")


def analyzed_email_id(row: HuntingRow) -> str:
    """Graph's id of the mail in a row of `EmailEvents`, the same on every run."""
    return str(stable_id("analyzed email", _id(row), _text(row, "RecipientEmailAddress")))


def _text(row: HuntingRow, name: str) -> str:
    return str(row.get(name) or "")


def _listed(text: str) -> list[JsonValue]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _threats(text: str) -> list[str]:
    named = {part.strip().casefold() for part in text.split(",")}
    return [threat for threat in _THREATS if threat in named]


def _same_recipient(one: HuntingRow, other: HuntingRow) -> bool:
    name = "RecipientEmailAddress"
    return _text(one, name).casefold() in {"", _text(other, name).casefold()}


def _delivery(action: str, location: str, before: list[str], now: list[str]) -> JsonObject:
    lowered = action.casefold()
    known = lowered if lowered in _KNOWN_ACTIONS else _ACTIONS.get(lowered, "unknown")
    return {
        "action": known,
        "location": _LOCATIONS.get(location.casefold(), "others" if location else "unknown"),
        "originalThreats": ", ".join(before),
        "latestThreats": ", ".join(now),
    }


def _rules(names: list[JsonValue]) -> list[JsonValue]:
    return [{"name": name, "ruleId": str(stable_id("rule", str(name)))} for name in names]


def _url(row: HuntingRow) -> JsonObject:
    return {"url": _text(row, "Url"), "threatType": "none"}


def _attachment(row: HuntingRow) -> JsonObject:
    name = _text(row, "FileName")
    threats = _threats(_text(row, "ThreatTypes"))
    return {
        "fileName": name,
        "fileExtension": name.rpartition(".")[2] if "." in name else "",
        "fileType": _text(row, "FileType"),
        "fileSize": row.get("FileSize") or 0,
        "sha256": _text(row, "SHA256"),
        "malwareFamily": _text(row, "ThreatNames"),
        "threatType": threats[0] if threats else "none",
    }


def _event(row: HuntingRow) -> JsonObject:
    trigger = _text(row, "ActionTrigger").casefold()
    source = next((each for each in ("admin", "user") if each in trigger), "system")
    kinds = {"zap": "zap", "release": "quarantineRelease", "air": "air"}
    named = f"{_text(row, 'ActionType')} {_text(row, 'Action')}".casefold()
    return {
        "eventDateTime": iso(_MOMENT.validate_python(row.get("Timestamp"))),
        "eventType": next((kinds[each] for each in kinds if each in named.split()), "unknown"),
        "eventSource": source,
        "eventDetails": _text(row, "Action"),
        "eventResult": _text(row, "ActionResult"),
        "eventThreats": [*_threats(_text(row, "ThreatTypes"))],
    }
