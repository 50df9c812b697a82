"""A finding: one thing that the evidence shows, why it matters, and what it rests on."""

from collections.abc import Collection, Iterable
from typing import Literal

from evidence.addresses import smtp_address
from evidence.audit_event import AuditEvent
from evidence.model import Evidence
from evidence.reading import distinct
from evidence.sign_in import SignIn
from triage.case import CHANGES_HUNT, Case, not_asked_about
from triage.changes import Change, changes
from triage.forwarder import forwarder_names
from triage.records import AuditRecord, read_records
from triage.ways import Way, ways
from triage.wording import moment

FORWARDS = "T1114.003"
HIDES = "T1564.008"
"""ATT&CK: Email Forwarding Rule, Email Hiding Rules."""

Family = Literal["rule", "destination", "identity", "volume", "history", "device", "admin"]
LinkKind = Literal["token", "session", "address", "application", "time"]


class Reference(Evidence):
    """A piece of evidence that a finding rests on."""

    source: str
    """The action or hunt that answered it."""
    id: str
    text: str


class Link(Evidence):
    """What ties an anomaly to the change behind a way."""

    way: str
    """The way's key."""
    by: LinkKind


class Finding(Evidence):
    """One statement about the case."""

    id: str
    sentence: str
    """For the analyst: names the rule, the address, the time."""
    family: Family
    weight: int
    """How much it speaks for an attack; negative speaks for a benign cause."""
    way: str = ""
    """The key of the way it is about; empty when it is about an account."""
    account: str = ""
    """For what the sign-ins and the risk of an account show: whose, as requests name it."""
    links: tuple[Link, ...] = ()
    """For an anomaly: the changes that it is tied to. Untied, it convicts nobody."""
    evidence: tuple[Reference, ...] = ()
    techniques: tuple[str, ...] = ()
    """ATT&CK ids."""


class Investigation(Evidence):
    """A case with what is derived from it once, for every finding to use."""

    case: Case
    changes: tuple[Change, ...]
    ways: tuple[Way, ...]
    records: tuple[AuditRecord, ...] = ()

    def records_of(self, operations: Collection[str]) -> Iterable[tuple[str, AuditEvent]]:
        """The records of operations, by their lower-cased names, each with its hunt's name."""
        for record in self.records:
            if record.event.operation.lower() in operations:
                yield record.hunt, record.event

    def way_changes(self) -> Iterable[tuple[Way, Change]]:
        """The ways that lead outside, or nobody knows where, or hide mail: each with its change."""
        for way in self.ways:
            if way.change is not None and (way.outside or way.through or way.hides):
                yield way, way.change

    @property
    def actors(self) -> tuple[str, ...]:
        """Who else made one of those changes. The records of changes come from anywhere; whoever
        is no account cannot be asked about.
        """
        own = forwarder_names(self.case)
        actors = (change.actor for _, change in self.way_changes())
        return distinct(a for a in actors if smtp_address(a) == a.lower() and a.lower() not in own)


def investigate(case: Case) -> Investigation:
    """Reads the changes and the ways out of a case; of whom nothing was read is a gap."""
    found = changes(case)
    investigation = Investigation(
        case=case, changes=found, ways=ways(case, found), records=tuple(read_records(case))
    )
    asked = {actor.user.lower() for actor in case.actors}
    unread = [actor for actor in investigation.actors if actor.lower() not in asked]
    if not unread:
        return investigation
    gaps = (*case.gaps, *(gap for actor in unread for gap in not_asked_about(actor)))
    return investigation.model_copy(update={"case": case.model_copy(update={"gaps": gaps})})


def of_way(way: Way) -> tuple[Reference, ...]:
    """The references for a finding about a way: its listing, and the record of its change."""
    found: list[Reference] = []
    if way.present:
        found.append(Reference(source=way.listing, id=way.listed_id, text=way.label))
    if way.change is not None:
        found.append(of_change(way.change))
    return tuple(found)


def about_rule(
    way: Way, identifier: str, weight: int, sentence: str, technique: str = FORWARDS
) -> Finding:
    """A finding of the family `rule` about a way; one that speaks for a benign cause has no
    technique.
    """
    return Finding(
        id=identifier,
        sentence=sentence,
        family="rule",
        weight=weight,
        way=way.key,
        evidence=of_way(way),
        techniques=(technique,) if weight > 0 else (),
    )


def of_sign_in(sign_in: SignIn) -> Reference:
    """The reference for a sign-in."""
    outcome = "succeeded" if sign_in.succeeded else f"failed ({sign_in.error_code})"
    text = f"{moment(sign_in.at)} from {sign_in.ip_address or 'an unknown address'} {outcome}"
    return Reference(source="list_sign_ins", id=sign_in.id, text=text)


def of_change(change: Change) -> Reference:
    """The reference for an audit record."""
    text = f"{change.operation} by {change.actor} at {moment(change.at)}"
    return Reference(source=f"run_hunt {CHANGES_HUNT}", id=change.event_id, text=text)
