"""How mail leaves or is hidden: kinds of forwarding, what the rules do, and other ways."""

from collections.abc import Iterator

from triage.case import CHANGES_HUNT
from triage.conduct import untold_actions
from triage.finding import Investigation
from triage.questions.question import Findings, Question
from triage.wording import listed

_TYPES = {"InboxRule": "inbox rule", "SMTP": "mailbox forwarding", "ETR": "transport rule"}
_LISTINGS = ("list_inbox_rules", "get_mailbox_forwarding", "list_transport_rules")


def _forwarding_types(investigation: Investigation, _: Findings) -> list[str]:
    """The kinds that lead outside, else those that lead anywhere, and what the alert says."""
    kinds = [_type(way.kind) for way in investigation.ways if way.outside and way.present]
    stated = investigation.case.indicators.forwarding_type
    said = [f"The alert says {_type(stated)}."] if stated else []
    if kinds:
        return [f"Mail leaves by {listed(kinds)}.", *said]
    inside = [_type(w.kind) for w in investigation.ways if w.destinations and w.present]
    if inside:
        return [f"By {listed(inside)}, and nothing of it was seen to lead outside.", *said]
    none = "Nothing that is in place sends mail outside."
    return [none, *said] if said and investigation.case.rules_complete else said


def _type(kind: str) -> str:
    return _TYPES.get(kind, kind)


def _conduct(_: Investigation, findings: Findings) -> list[str]:
    """What each rule does that is worth knowing."""
    return [f.sentence for f in findings if f.family == "rule" and f.weight > 0]


def _hidden(investigation: Investigation, _: Findings) -> list[str]:
    """The rules that Outlook and Graph do not show."""
    hidden = [
        way.title
        for way in investigation.ways
        if way.rule is not None and way.rule.hidden and way.present
    ]
    return [f"{listed(hidden)}."] if hidden else []


def _other_ways(investigation: Investigation, _: Findings) -> Iterator[str]:
    """Ways out that are neither inbox rule nor forwarding nor transport rule."""
    for way in investigation.ways:
        if way.kind not in _TYPES:
            whom = way.outside or tuple(each.label for each in way.destinations)
            yield f"{way.title}{f' leads to {listed(whom)}' if whom else ''}."


def _programs(investigation: Investigation, _: Findings) -> Iterator[str]:
    """Rules that do what no listing can name: Outlook's own actions, programs and forms."""
    for way in investigation.ways:
        untold = untold_actions(way.rule) if way.rule is not None and way.present else ()
        if untold:
            yield f"{way.title} has further actions: {listed(untold)}."


QUESTIONS = (
    Question(
        "forwarding_type",
        "How is mail forwarded: inbox rule, mailbox forwarding or transport rule?",
        (
            "forwarding.forwarding_type",
            "forwarding.manner",
            "forwarding.mailbox_forwarding",
            "forwarding.inbox_rules",
            "compromised.mailbox_settings",
        ),
        _LISTINGS,
        _forwarding_types,
        "In none of the three ways; somebody may have forwarded by hand.",
    ),
    Question(
        "rule_conditions",
        "What do the rules look for, and what becomes of the mail?",
        (
            "forwarding.rule_hides",
            "forwarding.rule_marks_read",
            "forwarding.rule_keywords",
            "forwarding.manner",
            "inbox_forwarding.filter_words",
            "inbox_forwarding.no_filter",
            "inbox_manipulation.keyword_rule",
            "inbox_manipulation.obscure_folder",
            "inbox_manipulation.deletes_all",
        ),
        ("list_inbox_rules", "list_sweep_rules", "list_transport_rules"),
        _conduct,
        "No rule looks for such mail as intruders look for, and none hides or deletes it.",
    ),
    Question(
        "hidden_rules",
        "Which rules are hidden?",
        ("forwarding.rule_hidden", "compromised.mailbox_settings"),
        ("list_inbox_rules",),
        _hidden,
        "None.",
    ),
    Question(
        "other_ways",
        "Does mail leave or vanish in another way: sweep or journal rule, connector, Power "
        "Automate?",
        ("forwarding.manner",),
        ("list_sweep_rules", "list_transport_rules", CHANGES_HUNT),
        _other_ways,
        "None was seen.",
    ),
    Question(
        "rule_programs",
        "Does a rule start a program or a form, or do what the listings cannot name?",
        ("compromised.forms",),
        ("list_inbox_rules",),
        _programs,
        "None that Exchange shows; what Outlook alone knows of is seen on the user's computer.",
    ),
)
