"""Findings about how far it reaches: who else sends there, and since when mail goes there."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from evidence.reading import distinct
from triage import mail_flow
from triage.account import accounts
from triage.case import Case
from triage.finding import FORWARDS, Finding, Investigation, Link, Reference, of_way
from triage.links import usual_addresses
from triage.wording import counted, listed, moment, span

_LOOKED_BACK = timedelta(days=7)
"""How long before a change mail flow must have been seen, to call an address newly seen."""
_SLACK = timedelta(hours=1)
_ELSEWHERE = 25


def shared_by_others(investigation: Investigation) -> Iterator[Finding]:
    """Other mailboxes forward to the same outside address: a campaign, or a known partner."""
    for way in investigation.ways:
        for address in way.unapproved:
            others = mail_flow.other_forwarders(investigation.case, address)
            if others:
                yield Finding(
                    id="destination_shared_by_others",
                    sentence=f"Mail is forwarded to {address} from other mailboxes too: "
                    f"{listed(others)}.",
                    family="destination",
                    weight=5,
                    way=way.key,
                    evidence=of_way(way),
                    techniques=(FORWARDS,),
                )


def newly_seen(investigation: Investigation) -> Iterator[Finding]:
    """Nobody sent mail to the address before the change that now sends it there."""
    case = investigation.case
    since = _flow_seen_since(case)
    for way in investigation.ways:
        if way.change is None or since is None or way.change.at - since < _LOOKED_BACK:
            continue
        for address in way.unapproved:
            first = mail_flow.first_seen(case, address)
            if first is not None and first >= way.change.at - _SLACK:
                yield Finding(
                    id="destination_newly_seen",
                    sentence=f"No mail went to {address} in the {span(way.change.at - since)} "
                    f"before {way.label} was {way.change.deed} on {moment(way.change.at)}.",
                    family="destination",
                    weight=5,
                    way=way.key,
                    evidence=of_way(way),
                    techniques=(FORWARDS,),
                )


def same_address_elsewhere(investigation: Investigation) -> Iterator[Finding]:
    """From the address of the change, forwarding was set up in other mailboxes too.

    Colleagues share the addresses of their offices, and administrators set up many mailboxes from
    their own: what is long in use says nothing.
    """
    case = investigation.case
    if not case.sign_ins_complete:
        return
    usual = usual_addresses(accounts(case))
    found: dict[str, list[str]] = {}
    for each in mail_flow.others_found(case):
        if each.forwards:
            for address in each.ip_addresses:
                found.setdefault(address, []).append(each.mailbox)
    for address, mailboxes in found.items():
        links = tuple(
            Link(way=way.key, by="address")
            for way, change in investigation.way_changes()
            if change.ip_address == address and address not in usual
        )
        if links:
            others = distinct(mailboxes)
            yield Finding(
                id="same_address_elsewhere",
                sentence=f"From {address} forwarding was set up in "
                f"{counted(len(others), 'other mailbox', 'other mailboxes')} too: "
                f"{listed(others)}.",
                family="admin",
                weight=_ELSEWHERE,
                links=links,
                evidence=(Reference(source="find_forwarders", id=address, text=listed(others)),),
                techniques=(FORWARDS,),
            )


def _flow_seen_since(case: Case) -> datetime | None:
    """Since when mail flow was seen completely; None when it was not."""
    if mail_flow.SENDERS_HUNT in case.hunts and not case.gaps_of(mail_flow.SENDERS_HUNT):
        return case.hunts[mail_flow.SENDERS_HUNT].since
    if case.forwarders is not None and not case.gaps_of("find_forwarders"):
        return case.forwarders.since
    return None


FINDINGS = (shared_by_others, newly_seen, same_address_elsewhere)
