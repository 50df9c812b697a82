"""What was asked and what came of it: each source with its gaps, and until when it is complete."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from evidence.hunt_result import HuntResult
from evidence.model import Evidence
from evidence.sign_in import SignIns
from triage.case import CHANGES_HUNT, Case, CaseGap
from triage.report.some import Some, some

State = Literal["complete", "partly", "unseen", "notAsked"]
_MOST_GAPS = 12
"""Of one source."""
_MOST = 80


class Asked(NamedTuple):
    """What was asked, and about whom where it was not the forwarder."""

    action: str
    """Or the name of the hunt."""
    about: str = ""


@dataclass(frozen=True)
class Source:
    """One action or hunt, and how much of what it was asked it saw."""

    asked: Asked
    state: State
    gaps: Some[CaseGap]
    since: datetime | None
    until: datetime | None
    fresh_until: datetime | None
    """Until when everything is there; None when nothing lags."""


def answered(case: Case) -> dict[Asked, Evidence]:
    """The evidence of a case by what was asked for it."""
    of_forwarder: dict[str, Evidence | None] = {
        "list_inbox_rules": case.inbox_rules,
        "list_sweep_rules": case.sweep_rules,
        "get_mailbox_forwarding": case.forwarding,
        "list_transport_rules": case.transport_rules,
        "list_sign_ins": case.sign_ins,
        "get_user_risk": case.risk,
        "get_message": case.messages,
        "trace_messages": case.trace,
        "find_forwarders": case.forwarders,
        "list_mailbox_delegates": case.delegates,
        "list_app_consents": case.apps,
        "list_auth_methods": case.auth_methods,
        "get_user_alerts": case.alerts,
        "get_organization": case.organization,
        **case.hunts,
    }
    found = {Asked(action): evidence for action, evidence in of_forwarder.items()}
    for actor in case.actors:
        found[Asked("list_sign_ins", actor.user)] = actor.sign_ins
        found[Asked("get_user_risk", actor.user)] = actor.risk
        found[Asked(CHANGES_HUNT, actor.user)] = actor.changes
    return {asked: evidence for asked, evidence in found.items() if evidence is not None}


def sources(case: Case) -> Some[Source]:
    """Every source, those with gaps first; the gaps about an actor stand with the action."""
    evidence = answered(case)
    gaps: dict[Asked, list[CaseGap]] = {}
    for gap in case.gaps:
        gaps.setdefault(Asked(gap.asked), []).append(gap)
    every = dict.fromkeys([*gaps, *evidence])
    return some([_source(each, evidence.get(each), gaps.get(each, ())) for each in every], _MOST)


def _source(asked: Asked, evidence: Evidence | None, gaps: Iterable[CaseGap]) -> Source:
    told = list({gap.in_words: gap for gap in gaps}.values())
    span = evidence if isinstance(evidence, HuntResult | SignIns) else None
    return Source(
        asked=asked,
        state=_state(evidence, told),
        gaps=some(told, _MOST_GAPS),
        since=span.since if span else None,
        until=span.until if span else None,
        fresh_until=min(_fresh(told), default=None),
    )


def _state(evidence: Evidence | None, gaps: list[CaseGap]) -> State:
    if not gaps:
        return "complete"
    if evidence is not None:
        return "partly"
    return "notAsked" if all(gap.reason == "notAsked" for gap in gaps) else "unseen"


def _fresh(gaps: Iterable[CaseGap]) -> Iterator[datetime]:
    for gap in gaps:
        if gap.fresh_until is not None:
            yield gap.fresh_until
