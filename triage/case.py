"""The case: the answers of the read actions as they came, with everything that they did not see."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from evidence.auth_method import AuthMethods
from evidence.delegate import MailboxDelegates
from evidence.forwarder import Forwarders
from evidence.granted_app import AppConsents
from evidence.hunt_result import HuntResult
from evidence.inbox_rule import InboxRules
from evidence.indicators import Indicators
from evidence.mailbox_forwarding import MailboxForwarding
from evidence.message import Messages
from evidence.message_trace import MessageTrace
from evidence.model import Evidence, Gap
from evidence.organization import Organization
from evidence.reading import flag, get, moment, number, objects, text
from evidence.sign_in import SignIns
from evidence.sweep_rule import SweepRules
from evidence.transport_rule import TransportRules
from evidence.user_alert import UserAlerts
from evidence.user_risk import UserRisk

CHANGES_HUNT = "forwarding_changes"
"""The hunt for changes of rules, forwarding and permissions, with their audit records."""
POWERS_HUNT = "powers_over_mail"
"""The hunt for roles, searches of mailboxes and changed applications, with their audit records."""

_MODELS: dict[str, tuple[str, type[Evidence]]] = {
    "get_organization": ("organization", Organization),
    "list_inbox_rules": ("inbox_rules", InboxRules),
    "get_mailbox_forwarding": ("forwarding", MailboxForwarding),
    "list_transport_rules": ("transport_rules", TransportRules),
    "list_sign_ins": ("sign_ins", SignIns),
    "get_user_risk": ("risk", UserRisk),
}
_FURTHER: dict[str, tuple[str, type[Evidence]]] = {
    "list_sweep_rules": ("sweep_rules", SweepRules),
    "list_mailbox_delegates": ("delegates", MailboxDelegates),
    "list_app_consents": ("apps", AppConsents),
    "list_auth_methods": ("auth_methods", AuthMethods),
    "get_user_alerts": ("alerts", UserAlerts),
    "get_message": ("messages", Messages),
    "trace_messages": ("trace", MessageTrace),
    "find_forwarders": ("forwarders", Forwarders),
}
"""What tells more, and without which a verdict is none the less complete."""
_READABLE = {**_MODELS, **_FURTHER}
_ABOUT_ACTORS = (
    ("list_sign_ins", "", "sign_ins"),
    ("get_user_risk", "", "risk"),
    ("run_hunt", CHANGES_HUNT, "changes"),
)
"""Action, hunt, and the field of `Actor` that its answer fills."""
_OF_ACTOR = {CHANGES_HUNT: "changes", POWERS_HUNT: "powers"}
"""The fields of `Actor` for the answers of hunts."""
_NOBODY: Mapping[str, Sequence[JsonValue]] = MappingProxyType({})
_RULES = ("list_inbox_rules", "get_mailbox_forwarding", "list_transport_rules")
_NEEDED = (*_RULES, "get_organization", "list_sign_ins", CHANGES_HUNT)
_REASONS = {
    401: "forbidden",
    403: "forbidden",
    404: "notFound",
    408: "timeout",
    429: "throttled",
    504: "timeout",
}

_Model = TypeVar("_Model", bound=Evidence)


class CaseGap(Gap):
    """A gap, with the action that reported it."""

    action: str
    hunt: str = ""
    """The hunt, where the action is `run_hunt` and it is known which."""

    @property
    def asked(self) -> str:
        """The action, or the hunt, that could not see everything."""
        return self.hunt or self.action

    @property
    def in_words(self) -> str:
        """What could not be seen and why, for a list."""
        return f"{self.told_source} ({self.reason})" + (f": {self.detail}" if self.detail else "")

    @property
    def told_source(self) -> str:
        """The source, after the action that asked it; a hunt names itself."""
        named = self.source == "" or self.asked in self.source.split()
        return self.source if named else f"{self.asked}: {self.source}"


class Actor(Evidence):
    """Somebody other than the forwarder who set up a way out: what was read of that account."""

    user: str
    sign_ins: SignIns | None = None
    risk: UserRisk | None = None
    changes: HuntResult | None = None
    """What else that account changed, and what was changed in its own mailbox."""
    powers: HuntResult | None = None
    """Which powers over other people's mail it used."""


class Case(Evidence):
    """What is known of one alert, and what is not."""

    as_of: datetime
    """The moment of judgement; ages are counted back from it."""
    indicators: Indicators
    organization: Organization | None = None
    inbox_rules: InboxRules | None = None
    forwarding: MailboxForwarding | None = None
    transport_rules: TransportRules | None = None
    sign_ins: SignIns | None = None
    """The forwarder's, and so is the risk."""
    risk: UserRisk | None = None
    sweep_rules: SweepRules | None = None
    """They hide mail and send none out, so that nobody's acquittal of forwarding waits for them."""
    delegates: MailboxDelegates | None = None
    apps: AppConsents | None = None
    auth_methods: AuthMethods | None = None
    alerts: UserAlerts | None = None
    messages: Messages | None = None
    """Those that the alert names."""
    trace: MessageTrace | None = None
    forwarders: Forwarders | None = None
    actors: tuple[Actor, ...] = ()
    hunts: dict[str, HuntResult] = {}
    gaps: tuple[CaseGap, ...] = ()

    def gaps_of(self, *asked: str) -> tuple[CaseGap, ...]:
        """The gaps of actions and hunts, by name."""
        return tuple(gap for gap in self.gaps if gap.asked in asked)

    def unasked(self, *sources: str) -> tuple[str, ...]:
        """Those of the actions and hunts of which there is neither an answer nor a gap."""
        known = {gap.asked for gap in self.gaps}
        return tuple(each for each in sources if each not in known and not self._answered(each))

    def _answered(self, source: str) -> bool:
        field = _READABLE[source][0] if source in _READABLE else ""
        return source in self.hunts or (bool(field) and getattr(self, field) is not None)

    @property
    def rules_complete(self) -> bool:
        """Whether every way in which mail can leave was seen."""
        return not self.gaps_of(*_RULES)

    @property
    def audit_complete(self) -> bool:
        """Whether every change in the hunt's span was seen."""
        return not self.gaps_of(CHANGES_HUNT)

    @property
    def sign_ins_complete(self) -> bool:
        """Whether every sign-in of the forwarder, and of whoever else acted, was seen."""
        return not self.gaps_of("list_sign_ins")

    @property
    def missing_evidence(self) -> tuple[CaseGap, ...]:
        """The gaps without whose closing nobody can be acquitted."""
        # A hunt that failed without saying its name may be the one that is missing.
        nameless = () if CHANGES_HUNT in self.hunts else ("run_hunt",)
        return self.gaps_of(*_NEEDED, *nameless)

    @property
    def lags(self) -> bool:
        """Whether some of that may come yet: a source that it rests on was behind."""
        return any(gap.reason == "lag" for gap in self.missing_evidence)


def case_from_answers(
    as_of: datetime,
    indicators: Indicators,
    answers: Sequence[JsonValue],
    actors: Mapping[str, Sequence[JsonValue]] = _NOBODY,
) -> Case:
    """Builds a case from action envelopes, problem objects (RFC 9457) and whatever else came.

    `actors` are the answers about others who set up a way out, by account. Nothing here raises: an
    answer that cannot be read is a gap, and so is one that never came.
    """
    found: dict[str, Evidence] = {}
    hunts: dict[str, HuntResult] = {}
    gaps: list[CaseGap] = []
    for answer in answers:
        action = text(answer, "action") or ""
        result, hunt = _result(action, answer), text(answer, "hunt") or ""
        first: Evidence | None = None
        if isinstance(result, HuntResult):
            hunt = result.hunt
            first = hunts.setdefault(hunt, result)
        elif result is not None:
            first = found.setdefault(_READABLE[action][0], result)
        gaps += _gaps(action, hunt, answer, result)
        gaps += _doubtful(action, hunt, result, first)
    gaps += _not_asked(found, hunts, gaps)
    others: list[Actor] = []
    for user, theirs in actors.items():
        actor, unseen = _actor(user, theirs)
        others.append(actor)
        gaps += unseen
    return Case.model_validate(
        {
            "as_of": as_of,
            "indicators": indicators,
            "actors": others,
            "hunts": hunts,
            "gaps": gaps,
            **found,
        }
    )


def not_asked_about(user: str) -> list[CaseGap]:
    """The gaps for an account that acted, and of which nothing was read."""
    _, gaps = _actor(user, ())
    return gaps


def gaps_about(account: str, answers: Iterable[JsonValue]) -> Iterator[CaseGap]:
    """What the answers about another account could not show; the gaps name the account."""
    for answer in answers:
        action, hunt = text(answer, "action") or "", text(answer, "hunt") or ""
        for gap in _gaps(action, hunt, answer, _result(action, answer)):
            yield gap.model_copy(update={"source": f"{gap.source} of {account}"})


def _actor(user: str, answers: Sequence[JsonValue]) -> tuple[Actor, list[CaseGap]]:
    """What was read of an account that acted, with the gaps, which name the account."""
    found: dict[str, Evidence] = {}
    gaps: list[CaseGap] = []
    for answer in answers:
        action, hunt = text(answer, "action") or "", text(answer, "hunt") or ""
        result = _result(action, answer)
        if isinstance(result, HuntResult):
            hunt = result.hunt
            found.setdefault(_OF_ACTOR.get(hunt, hunt), result)
        elif result is not None:
            found.setdefault(_READABLE[action][0], result)
        gaps += _gaps(action, hunt, answer, result)
    explained = {gap.asked for gap in gaps}
    gaps += [
        _unasked(action, hunt)
        for action, hunt, field in _ABOUT_ACTORS
        # A hunt that failed without saying its name may be the one that is missing.
        if field not in found and explained.isdisjoint({action, hunt})
    ]
    named = [gap.model_copy(update={"source": f"{gap.source} of {user}"}) for gap in gaps]
    kept = {field: found[field] for field in Actor.model_fields if field in found}
    return Actor.model_validate({"user": user, **kept}), named


def _result(action: str, answer: JsonValue) -> Evidence | None:
    result = get(answer, "result")
    if action == "run_hunt":
        return _read(HuntResult, result)
    known = _READABLE.get(action)
    return _read(known[1], result) if known else None


def _read(model: type[_Model], result: JsonValue) -> _Model | None:
    try:
        return model.model_validate(result)
    except ValidationError:
        return None


def _gaps(action: str, hunt: str, answer: JsonValue, result: Evidence | None) -> Iterator[CaseGap]:
    reported = [_reported(action, hunt, gap) for gap in objects(answer, "gaps")]
    yield from reported
    if result is None:
        if not reported and not _of_no_concern(action, answer):
            yield _failure(action, hunt, answer)
    elif flag(answer, "complete") is not True and not reported:
        yield CaseGap(
            action=action,
            hunt=hunt,
            source=hunt or action,
            reason="unavailable",
            detail="The answer called itself incomplete without saying what it missed.",
        )


def _doubtful(
    action: str, hunt: str, result: Evidence | None, first: Evidence | None
) -> Iterator[CaseGap]:
    """What cannot be all that there is, although the answer calls itself complete."""
    if result is not None and result != first:
        detail = "It was answered more than once, and not alike; the first answer is used."
        yield CaseGap(
            action=action, hunt=hunt, source=hunt or action, reason="unreadable", detail=detail
        )
    if isinstance(result, Organization) and not result.accepted_domains:
        detail = "The answer has none of the organisation's domains."
        yield CaseGap(action=action, source=action, reason="unreadable", detail=detail)


def _reported(action: str, hunt: str, gap: JsonValue) -> CaseGap:
    return CaseGap(
        action=action,
        hunt=hunt,
        source=text(gap, "source") or hunt or action,
        reason=text(gap, "reason") or "unavailable",
        detail=text(gap, "detail") or "",
        fresh_until=moment(gap, "freshUntil"),
    )


def _of_no_concern(action: str, answer: JsonValue) -> bool:
    """Whether this is the sound answer of an action that judgement does not use."""
    known = action in _READABLE or action == "run_hunt"
    return bool(action) and not known and get(answer, "result") is not None


def _failure(action: str, hunt: str, answer: JsonValue) -> CaseGap:
    status = number(answer, "status") or number(answer, "statusCode")
    if status is None:
        reason, detail = "unreadable", "What came back is no answer of an action."
    else:
        reason = _REASONS.get(status, "unavailable")
        detail = text(answer, "detail") or text(answer, "title") or f"HTTP status {status}."
    source = hunt or action or "An answer"
    return CaseGap(action=action, hunt=hunt, source=source, reason=reason, detail=detail)


def _not_asked(
    found: dict[str, Evidence], hunts: dict[str, HuntResult], gaps: list[CaseGap]
) -> Iterator[CaseGap]:
    explained = {gap.action for gap in gaps}
    missing = [
        (action, "")
        for action, (field, _) in _MODELS.items()
        if field not in found and action not in explained
    ]
    if CHANGES_HUNT not in hunts:
        missing.append(("run_hunt", CHANGES_HUNT))
    for action, hunt in missing:
        yield _unasked(action, hunt)


def _unasked(action: str, hunt: str = "") -> CaseGap:
    return CaseGap(
        action=action,
        hunt=hunt,
        source=hunt or action,
        reason="notAsked",
        detail="No answer to this question was given.",
    )
