"""Findings about what was done with the mail, beyond the ways out: read, copied, sent on."""

from collections.abc import Iterator

from evidence.reading import number, text
from triage import mail_flow
from triage.account import account_of
from triage.applications import MAIL_CLIENTS, applications
from triage.familiar import Past
from triage.finding import Finding, Investigation, Link, Reference
from triage.mail_reads import MailRead, mail_reads
from triage.wording import counted, listed, moment

THREATS_HUNT = "sent_mail_threats"
SENSITIVE_HUNT = "sensitive_mail_sent"
REFUSED_HUNT = "refused_forwarding"
_COLLECT = "T1114.002"
_FORWARD = "T1114.003"
_PHISH = "T1534"


def read_by_script(investigation: Investigation) -> Iterator[Finding]:
    """Mail was opened by a tool for scripts: people use mail programs."""
    found = [each for each in mail_reads(investigation) if each.by_script]
    if found:
        yield _about_reads(
            "mail_read_by_script",
            25,
            found,
            f"Mail was read by a script ({listed(each.client for each in found)})",
        )


def read_by_application(investigation: Investigation) -> Iterator[Finding]:
    """Mail was opened by an application that is neither a mail program nor known to be honest."""
    known = {each.app_id.lower() for each in applications(investigation.case)}
    apps = investigation.case.apps
    known |= {app.app_id.lower() for app in (apps.apps if apps else ()) if app.publisher}
    found = [
        each
        for each in mail_reads(investigation)
        if each.by_strange_application
        and not each.by_script
        and each.app_id.lower() not in MAIL_CLIENTS | known
    ]
    if found:
        yield _about_reads(
            "mail_read_by_application",
            20,
            found,
            f"Mail was read by an application of which nothing else is known "
            f"({listed(each.app_id for each in found)})",
        )


def read_from_afar(investigation: Investigation) -> Iterator[Finding]:
    """Mail was opened from an address that the user's past does not know."""
    pasts: dict[str, Past] = {}
    found: dict[tuple[str, str, str], list[MailRead]] = {}
    for each in mail_reads(investigation):
        reader = account_of(investigation.case, each.actors)
        past = pasts.setdefault(reader.subject, Past(reader.sign_ins))
        if (
            each.first
            and not each.by_script
            and not each.by_strange_application
            and past.lacks(each.address, each.first)
        ):
            found.setdefault((reader.subject, reader.by, each.address or ""), []).append(each)
    for (subject, by, address), reads in found.items():
        links = tuple(
            Link(way=way.key, by="address")
            for way, change in investigation.way_changes()
            if change.ip_address == address
        )
        finding = _about_reads(
            "mail_read_from_new_address",
            10,
            reads,
            f"Mail was read{by} from {address}, an address never seen before for this user",
        )
        yield finding.model_copy(update={"links": links, "account": subject})


def log_incomplete(investigation: Investigation) -> Iterator[Finding]:
    """The log stopped counting: more may have been read than it tells."""
    found = [each for each in mail_reads(investigation) if each.log_incomplete]
    if found:
        yield _about_reads(
            "mail_access_incomplete", 0, found, "The log of read mail stopped counting for a day"
        )


def sent_harmful(investigation: Investigation) -> Iterator[Finding]:
    """Mail that the account sent was found to be phishing, spam or malware."""
    for row in mail_flow.rows(investigation.case, THREATS_HUNT):
        threatening = number(row, "Threatening") or 0
        if threatening:
            kinds = [
                f"{counted(count, kind)}"
                for name, kind in (("Phish", "phish"), ("Spam", "spam"), ("Malware", "malware"))
                if (count := number(row, name))
            ]
            sender = text(row, "Sender") or "the account"
            yield Finding(
                id="sent_harmful",
                sentence=f"Of the {counted(number(row, 'Messages') or 0, 'message')} that {sender} "
                f"sent lately, {threatening} were found harmful ({listed(kinds)}).",
                family="identity",
                weight=20,
                evidence=(
                    Reference(source=f"run_hunt {THREATS_HUNT}", id=sender, text=str(threatening)),
                ),
                techniques=(_PHISH,),
            )


def sent_sensitive(investigation: Investigation) -> Iterator[Finding]:
    """Mail that labels or policies call sensitive left the account."""
    rows = mail_flow.rows(investigation.case, SENSITIVE_HUNT)
    if rows:
        why = listed(name for row in rows if (name := text(row, "Label") or text(row, "Rule")))
        yield Finding(
            id="sent_sensitive",
            sentence=f"The account sent sensitive mail {counted(len(rows), 'time')}"
            f"{f' ({why})' if why else ''}.",
            family="volume",
            weight=5,
            evidence=(Reference(source=f"run_hunt {SENSITIVE_HUNT}", id="", text=str(len(rows))),),
            techniques=(_FORWARD,),
        )


def forwarding_refused(investigation: Investigation) -> Iterator[Finding]:
    """What was to go out was stopped by the organisation's own policy: tried, and not done."""
    case = investigation.case
    refused = sum(number(row, "Refused") or 0 for row in mail_flow.rows(case, REFUSED_HUNT))
    traced = case.trace.messages if case.trace else ()
    refused = max(refused, sum(each.refused_as_forwarding for each in traced))
    if refused:
        yield Finding(
            id="forwarding_refused",
            sentence=f"{counted(refused, 'forwarded message')} did not leave: the organisation's "
            "own policy refused them (550 5.7.520). Others may have.",
            family="volume",
            weight=0,
            evidence=(Reference(source="trace_messages", id="", text=str(refused)),),
        )


def _about_reads(identifier: str, weight: int, reads: list[MailRead], start: str) -> Finding:
    messages = sum(each.messages for each in reads)
    known = counted(messages, "message") if messages else "no single message"
    first = min((each.first for each in reads if each.first), default=None)
    since = f", first on {moment(first)}" if first else ""
    folders = (
        " Whole folders were synchronised: all that was in them is to be held for read."
        if any(each.whole_folders for each in reads)
        else ""
    )
    return Finding(
        id=identifier,
        sentence=f"{start}: {known} on record{since}.{folders}",
        family="identity",
        weight=weight,
        evidence=tuple(
            Reference(source=each.source, id=each.reference, text=each.client or each.app_id)
            for each in reads[:10]
        ),
        techniques=(_COLLECT,) if weight else (),
    )


FINDINGS = (
    read_by_script,
    read_by_application,
    read_from_afar,
    log_incomplete,
    sent_harmful,
    sent_sensitive,
    forwarding_refused,
)
