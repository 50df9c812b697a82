"""The analyst's questions of Microsoft's playbooks, answered from the evidence at hand.

Their items are `playbook_items.ITEMS`; a question names those that it answers.
"""

from triage.finding import Investigation
from triage.questions import access, account, configuration, messages, recipients, rules
from triage.questions.question import Answer, Findings, Question
from triage.verdict import Verdict

__all__ = ["QUESTIONS", "Answer", "Question", "ask"]

QUESTIONS: tuple[Question, ...] = (
    *account.QUESTIONS,
    *recipients.QUESTIONS,
    *messages.QUESTIONS,
    *rules.QUESTIONS,
    *configuration.QUESTIONS,
    *access.QUESTIONS,
)
"""In the order in which an analyst asks them."""


def ask(investigation: Investigation, findings: Findings, verdict: Verdict) -> tuple[Answer, ...]:
    """Every question with its answer."""
    return tuple(question.answered(investigation, findings, verdict) for question in QUESTIONS)
