"""Triage a mailbox in one call: read everything, grade it, and say who else is affected."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from pydantic import Field, JsonValue

from actions.build_report import BuildReport, build_report
from actions.catalog import Effect, action
from actions.find_forwarders import MailAddress
from actions.grade_alert import GradeAlert, grade_alert
from actions.grading import judged
from actions.mailbox_reads import (
    READS,
    first_reads,
    reads_of_actor,
    reads_of_other,
    second_reads,
)
from actions.needs import together
from actions.policy import Policy
from actions.requests import Identifier, ReadRequest, Subject
from actions.siblings import Answered, Reading, ask
from evidence.forwarder import ForwarderFound
from evidence.indicators import Account, Indicators
from evidence.model import Evidence, Gap, JsonObject
from evidence.organization import Organization
from evidence.reading import as_object, flag, get, objects, text
from microsoft365.directory import find_user
from microsoft365.tenant import Tenant
from triage.affected import AffectedMailbox, affected, others, unread
from triage.case import case_from_answers, gaps_about
from triage.grade import Grade

_FIRST = 45.0
_SECOND = 25.0
_OTHERS = 12.0
"""Seconds for each round of reads: together they leave the judgements time within a request's."""
_MOST_ACTORS = 5
_MOST_OTHERS = 10
"""Mailboxes that are read for a plan; more are listed without one."""
_ABOUT_EVERYBODY = ("get_organization", "list_transport_rules")
_NOBODY: Mapping[str, Iterable[Answered]] = MappingProxyType({})


class TriageMailbox(ReadRequest):
    """Whose mailbox, and what is suspected."""

    mailbox: Subject
    recipients: tuple[MailAddress, ...] = Field(
        default=(), max_length=100, description="To whom mail is said to be forwarded"
    )
    network_message_ids: tuple[Identifier, ...] = Field(
        default=(), max_length=50, description="Messages that are said to be forwarded"
    )
    forwarding_type: Literal["", "InboxRule", "SMTP", "ETR"] = Field(
        default="", description="How it is said to be forwarded"
    )
    report: bool = Field(default=False, description="Answer with a page for people, too")
    evidence: bool = Field(
        default=False, description="Answer with what each read answered, as grade_alert takes it"
    )


class Source(Evidence):
    """One read: an action or a hunt."""

    action: str
    hunt: str = ""
    about: str = ""
    """The account, where it is not the mailbox's own."""
    complete: bool
    gaps: tuple[Gap, ...] = ()
    error: str = ""
    """Why there is no answer at all."""
    seconds: float
    """How long it took."""


class TriagedMailbox(Evidence):
    """The answer of `triage_mailbox`."""

    grade: Grade
    affected: tuple[AffectedMailbox, ...]
    """Other mailboxes with the same destination, rule or address, each with a plan."""
    indicators: Indicators
    """What was judged, as grade_alert takes it."""
    sources: tuple[Source, ...]
    report: str = ""
    """A whole HTML page, if it was asked for."""
    answers: tuple[JsonValue, ...] = ()
    """What the reads answered, if it was asked for."""
    actors: tuple[JsonObject, ...] = ()
    """The same about others who acted, by account."""


@action(
    effect=Effect.READ,
    needs=together(*(each.needs for each in READS)),
    techniques=["T1114.003", "T1564.008", "T1098.002", "T1114.002"],
)
async def triage_mailbox(request: TriageMailbox, tenant: Tenant, policy: Policy) -> TriagedMailbox:
    """Every read has its own time: one that is slow or refused costs its own answers only.

    Raises NotFound when there is no such account.
    """
    around = request.around
    indicators, names = await _about(request, tenant)
    reads = _Reads(tenant, policy)
    of_mailbox = await reads.ask(first_reads(indicators, names, around), _FIRST)
    so_far = await _graded(_case(indicators, around, of_mailbox))
    mailbox = indicators.forwarder.user_principal_name if indicators.forwarder else None
    organization = _organization(of_mailbox)
    actors = so_far.actors[:_MOST_ACTORS]
    further, *of_actors = await asyncio.gather(
        reads.ask(second_reads(so_far, organization, mailbox or request.mailbox, around), _SECOND),
        *(reads.ask(reads_of_actor(user, around), _SECOND) for user in actors),
    )
    of_mailbox = [*of_mailbox, *further]
    about_actors = dict(zip(actors, of_actors, strict=True))
    case = _case(indicators, around, of_mailbox, about_actors)
    grade = await _graded(case)
    others, unseen = await _affected(reads, indicators, around, of_mailbox, grade)
    tenant.passed_on += (*grade.gaps, *unseen)
    return TriagedMailbox(
        grade=grade,
        affected=others,
        indicators=indicators,
        sources=tuple(map(_source, reads.answered)),
        report=(await build_report(BuildReport.model_validate(case))).html
        if request.report
        else "",
        answers=tuple(each.answer for each in of_mailbox) if request.evidence else (),
        actors=tuple(map(as_object, objects(case, "actors"))) if request.evidence else (),
    )


class _Reads:
    """Asks siblings, and keeps what each answered."""

    def __init__(self, tenant: Tenant, policy: Policy) -> None:
        self._tenant = tenant
        self._policy = policy
        self.answered: list[Answered] = []

    async def ask(self, readings: Iterable[Reading], seconds: float) -> list[Answered]:
        """All of them at once, each within so many seconds."""
        asked = (ask(each, self._tenant, self._policy, seconds) for each in readings)
        answered = await asyncio.gather(*asked)
        self.answered += answered
        return answered


async def _about(request: TriageMailbox, tenant: Tenant) -> tuple[Indicators, tuple[str, ...]]:
    """The account, with every name of it as far as the directory could be asked."""
    found = await tenant.see("Graph users", find_user(tenant, request.mailbox), leads_on=True)
    named = request.mailbox if "@" in request.mailbox else None
    account = Account(
        user_principal_name=found.user_principal_name if found else named,
        object_id=found.id if found else None if named else request.mailbox,
        mail=found.mail if found else None,
    )
    indicators = Indicators(
        title=f"Triage of {request.mailbox}",
        forwarder=account,
        forwarder_reason="It was asked about.",
        recipients=request.recipients,
        network_message_ids=request.network_message_ids,
        forwarding_type=request.forwarding_type or None,
    )
    return indicators, tuple(sorted(found.names)) if found else (request.mailbox,)


def _case(
    indicators: Indicators,
    around: datetime,
    answered: Iterable[Answered],
    actors: Mapping[str, Iterable[Answered]] = _NOBODY,
) -> JsonObject:
    """The request with which grade_alert and build_report are asked."""
    return {
        "asOf": around.isoformat(),
        "indicators": indicators.model_dump(mode="json", by_alias=True),
        "answers": [each.answer for each in answered],
        "actors": [
            {"user": user, "answers": [each.answer for each in theirs]}
            for user, theirs in actors.items()
        ],
    }


async def _graded(case: JsonObject) -> Grade:
    return await grade_alert(GradeAlert.model_validate(case))


def _organization(answered: Iterable[Answered]) -> Organization | None:
    """Whose tenant it is, where that could be read."""
    for each in answered:
        if each.reading.action == "get_organization" and (found := get(each.answer, "result")):
            return Organization.model_validate(found)
    return None


async def _affected(
    reads: _Reads,
    indicators: Indicators,
    around: datetime,
    answered: Sequence[Answered],
    grade: Grade,
) -> tuple[tuple[AffectedMailbox, ...], list[Gap]]:
    """The other mailboxes, and what could not be seen of them; the first are read for a plan."""
    case = case_from_answers(around, indicators, [each.answer for each in answered])
    found = others(case)
    of_everybody = [each.answer for each in answered if each.reading.action in _ABOUT_EVERYBODY]
    stolen = grade.verdict.classification == "truePositive"
    hostile = frozenset(each.lower() for each in grade.recipients) if stolen else frozenset[str]()

    unseen: list[Gap] = []

    async def judge(other: ForwarderFound) -> AffectedMailbox:
        readings = reads_of_other(other.mailbox, other.object_id, around)
        theirs = [each.answer for each in await reads.ask(readings, _OTHERS)]
        unseen.extend(gaps_about(other.mailbox, theirs))
        return await judged(
            lambda known: affected(other, around, known, hostile), [*of_everybody, *theirs]
        )

    read = await asyncio.gather(*map(judge, found[:_MOST_OTHERS]))
    why = f"Not read: of many mailboxes only {_MOST_OTHERS} are."
    if left := found[_MOST_OTHERS:]:
        detail = f"{why} Not {', '.join(each.mailbox for each in left)}."
        unseen.append(Gap(source="Other mailboxes", reason="notAsked", detail=detail))
    return (*read, *(unread(each, why) for each in left)), unseen


def _source(answered: Answered) -> Source:
    reading, answer = answered.reading, answered.answer
    failed = get(answer, "result") is None
    return Source(
        action=reading.action,
        hunt=reading.hunt,
        about=reading.about,
        complete=flag(answer, "complete") is True,
        gaps=tuple(map(Gap.model_validate, objects(answer, "gaps"))),
        error=(text(answer, "detail") or text(answer, "title") or "") if failed else "",
        seconds=round(answered.seconds, 2),
    )
