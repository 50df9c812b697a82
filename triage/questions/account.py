"""Is the account compromised: how it behaves, what is held against it, what it sent."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from evidence.model import JsonObject
from evidence.reading import moment as moment_in
from evidence.reading import number, text, texts
from evidence.sign_in import SignIns
from evidence.user_alert import UserAlert
from triage import mail_flow
from triage.account import accounts
from triage.case import CHANGES_HUNT, Case
from triage.finding import Finding, Investigation
from triage.forwarder import forwarder_subject
from triage.questions.question import Findings, Question
from triage.questions.subjects import no_change
from triage.verdict import Verdict
from triage.wording import counted, listed, moment, quoted

THREATS_HUNT = "sent_mail_threats"
SENSITIVE_HUNT = "sensitive_mail_sent"
DEVICES_HUNT = "device_alerts"
LOGONS_HUNT = "sign_in_anomalies"
_LOGONS_SINCE = timedelta(days=2)
_ABOUT_SIGN_INS = ("risk_detection", "user_risk", "impossible_travel", "second_factor_worn_down")
_UNUSUAL = (
    ("NewAddress", "a new address"),
    ("NewApplication", "a new application"),
    ("UncommonCountry", "an uncommon country"),
    ("RepeatedFailures", "repeated failures"),
)


def _whose(investigation: Investigation, verdict: Verdict) -> str:
    """Whether it is, and if another is instead, who: enough, however much was not seen."""
    if not verdict.compromised:
        return "Not proven; what was noticed: "
    subject = forwarder_subject(investigation.case)
    if not subject or subject in verdict.compromised:
        return "Yes: "
    return f"Not this one, as far as was seen, but {listed(verdict.compromised)}: "


def _signs_of_compromise(_: Investigation, findings: Findings) -> list[str]:
    """Anomalies of the account and of those who changed something."""
    about = ("identity", "admin", "device")
    return [f.sentence for f in findings if f.family in about and f.weight > 0]


def _behaviour(investigation: Investigation, findings: Findings) -> list[str]:
    """New places and unusual ways, against the places known."""
    unusual = [f.sentence for f in findings if f.id.startswith("sign_in_") and f.weight > 0]
    logs = (account.sign_ins for account in accounts(investigation.case))
    seen = [log for log in logs if log and log.history]
    places = [_places(log) for log in seen]
    if unusual or not seen:
        return [*places, *unusual]
    one = sum(bool(entry.successes) for log in seen for entry in log.history) <= 1
    return [*places, "It is not unusual." if one else "None of them is unusual."]


def _places(log: SignIns) -> str:
    """From how many addresses and where somebody signed in; attempts that failed are no places."""
    history = [entry for entry in log.history if entry.successes]
    since = f"Since {moment(log.since)}"
    if not history:
        return f"{since} no sign-in of {log.user} succeeded."
    countries = sorted({entry.country for entry in history if entry.country})
    places = f" in {listed(countries)}" if countries else ""
    number_of = counted(len(history), "address", "addresses")
    return f"{since} {log.user} signed in from {number_of}{places}."


def _risky_sign_ins(_: Investigation, findings: Findings) -> list[str]:
    """Risk detections, the user's risk, passwords tried, sign-ins that speak for an intruder."""
    return [
        f.sentence
        for f in findings
        if f.id in ("risk_detection", "user_risk") or f.id.startswith(("password_", "sign_in_"))
    ]


def _before_the_change(_: Investigation, findings: Findings) -> list[str]:
    """The anomalies of sign-ins that are tied to a change of rules or forwarding."""
    return [f.sentence for f in findings if _of_sign_ins(f) and f.links and f.weight > 0]


def _of_sign_ins(finding: Finding) -> bool:
    return finding.id in _ABOUT_SIGN_INS or finding.id.startswith(("password_", "sign_in_"))


def _logons(investigation: Investigation, findings: Findings) -> Iterator[str]:
    """The unusual logons of the last days, by address and application.

    Defender's table does not have every sign-in: where it is silent, what the sign-in log shows
    is no less unusual.
    """
    told = list(_unusual_logons(investigation.case))
    since = investigation.case.as_of - _LOGONS_SINCE
    logged = [] if told else [f.sentence for f in findings if _is_logon(f, investigation, since)]
    yield from told
    if logged:
        yield f"Defender's own table of logons has none; the sign-in log has: {' '.join(logged)}"


def _is_logon(finding: Finding, investigation: Investigation, since: datetime) -> bool:
    """Whether it tells of sign-ins of the forwarder in the time that the question is about."""
    if finding.account != forwarder_subject(investigation.case) or finding.weight <= 0:
        return False
    if not finding.id.startswith(("password_", "sign_in_new_")):
        return False
    log = investigation.case.sign_ins
    ids = {each.id for each in finding.evidence}
    return any(entry.id in ids and entry.at >= since for entry in (log.sign_ins if log else ()))


def _unusual_logons(case: Case) -> Iterator[str]:
    for row in mail_flow.rows(case, LOGONS_HUNT):
        recent = (number(row, "SucceededSince") or 0) + (number(row, "FailedSince") or 0)
        what = [words for column, words in _UNUSUAL if row.get(column) is True]
        if recent and what:
            application = text(row, "Application") or "an application without a name"
            country = text(row, "Country")
            yield (
                f"{text(row, 'IPAddress') or 'An unknown address'}"
                f"{f' in {country}' if country else ''} with {application}: {listed(what)} "
                f"({number(row, 'SucceededSince') or 0} succeeded, "
                f"{number(row, 'FailedSince') or 0} failed)."
            )


def other_alerts(case: Case) -> list[UserAlert]:
    """The alerts about the user, without those that the case is about."""
    named = ((alert.id, alert.provider_id or "") for alert in case.indicators.alerts)
    own = {each.lower() for ids in named for each in ids if each}
    alerts = case.alerts.alerts if case.alerts else ()
    return [alert for alert in alerts if not {alert.id.lower(), alert.provider_id.lower()} & own]


def _alerts(investigation: Investigation, _: Findings) -> list[str]:
    """Title, severity and time of each, and how it was judged."""
    alerts = other_alerts(investigation.case)
    if not alerts:
        return []
    told = listed(map(_alert, alerts), 8)
    return [f"{counted(len(alerts), 'other alert')}: {told}."]


def _alert(alert: UserAlert) -> str:
    judged = alert.classification if alert.classification != "unknown" else ""
    about = ", ".join(filter(None, (alert.severity, judged, alert.status)))
    return f"“{alert.title}” of {moment(alert.created)}{f' ({about})' if about else ''}"


def _blocked(investigation: Investigation, _: Findings) -> list[str]:
    """Microsoft's alert policies "User restricted from sending email" and its tenant-wide kin."""
    alerts = investigation.case.alerts.alerts if investigation.case.alerts else ()
    restricted = [alert for alert in alerts if "restricted from sending" in alert.title.lower()]
    return [f"By the alert {_alert(alert)}." for alert in restricted]


def _threats(investigation: Investigation, _: Findings) -> Iterator[str]:
    """How much of what was sent was found to be harmful."""
    for row in mail_flow.rows(investigation.case, THREATS_HUNT):
        sent, harmful = number(row, "Messages") or 0, number(row, "Threatening") or 0
        sender = text(row, "Sender") or "the account"
        kinds = ", ".join(
            f"{number(row, kind) or 0} {kind.lower()}" for kind in ("Phish", "Spam", "Malware")
        )
        yield (
            f"{harmful} of {counted(sent, 'message')} from {sender}: {kinds}."
            if harmful
            else f"None of {counted(sent, 'message')} from {sender}."
        )


def sensitive_mail(investigation: Investigation, _: Findings) -> Iterator[str]:
    """How many messages a policy or a label marks, which, and as what."""
    rows = mail_flow.rows(investigation.case, SENSITIVE_HUNT)
    if rows:
        messages = {text(row, "InternetMessageId") or str(row) for row in rows}
        marks = listed(
            dict.fromkeys(
                mark
                for row in rows
                for name in ("Label", "InformationType", "Policy")
                if (mark := text(row, name))
            )
        )
        subjects = quoted((each for row in rows if (each := text(row, "Subject"))), 5)
        yield (
            f"{counted(len(messages), 'message')}{f' marked {marks}' if marks else ''}"
            f"{f': {subjects}' if subjects else ''}."
        )


def _devices(investigation: Investigation, findings: Findings) -> Iterator[str]:
    """What was found on the user's devices, and which of them are known."""
    yield from (f.sentence for f in findings if f.family == "device" and f.weight > 0)
    rows = mail_flow.rows(investigation.case, DEVICES_HUNT)
    for row in rows:
        if title := text(row, "Title"):
            at = moment_in(row, "AlertTime")
            when = f" on {moment(at)}" if at else ""
            files = listed(texts(row, "Files"))
            severity = text(row, "Severity")
            yield (
                f"“{title}”{f' ({severity})' if severity else ''} on "
                f"{text(row, 'DeviceName') or 'a device without a name'}{when}"
                f"{f': {files}' if files else ''}."
            )
    quiet = _names(row for row in rows if not text(row, "Title"))
    if quiet:
        yield f"No alert about {quiet}."
    for alert in other_alerts(investigation.case):
        if alert.devices:
            yield f"{_alert(alert)} names {listed(alert.devices)}."


def _names(rows: Iterable[JsonObject]) -> str:
    return listed(name for row in rows if (name := text(row, "DeviceName")))


QUESTIONS = (
    Question(
        "account_compromised",
        "Is the account compromised?",
        ("forwarding.forwarder",),
        ("list_sign_ins", "get_user_risk", CHANGES_HUNT),
        _signs_of_compromise,
        "Sign-ins, risk and changes show no sign of it.",
        opening=_whose,
    ),
    Question(
        "past_behaviour",
        "Does the account behave as it used to?",
        (
            "forwarding.past_behaviour",
            "inbox_manipulation.unusual_client",
            "compromised.sign_in_logs",
        ),
        ("list_sign_ins",),
        _behaviour,
        "There were no sign-ins to compare.",
    ),
    Question(
        "risky_sign_ins",
        "Were there risky sign-ins, or attempts to guess the password?",
        ("forwarding.risky_sign_in", "compromised.sign_in_logs"),
        ("list_sign_ins", "get_user_risk"),
        _risky_sign_ins,
        "Neither Identity Protection nor the sign-in log shows any.",
    ),
    Question(
        "sign_ins_before",
        "What was unusual about the sign-ins before rules or forwarding were changed?",
        ("inbox_forwarding.sign_ins_before", "inbox_manipulation.preceded"),
        ("list_sign_ins", CHANGES_HUNT),
        _before_the_change,
        "No unusual sign-in is tied to a change.",
        no_subject=no_change,
    ),
    Question(
        "logons",
        "Do the logons show unknown addresses, new applications, uncommon countries or failures?",
        ("forwarding.logons",),
        (LOGONS_HUNT,),
        _logons,
        "Defender's logon records show none in the two days before the alert.",
    ),
    Question(
        "other_alerts",
        "Which other alerts are there about the user?",
        ("forwarding.other_alerts", "inbox_forwarding.user_alerts"),
        ("get_user_alerts",),
        _alerts,
        "None in the thirty days before the alert.",
    ),
    Question(
        "blocked_from_sending",
        "Was the mailbox blocked from sending?",
        ("compromised.blocked",),
        ("get_user_alerts",),
        _blocked,
        "No alert says so.",
    ),
    Question(
        "sent_threats",
        "How much of the mail that the account sent was phish, spam or malware?",
        ("forwarding.sent_threats", "compromised.phishy_items"),
        (THREATS_HUNT,),
        _threats,
        "The account sent no mail in the time that the hunt covers.",
    ),
    Question(
        "sensitive_mail",
        "How much of the mail that the account sent is sensitive?",
        ("forwarding.sent_sensitive",),
        (SENSITIVE_HUNT,),
        sensitive_mail,
        "No policy and no label marks any of it.",
    ),
    Question(
        "device_activity",
        "Is there malicious activity on the user's devices?",
        ("forwarding.device",),
        (DEVICES_HUNT, "get_user_alerts"),
        _devices,
        "No alert names a device, and the hunt knows of none of the user's.",
    ),
)
