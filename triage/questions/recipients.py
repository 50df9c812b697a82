"""Who receives the mail: known or not, from whom else, how much, how often, and did it arrive."""

from collections.abc import Iterator

from evidence.reading import moment as moment_in
from evidence.reading import number, text, texts
from triage import mail_flow
from triage.finding import Investigation
from triage.questions.question import Findings, Question
from triage.questions.subjects import no_recipients, suspicious
from triage.ways import Way
from triage.wording import counted, listed, moment, quoted

REFUSED_HUNT = "refused_forwarding"
AUTO_FORWARDED_HUNT = "auto_forwarded_messages"
NEW_FORWARDERS_HUNT = "new_users_forwarding"
_LISTINGS = ("list_inbox_rules", "get_mailbox_forwarding", "list_transport_rules")
_WAYS = {
    "mailFlow": "seen in mail flow",
    "inboxRule": "by an inbox rule",
    "mailboxForwarding": "by mailbox forwarding",
    "transportRule": "by a transport rule",
    "sentByHand": "by hand",
}
_NO_REASONS = ("sign_ins_quiet", "not_changed_lately", "user_risk")
_MOST = 8
"""Mailboxes that a sentence names; `triage_mailbox` lists all."""


def _receivers(investigation: Investigation, _: Findings) -> list[str]:
    """Each way with its final addresses, and whether they are approved."""
    return [_receiver(way) for way in investigation.ways if way.destinations]


def _receiver(way: Way) -> str:
    start = f"{way.title.removesuffix(',')}:"
    if not way.outside:
        return f"{start} {listed(each.label for each in way.destinations)}."
    nobody = f"; nobody answers for {listed(way.unapproved)}" if way.unapproved else "; approved"
    return f"{start} {way.told(way.outside)}, outside{nobody}."


def _kinds(_: Investigation, findings: Findings) -> list[str]:
    """What is known of the destinations, for and against them."""
    return [f.sentence for f in findings if f.family == "destination"]


def _explanations(_: Investigation, findings: Findings) -> list[str]:
    """The benign reasons; that sign-ins are quiet explains no forwarding."""
    return [f.sentence for f in findings if f.weight < 0 and f.id not in _NO_REASONS]


def _other_forwarders(investigation: Investigation, _: Findings) -> list[str]:
    """Those who forward to the alert's recipients or to where the mailbox's mail goes."""
    others = mail_flow.other_forwarders(investigation.case, *suspicious(investigation))
    return [f"{listed(others)}."] if others else []


def _affected(investigation: Investigation, _: Findings) -> Iterator[str]:
    """Every mailbox with the same destination, rule or address."""
    others = mail_flow.others_found(investigation.case)
    for each in others[:_MOST]:
        to = f" to {listed(each.recipients)}" if each.recipients else ""
        ways = listed(_WAYS.get(way, way) for way in each.ways)
        rules = f", rules {quoted(each.rules, 3)}" if each.rules else ""
        where = f", set up from {listed(each.ip_addresses, 3)}" if each.ip_addresses else ""
        yield (
            f"{each.mailbox}{to}, {ways}{rules}{where} ({counted(each.messages, 'message')}, "
            f"last {moment(each.last_seen)})."
        )
    if len(others) > _MOST:
        yield f"And {len(others) - _MOST} more."


def _volume(investigation: Investigation, _: Findings) -> Iterator[str]:
    """Messages by recipient, forwarded and simply sent told apart."""
    for row in mail_flow.rows(investigation.case, mail_flow.COUNT_HUNT):
        forwarded, sent = number(row, "Forwarded") or 0, number(row, "SimplySent") or 0
        recipient = text(row, "Recipient")
        if recipient and forwarded:
            besides = f" (besides {sent} simply sent)" if sent else ""
            yield f"{counted(forwarded, 'message')} forwarded to {recipient}{besides}."
        elif recipient and sent:
            yield f"None to {recipient} by a rule or a setting; {sent} sent by a person."


def _frequency(investigation: Investigation, _: Findings) -> list[str]:
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


def _delivered(investigation: Investigation, _: Findings) -> Iterator[str]:
    """What arrived, and what the organisation's own policy refused (5.7.520)."""
    case = investigation.case
    for row in mail_flow.rows(case, REFUSED_HUNT):
        unknown = number(row, "Unknown") or 0
        yield (
            f"Forwarded from {text(row, 'Sender') or 'an unknown sender'} to "
            f"{text(row, 'Recipient') or 'an unknown recipient'}: "
            f"{number(row, 'Delivered') or 0} delivered, {number(row, 'Refused') or 0} refused"
            f"{f', {unknown} unknown' if unknown else ''}."
        )
    wanted = suspicious(investigation)
    traced = [
        each
        for each in (case.trace.messages if case.trace else ())
        if each.recipient.lower() in wanted
    ]
    delivered = [each for each in traced if each.status.lower() == "delivered"]
    refused = [each for each in traced if each.refused_as_forwarding]
    failed = [each for each in traced if each.status.lower() == "failed" and each not in refused]
    counts = [
        f"{len(delivered)} delivered" if delivered else "",
        f"{len(refused)} refused as forwarding outside (5.7.520)" if refused else "",
        f"{len(failed)} failed otherwise" if failed else "",
    ]
    if told := listed(filter(None, counts)):
        yield f"Message trace: {told}."


def _auto_forwarded(investigation: Investigation, _: Findings) -> Iterator[str]:
    """The Exchange admin center's report: mailboxes by the mail that they forward outside."""
    rows = mail_flow.rows(investigation.case, AUTO_FORWARDED_HUNT)
    by_forwarder: dict[str, int] = {}
    for row in rows:
        if forwarder := text(row, "Forwarder"):
            by_forwarder[forwarder] = by_forwarder.get(forwarder, 0) + (
                number(row, "Messages") or 0
            )
    if by_forwarder:
        most = sorted(by_forwarder.items(), key=lambda each: -each[1])
        told = listed((f"{name} ({counted(count, 'message')})" for name, count in most), _MOST)
        yield f"{counted(len(most), 'mailbox', 'mailboxes')}: {told}."


def _new_forwarders(investigation: Investigation, _: Findings) -> Iterator[str]:
    """The insight: who forwards outside who did not before."""
    for row in mail_flow.rows(investigation.case, NEW_FORWARDERS_HUNT)[:_MOST]:
        since = moment_in(row, "FirstSeen")
        yield (
            f"{text(row, 'Forwarder') or 'Somebody'}{f' since {moment(since)}' if since else ''}, "
            f"to {listed(texts(row, 'Recipients')) or 'somebody outside'}."
        )


QUESTIONS = (
    Question(
        "who_receives",
        "Who receives the forwarded mail?",
        ("forwarding.receiver", "forwarding.rule_external", "compromised.external_forwarding"),
        (*_LISTINGS, "get_organization"),
        _receivers,
        "No rule or forwarding sends mail to anybody.",
    ),
    Question(
        "recipient_known",
        "Are the recipients known: partner, free mail, look-alike, newly seen, used by others?",
        ("forwarding.receiver", "inbox_forwarding.own_mailbox"),
        (*_LISTINGS, "get_organization", mail_flow.SENDERS_HUNT),
        _kinds,
        "Nothing is known of them, good or bad.",
        no_subject=no_recipients,
    ),
    Question(
        "legitimate",
        "Is there an honest explanation: absence, an own or internal mailbox, an approval?",
        ("forwarding.legitimate", "inbox_forwarding.own_mailbox"),
        (*_LISTINGS, "get_organization"),
        _explanations,
        "None was found.",
    ),
    Question(
        "who_else_forwards",
        "Who else forwards mail to these recipients?",
        ("forwarding.recipients_others", "inbox_forwarding.same_destination"),
        (mail_flow.SENDERS_HUNT,),
        _other_forwarders,
        "Nobody else in the time that the hunt covers.",
        instead=("find_forwarders",),
        no_subject=no_recipients,
    ),
    Question(
        "others_affected",
        "Which other mailboxes have the same destination, rule or address?",
        ("inbox_forwarding.same_destination", "forwarding.impacted"),
        ("find_forwarders",),
        _affected,
        "None in the time that was looked at.",
    ),
    Question(
        "how_much",
        "How many messages were forwarded to these recipients?",
        ("forwarding.recipients_count", "forwarding.mail_gone"),
        (mail_flow.COUNT_HUNT,),
        _volume,
        "None in the time that the hunt covers.",
        no_subject=no_recipients,
    ),
    Question(
        "how_often",
        "How often was mail forwarded to these recipients?",
        ("forwarding.recipients_frequency",),
        (mail_flow.DAYS_HUNT,),
        _frequency,
        "On no day that the hunt covers.",
        no_subject=no_recipients,
    ),
    Question(
        "delivered",
        "Was the forwarded mail delivered, or only attempted?",
        ("forwarding.mail_gone", "compromised.message_trace"),
        (REFUSED_HUNT,),
        _delivered,
        "No mail was forwarded to these recipients in the time that was looked at.",
        instead=("trace_messages",),
        no_subject=no_recipients,
    ),
    Question(
        "auto_forwarded_report",
        "Which mailboxes forward mail outside by themselves?",
        ("forwarding.report_auto_forwarded",),
        (AUTO_FORWARDED_HUNT,),
        _auto_forwarded,
        "None in the time that the hunt covers.",
    ),
    Question(
        "new_forwarders",
        "Which mailboxes are new among those that forward outside?",
        ("forwarding.report_new_users", "forwarding.still_created"),
        (NEW_FORWARDERS_HUNT,),
        _new_forwarders,
        "None.",
    ),
)
