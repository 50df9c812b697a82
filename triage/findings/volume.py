"""Findings about how much mail went out."""

from collections.abc import Iterator

from triage.case import CHANGES_HUNT
from triage.finding import Finding, Investigation, Reference
from triage.forwarder import forwarder_name
from triage.mail_flow import COUNT_HUNT, SENDERS_HUNT, forwarded_count
from triage.mail_flow import sent_by_hand as by_hand
from triage.wording import counted, listed, moment

_MANY = 50


def mail_went_out(investigation: Investigation) -> Iterator[Finding]:
    """How many messages the hunts saw going to the outside addresses."""
    addresses = {address.lower() for way in investigation.ways for address in way.unapproved}
    count = forwarded_count(investigation.case, addresses)
    if count:
        yield Finding(
            id="mail_went_out",
            sentence=f"{counted(count, 'message')} forwarded to {listed(sorted(addresses))}.",
            family="volume",
            weight=10 if count >= _MANY else 5,
            evidence=(Reference(source=f"run_hunt {COUNT_HUNT}", id="", text=str(count)),),
            techniques=("T1114.003",),
        )


def sent_by_hand(investigation: Investigation) -> Iterator[Finding]:
    """Mail went to the alert's recipients, and no rule or forwarding sends it there."""
    case = investigation.case
    changes, sent = case.hunts.get(CHANGES_HUNT), by_hand(case)
    if changes is None or sent is None or not (case.rules_complete and case.audit_complete):
        return
    led_to = {address.lower() for way in investigation.ways for address in way.outside}
    if led_to & {address.lower() for address in sent.recipients}:
        return
    to = listed(sent.recipients)
    marked = sent.with_forwarded_subject
    how_many = f"{counted(sent.messages, 'message')} there by hand"
    since = f" since {moment(sent.first)}" if sent.first else ""
    subjects = f", {marked} with the subject of a forwarded message" if marked else ""
    yield Finding(
        id="sent_by_hand",
        sentence=f"No rule or forwarding sends mail to {to}, and the audit log since "
        f"{moment(changes.since)} has none that did: {forwarder_name(case)} sent "
        f"{how_many}{since}{subjects}.",
        family="volume",
        weight=0,
        evidence=(Reference(source=f"run_hunt {SENDERS_HUNT}", id=to, text=str(sent.messages)),),
    )


FINDINGS = (mail_went_out, sent_by_hand)
