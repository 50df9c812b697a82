"""The analyst's questions of Microsoft's grading playbooks, answered from the evidence at hand.

Source: "Alert classification for suspicious email forwarding activity" and its two siblings on
inbox rules (Microsoft Defender XDR documentation). What was not seen is never a "no".
"""

from collections.abc import Callable
from dataclasses import dataclass

from evidence.model import Evidence
from triage import answers
from triage.applications import ACCESS_HUNT, CONSENTS_HUNT
from triage.case import CHANGES_HUNT, Case
from triage.finding import Finding, Investigation
from triage.mail_flow import (
    ATTACHMENTS_HUNT,
    COUNT_HUNT,
    DAYS_HUNT,
    SENDERS_HUNT,
    URLS_HUNT,
)
from triage.verdict import Verdict
from triage.wording import listed

Findings = tuple[Finding, ...]


class Answer(Evidence):
    """One question, answered as far as could be seen."""

    id: str
    question: str
    answer: str
    complete: bool
    """False: something that bears on the answer was not seen."""
    found: bool
    """Whether what was seen answers it; then what was not seen can only add to it."""
    sources: tuple[str, ...]
    """The actions and hunts that answer it."""


@dataclass(frozen=True)
class _Question:
    id: str
    question: str
    sources: tuple[str, ...]
    found: Callable[[Investigation, Findings], list[str]]
    """Sentences; none when nothing was found."""
    nothing: str
    """The answer when everything was seen and nothing found."""
    no_subject: Callable[[Investigation], str] = lambda _: ""
    """Why there is nothing to ask about; empty when there is something."""
    opening: Callable[[Verdict], str] = lambda _: ""
    """What comes before what was found."""


def _no_recipients(investigation: Investigation) -> str:
    case = investigation.case
    some = case.indicators.recipients or any(way.outside for way in investigation.ways)
    if some or not case.rules_complete:
        return ""
    return "The alert names no recipient, and nothing that is in place sends mail outside."


def _no_messages(investigation: Investigation) -> str:
    named = investigation.case.indicators.network_message_ids
    return "" if named else "The alert names no message."


def _no_change(investigation: Investigation) -> str:
    some = any(investigation.way_changes())
    if some or _unseen(investigation.case, (CHANGES_HUNT,)):
        return ""
    return "There was no change to judge: none in the time that the hunt covers set up a way out."


def _yes(verdict: Verdict) -> str:
    """What was seen is enough for the answer, however much was not."""
    return "Yes: " if verdict.compromised else ""


_QUESTIONS = (
    _Question(
        "account_compromised",
        "Is the account compromised?",
        ("list_sign_ins", "get_user_risk", CHANGES_HUNT),
        answers.signs_of_compromise,
        "Sign-ins, risk and changes show no sign of it.",
        opening=_yes,
    ),
    _Question(
        "past_behaviour",
        "Does the account behave as it used to?",
        ("list_sign_ins",),
        answers.behaviour,
        "There were no sign-ins to compare.",
    ),
    _Question(
        "risky_sign_ins",
        "Were there risky sign-ins, or attempts to guess the password?",
        ("list_sign_ins", "get_user_risk"),
        answers.risky_sign_ins,
        "Neither Identity Protection nor the sign-in log shows any.",
    ),
    _Question(
        "who_receives",
        "Who receives the forwarded mail?",
        ("list_inbox_rules", "get_mailbox_forwarding", "list_transport_rules", "get_organization"),
        answers.receivers,
        "No rule or forwarding sends mail to anybody.",
    ),
    _Question(
        "who_else_forwards",
        "Who else forwards mail to these recipients?",
        (SENDERS_HUNT,),
        answers.other_forwarders,
        "Nobody else in the time that the hunt covers.",
        _no_recipients,
    ),
    _Question(
        "how_much",
        "How many messages were forwarded to these recipients?",
        (COUNT_HUNT,),
        answers.volume,
        "None in the time that the hunt covers.",
        _no_recipients,
    ),
    _Question(
        "how_often",
        "How often was mail forwarded to these recipients?",
        (DAYS_HUNT,),
        answers.frequency,
        "On no day that the hunt covers.",
        _no_recipients,
    ),
    _Question(
        "urls",
        "Which URLs do the messages of the alert carry?",
        (URLS_HUNT,),
        answers.urls,
        "None.",
        _no_messages,
    ),
    _Question(
        "attachments",
        "Which attachments do the messages of the alert carry?",
        (ATTACHMENTS_HUNT,),
        answers.attachments,
        "None.",
        _no_messages,
    ),
    _Question(
        "forwarding_type",
        "How is mail forwarded: inbox rule, mailbox forwarding or transport rule?",
        ("list_inbox_rules", "get_mailbox_forwarding", "list_transport_rules"),
        answers.forwarding_types,
        "In none of the three ways; somebody may have forwarded by hand.",
    ),
    _Question(
        "rule_conditions",
        "What do the rules look for, and what becomes of the mail?",
        ("list_inbox_rules", "list_transport_rules"),
        answers.conduct,
        "No rule does anything out of the ordinary.",
    ),
    _Question(
        "rule_changes",
        "Which rules or forwarding were made or changed, when, by whom and from which address?",
        (CHANGES_HUNT,),
        answers.rule_changes,
        "None in the time that the hunt covers.",
    ),
    _Question(
        "rule_address",
        "Is the address from which they were made usual for the user?",
        (CHANGES_HUNT, "list_sign_ins"),
        answers.change_addresses,
        "There was no change to judge.",
    ),
    _Question(
        "still_being_made",
        "Are new rules or forwarding still being made?",
        (CHANGES_HUNT,),
        answers.latest_changes,
        "Not since the day before the alert.",
    ),
    _Question(
        "transport_rules_expected",
        "Is every transport rule that copies mail out expected?",
        ("list_transport_rules", "get_organization"),
        answers.transport_rules,
        "No transport rule copies mail out.",
    ),
    _Question(
        "what_else",
        "What else did the account that configured the forwarding change?",
        (CHANGES_HUNT,),
        answers.other_deeds,
        "Nothing else in the time that the hunt covers.",
        _no_change,
    ),
    _Question(
        "app_consents",
        "Which applications were given access to mail, and what did they do with it?",
        (CONSENTS_HUNT, ACCESS_HUNT),
        answers.consented_applications,
        "None, by this user or for everybody, in the time that the hunt covers.",
    ),
)


def ask(investigation: Investigation, findings: Findings, verdict: Verdict) -> tuple[Answer, ...]:
    """Every question with its answer, in the order in which an analyst asks them."""
    return tuple(_answer(question, investigation, findings, verdict) for question in _QUESTIONS)


def _answer(
    question: _Question, investigation: Investigation, findings: Findings, verdict: Verdict
) -> Answer:
    found = " ".join(dict.fromkeys(question.found(investigation, findings)))
    no_subject = "" if found else question.no_subject(investigation)
    unseen = [] if no_subject else _unseen(investigation.case, question.sources)
    if no_subject:
        said = no_subject
    elif unseen and found:
        said = f"{question.opening(verdict)}{found} This may not be all: {listed(unseen)}."
    elif unseen:
        said = f"Not known: {listed(unseen)}."
    else:
        said = f"{question.opening(verdict)}{found}" if found else question.nothing
    return Answer(
        id=question.id,
        question=question.question,
        answer=said,
        complete=not unseen,
        found=bool(found),
        sources=question.sources,
    )


def _unseen(case: Case, sources: tuple[str, ...]) -> list[str]:
    gaps = case.gaps_of(*sources)
    reported = [f"{gap.source} could not be seen ({gap.reason})" for gap in gaps]
    known = {gap.asked for gap in gaps}
    hunts = [s for s in sources if "list_" not in s and "get_" not in s]
    unasked = [hunt for hunt in hunts if hunt not in case.hunts and hunt not in known]
    return [*reported, *(f"{hunt} was not asked" for hunt in unasked)]
