"""What the evidence has to say to each of the analyst's questions: sentences, or none."""

from datetime import timedelta

from evidence.reading import number, text
from evidence.sign_in import SignIns
from triage import mail_flow
from triage.account import accounts
from triage.changes import SHAPING, Change, concerns, described
from triage.conduct import unnamed_recipients
from triage.finding import Finding, Investigation
from triage.forwarder import forwarder_names
from triage.ways import Way
from triage.wording import counted, listed, moment

Findings = tuple[Finding, ...]

_STILL = timedelta(days=1)
_TYPES = {"InboxRule": "inbox rule", "SMTP": "mailbox forwarding", "ETR": "transport rule"}


def signs_of_compromise(_: Investigation, findings: Findings) -> list[str]:
    """Anomalies of the account and of those who changed something."""
    return [f.sentence for f in findings if f.family in ("identity", "admin") and f.weight > 0]


def behaviour(investigation: Investigation, findings: Findings) -> list[str]:
    """New places and unusual ways, against the places known."""
    unusual = [f.sentence for f in findings if f.id.startswith("sign_in_")]
    logs = (account.sign_ins for account in accounts(investigation.case))
    seen = [log for log in logs if log and log.history]
    places = [_places(log) for log in seen]
    if unusual or not seen:
        return [*places, *unusual]
    one = sum(len(log.history) for log in seen) == 1
    return [*places, "It is not unusual." if one else "None of them is unusual."]


def risky_sign_ins(_: Investigation, findings: Findings) -> list[str]:
    """Risk detections, the user's risk, passwords tried, sign-ins that speak for an intruder."""
    return [
        f.sentence
        for f in findings
        if f.id in ("risk_detection", "user_risk") or f.id.startswith(("password_", "sign_in_"))
    ]


def receivers(investigation: Investigation, _: Findings) -> list[str]:
    """Each way with its final addresses, and whether they are approved."""
    return [_receivers(way) for way in investigation.ways if way.destinations]


def other_forwarders(investigation: Investigation, _: Findings) -> list[str]:
    """Those who forward to the alert's recipients or to where the mailbox's mail goes."""
    others = mail_flow.other_forwarders(investigation.case, *_suspicious(investigation))
    return [f"{listed(others)}."] if others else []


def volume(investigation: Investigation, _: Findings) -> list[str]:
    """Messages by recipient, forwarded and simply sent told apart."""
    found: list[str] = []
    for row in mail_flow.rows(investigation.case, mail_flow.COUNT_HUNT):
        forwarded, sent = number(row, "Forwarded") or 0, number(row, "SimplySent") or 0
        recipient = text(row, "Recipient")
        if recipient and forwarded:
            besides = f" (besides {sent} simply sent)" if sent else ""
            found.append(f"{counted(forwarded, 'message')} forwarded to {recipient}{besides}.")
        elif recipient and sent:
            found.append(f"None to {recipient} by a rule or a setting; {sent} sent by a person.")
    return found


def frequency(investigation: Investigation, _: Findings) -> list[str]:
    """On how many days, from when to when, and the most on one day."""
    days = list(mail_flow.forwarded_by_day(investigation.case))
    if not days:
        return []
    first, last = days[0][0], days[-1][0]
    most = max(count for _, count in days)
    if first == last:
        return [f"On {first:%d %b %Y} only, {counted(most, 'message')}."]
    return [
        f"On {counted(len({day for day, _ in days}), 'day')} between {first:%d %b %Y} and "
        f"{last:%d %b %Y}, at most {counted(most, 'message')} in a day."
    ]


def urls(investigation: Investigation, _: Findings) -> list[str]:
    """The addresses in the alert's messages, made unclickable."""
    found = [text(row, "Url") for row in mail_flow.rows(investigation.case, mail_flow.URLS_HUNT)]
    defanged = [url.replace("http", "hxxp", 1).replace(".", "[.]") for url in found if url]
    return [f"{listed(defanged, 10)}."] if defanged else []


def attachments(investigation: Investigation, _: Findings) -> list[str]:
    """The files attached to the alert's messages, with the threats found in them."""
    found = [
        f"{name} ({threat})" if (threat := text(row, "ThreatTypes")) else name
        for row in mail_flow.rows(investigation.case, mail_flow.ATTACHMENTS_HUNT)
        if (name := text(row, "FileName"))
    ]
    return [f"{listed(found, 10)}."] if found else []


def forwarding_types(investigation: Investigation, _: Findings) -> list[str]:
    """The kinds that lead outside, else those that lead anywhere, and what the alert says."""
    kinds = [_TYPES[way.kind] for way in investigation.ways if way.outside and way.present]
    stated = investigation.case.indicators.forwarding_type
    said = [f"The alert says {_TYPES[stated]}."] if stated else []
    if kinds:
        return [f"Mail leaves by {listed(kinds)}.", *said]
    inside = [_TYPES[w.kind] for w in investigation.ways if w.destinations and w.present]
    if inside:
        return [f"By {listed(inside)}, and nothing of it was seen to lead outside.", *said]
    none = "Nothing that is in place sends mail outside."
    return [none, *said] if said and investigation.case.rules_complete else said


def conduct(_: Investigation, findings: Findings) -> list[str]:
    """What each rule does that is worth knowing."""
    return [f.sentence for f in findings if f.family == "rule" and f.weight > 0]


def rule_changes(investigation: Investigation, _: Findings) -> list[str]:
    """Who made, changed or removed what, when and from where."""
    return [f"{_timed(change)}." for change in _forwarding(investigation)]


def change_addresses(investigation: Investigation, _: Findings) -> list[str]:
    """For each address behind a change, since when its author is known there."""
    case = investigation.case
    logs = {name: account.sign_ins for account in accounts(case) for name in account.names}
    found: list[str] = []
    for change in _forwarding(investigation):
        log = logs.get(change.actor.lower(), case.sign_ins)
        if change.ip_address and log is not None:
            found.append(_since_when(change.ip_address, log))
    return list(dict.fromkeys(found))


def latest_changes(investigation: Investigation, _: Findings) -> list[str]:
    """What was made or changed since the day before the alert."""
    since = investigation.case.as_of - _STILL
    recent = [c for c in _forwarding(investigation) if c.at >= since and c.deed in SHAPING]
    return [f"Since {moment(since)}: {listed(map(_timed, recent), 10)}."] if recent else []


def transport_rules(investigation: Investigation, _: Findings) -> list[str]:
    """Each transport rule that copies mail out, and who answers for it."""
    rules = [way for way in investigation.ways if way.kind == "ETR" and way.present]
    outside = [
        f"{way.title} copies mail to {way.told(way.outside)}: "
        + (f"nobody answers for {listed(way.unapproved)}." if way.unapproved else "approved.")
        for way in rules
        if way.outside
    ]
    unnamed = [
        f"{way.title} sends mail to {listed(whom)}."
        for way in rules
        if (whom := unnamed_recipients(way))
    ]
    return [*outside, *unnamed]


def consented_applications(_: Investigation, findings: Findings) -> list[str]:
    """Who was given access to mail, by whom, and what was made of it."""
    return [f.sentence for f in findings if f.id.startswith("app_consent")]


def other_deeds(investigation: Investigation, _: Findings) -> list[str]:
    """Permissions, auditing and other changes by whoever set up a way out."""
    used = [change for _, change in investigation.way_changes()]
    actors = {change.actor.lower() for change in used}
    others = [c for c in investigation.changes if c.actor.lower() in actors and c not in used]
    known = {name for account in accounts(investigation.case) for name in account.names}
    unasked = listed(dict.fromkeys(c.actor for c in used if c.actor.lower() not in known))
    return [
        *(f"{_timed(change)}." for change in others),
        *([f"What {unasked} changed elsewhere was not looked at."] if unasked else []),
    ]


def _places(log: SignIns) -> str:
    """From how many addresses and where somebody signed in."""
    countries = sorted({entry.country for entry in log.history if entry.country})
    places = f" in {listed(countries)}" if countries else ""
    number_of = counted(len(log.history), "address", "addresses")
    return f"Since {moment(log.since)} {log.user} signed in from {number_of}{places}."


def _since_when(address: str, log: SignIns) -> str:
    """Since when somebody signs in from an address."""
    entry = next((each for each in log.history if each.ip_address == address), None)
    if entry is None:
        return f"{address} does not appear in the sign-ins of {log.user}."
    place = f" in {entry.country}" if entry.country else ""
    return (
        f"{address}{place} first appears in the sign-ins of {log.user} on "
        f"{moment(entry.first_seen)}, with {entry.successes} successful and "
        f"{entry.failures} failed."
    )


def _forwarding(investigation: Investigation) -> list[Change]:
    """The changes of rules and forwarding that bear on the forwarder's mail."""
    own = forwarder_names(investigation.case)
    kinds = ("InboxRule", "SMTP", "ETR")
    return [c for c in investigation.changes if c.kind in kinds and concerns(c, own)]


def _timed(change: Change) -> str:
    return f"{moment(change.at)}: {described(change)}"


def _suspicious(investigation: Investigation) -> set[str]:
    outside = {address.lower() for way in investigation.ways for address in way.unapproved}
    return outside | {address.lower() for address in investigation.case.indicators.recipients}


def _receivers(way: Way) -> str:
    start = f"{way.title.removesuffix(',')}:"
    if not way.outside:
        return f"{start} {listed(each.label for each in way.destinations)}."
    nobody = f"; nobody answers for {listed(way.unapproved)}" if way.unapproved else "; approved"
    return f"{start} {way.told(way.outside)}, outside{nobody}."
