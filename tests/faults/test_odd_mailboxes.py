"""Mailboxes and rules as they are in the world: half served, half written, and named in numbers."""

import pytest

from sandbox.tenant.faults import Refusal
from sandbox.tenant.mailbox import InboxRule, Recipient, RuleActions
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import (
    ANA,
    OpenLab,
    answered,
    as_object,
    change,
    gaps,
    mailbox_of,
    objects,
    result_of,
    rule_named,
    with_rules,
)

ASKED: JsonObject = {"mailbox": ANA}
GRAPH = "Graph messageRules"
EXCHANGE = "Exchange Get-InboxRule -IncludeHidden"
LARGEST = (1 << 64) - 1


@pytest.mark.parametrize(
    ("refusal", "source"),
    [
        (Refusal(path="*/messageRules", status=403), GRAPH),
        (Refusal(cmdlet="Get-InboxRule", status=403), EXCHANGE),
    ],
    ids=["Graph", "Exchange"],
)
async def test_one_source_that_refuses_leaves_the_other_and_says_what_to_grant(
    open_lab: OpenLab, waits: list[float], refusal: Refusal, source: str
) -> None:
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert gaps(answer) == [(source, "forbidden")]
    assert "needs" in str(answer["gaps"])
    rules = objects(as_object(answer["result"])["rules"])
    assert all(rule["hidden"] is None for rule in rules if not rule["system"])
    assert (refusal.used, waits) == (1, []), "a refusal is not asked about again"


async def test_a_rule_without_conditions_takes_every_message(open_lab: OpenLab) -> None:
    rule = InboxRule(name="Everything", actions=RuleActions(delete=True))
    lab = await open_lab(change=with_rules(rule))

    found = await rule_named(lab, "Everything")

    raw = as_object(as_object(found["raw"])["graph"])
    assert raw["conditions"] is None, "so Graph writes it"
    assert not any(as_object(found["conditions"]).values())
    assert found["deletes"] is True


@pytest.mark.parametrize("name", ["Somebody", ""])
async def test_a_recipient_without_an_address_is_a_gap_and_never_internal(
    open_lab: OpenLab, name: str
) -> None:
    rule = InboxRule(
        name="Nowhere", actions=RuleActions(forward_to=[Recipient(name=name, address="")])
    )
    lab = await open_lab(change=with_rules(rule))

    answer = await answered(lab, "list-inbox-rules", ASKED)

    [found] = [
        each for each in objects(as_object(answer["result"])["rules"]) if each["name"] == "Nowhere"
    ]
    [destination] = objects(found["forwardTo"])
    assert (destination["address"], destination["resolved"]) == (None, False)
    assert destination["finals"] == []
    assert ("Exchange Get-Recipient", "unresolved") in gaps(answer)
    assert lab.state.count(cmdlet="Get-Recipient") <= 1


async def test_a_rule_id_above_the_signed_64_bits_names_that_rule_and_no_other(
    open_lab: OpenLab,
) -> None:
    """Read as a floating-point number, the two would be the same."""
    rules = [
        InboxRule(name=f"Hidden {end}", hidden=True, identity=LARGEST - end, sequence=end + 1)
        for end in (0, 1)
    ]
    lab = await open_lab(change=with_rules(*rules))

    listed = await rule_named(lab, "Hidden 0")
    assert (listed["id"], listed["exchangeId"]) == (str(LARGEST), str(LARGEST))
    done = await result_of(lab, "disable-inbox-rule", change(mailbox=ANA, rule=str(LARGEST)))

    assert done["status"] == "done"
    assert [rule.enabled for rule in rules] == [False, True]


async def test_a_mailbox_that_graph_does_not_serve_is_read_from_exchange(
    open_lab: OpenLab, waits: list[float]
) -> None:
    """On premises, inactive, or without a licence: MailboxNotEnabledForRESTAPI."""

    def on_premises(state: TenantState) -> None:
        mailbox_of(state).on_rest = False

    lab = await open_lab(change=on_premises)

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert (GRAPH, "notFound") in gaps(answer)
    assert "MailboxNotEnabledForRESTAPI" in str(answer["gaps"])
    rules = objects(as_object(answer["result"])["rules"])
    assert {str(rule["seenBy"]) for rule in rules} == {"['exchange']"}
    assert all(rule["hidden"] is None for rule in rules if not rule["system"])
    assert lab.state.count("/messageRules") <= 2
    assert waits == []

    rule = next(rule for rule in rules if rule["name"] == "Newsletters")
    done = await result_of(lab, "disable-inbox-rule", change(mailbox=ANA, rule=rule["id"]))
    assert done["status"] == "done"


async def test_a_mailbox_that_neither_source_serves_is_no_empty_list(open_lab: OpenLab) -> None:
    def on_premises(state: TenantState) -> None:
        mailbox_of(state).on_rest = False
        state.refusals.append(Refusal(cmdlet="Get-InboxRule", status=403))

    lab = await open_lab(change=on_premises)

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert {source for source, _ in gaps(answer)} >= {GRAPH, EXCHANGE}
    assert answer["complete"] is False
    assert as_object(answer["result"])["rules"] == []
