"""Everything that Microsoft's playbooks want looked at is asked, and can be answered."""

from actions.catalog import catalog
from microsoft365.kql import hunts
from triage.questions import QUESTIONS
from triage.questions.playbook_items import ITEMS


def test_every_item_of_the_playbooks_is_covered_by_a_question() -> None:
    covered = {item for question in QUESTIONS for item in question.covers}
    assert sorted(set(ITEMS) - covered) == []


def test_every_question_covers_something_that_a_playbook_wants() -> None:
    for question in QUESTIONS:
        assert question.covers, question.id
        assert set(question.covers) <= set(ITEMS), question.id


def test_every_source_is_an_action_or_a_hunt_that_exists() -> None:
    known = {*catalog(), *hunts()}
    for question in QUESTIONS:
        assert question.sources
        assert {*question.sources, *question.instead, *question.of_messages} <= known, question.id


def test_every_question_is_a_question_with_an_id_of_its_own() -> None:
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS) >= 35
    assert len({question.wording for question in QUESTIONS}) == len(QUESTIONS)
    for question in QUESTIONS:
        assert question.wording.endswith("?")
        assert question.nothing.endswith(".")


def test_the_items_are_those_of_the_four_documents() -> None:
    documents = {item.partition(".")[0] for item in ITEMS}
    assert documents == {"forwarding", "inbox_forwarding", "inbox_manipulation", "compromised"}
