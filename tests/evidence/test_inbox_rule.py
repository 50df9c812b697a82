"""Inbox rules as Graph and `Get-InboxRule` show them, and the one list made of both."""

import json
import time
from pathlib import Path

import pytest
from pydantic import JsonValue

from evidence import inbox_rule
from evidence.inbox_rule import InboxRule
from evidence.inbox_rule_listings import merge
from evidence.model import JsonObject

EX = "/o=ExchangeLabs/ou=x/cn=Recipients/cn=1a-lee"


def graph(**members: JsonValue) -> InboxRule:
    return inbox_rule.from_graph({"id": "AQAAAJ5dZp8=", "displayName": "Rule", **members})


def exchange(**members: JsonValue) -> InboxRule:
    return inbox_rule.from_exchange(
        {"RuleIdentity": "10210541742734704641", "Name": "Rule", **members}
    )


def graph_recipient(address: JsonValue, name: JsonValue = None) -> JsonObject:
    return {"emailAddress": {"address": address, "name": name}}


class TestGraph:
    @pytest.mark.parametrize("member", ["conditions", "exceptions", "actions"])
    def test_null_is_none_of_it(self, member: str) -> None:
        rule = graph(**{member: None})
        assert rule.conditions.none_set
        assert rule.destinations == ()
        assert not rule.hides

    def test_a_recipient_without_an_address_is_kept(self) -> None:
        rule = graph(
            actions={
                "forwardTo": [graph_recipient(None, "Finance"), {"emailAddress": None}, {}],
                "redirectTo": [graph_recipient("Drop@Gmail.com", "Adele")],
                "forwardAsAttachmentTo": [graph_recipient(EX, "Lee Gu")],
            }
        )
        assert [each.label for each in rule.forward_to] == [
            "Finance",
            "(no address)",
            "(no address)",
        ]
        assert [each.address for each in rule.redirect_to] == ["drop@gmail.com"]
        (internal,) = rule.forward_as_attachment_to
        assert (internal.name, internal.address, internal.written) == ("Lee Gu", None, EX)
        assert len(rule.destinations) == 5
        assert not any(each.resolved for each in rule.destinations)

    @pytest.mark.parametrize(
        ("actions", "deletes", "hides"),
        [
            ({"delete": True}, True, True),
            ({"permanentDelete": True}, True, True),
            ({"delete": False}, False, False),
            ({"moveToFolder": "AAMk="}, False, True),
            ({"markAsRead": True}, False, False),
        ],
    )
    def test_what_hides_mail(self, actions: JsonObject, deletes: bool, hides: bool) -> None:
        rule = graph(actions=actions)
        assert (rule.deletes, rule.hides) == (deletes, hides)

    def test_conditions(self) -> None:
        rule = graph(
            conditions={
                "subjectContains": ["invoice"],
                "bodyOrSubjectContains": ["payment", "iban"],
                "headerContains": ["x-spam"],
                "senderContains": ["bank"],
                "fromAddresses": [graph_recipient("ceo@fabrikam.example")],
                "withinSizeRange": {"minimumSize": 1, "maximumSize": None},
                "hasAttachments": True,
                "isEncrypted": False,
            },
            exceptions={"subjectContains": ["lunch"]},
        )
        assert rule.conditions.words == ("invoice", "payment", "iban", "x-spam")
        assert rule.conditions.senders == ("ceo@fabrikam.example", "bank")
        assert rule.conditions.minimum_size == 1
        assert rule.conditions.others == ("hasAttachments",)
        assert not rule.conditions.none_set
        assert rule.exceptions.words == ("lunch",)

    def test_only_what_is_off_is_off(self) -> None:
        assert graph().enabled
        assert graph(isEnabled=None).enabled
        assert not graph(isEnabled=False).enabled
        assert graph(isReadOnly=True).read_only

    def test_actions_without_a_field_of_their_own_are_named(self) -> None:
        rule = graph(actions={"markImportance": "low", "assignCategories": ["x"], "delete": True})
        assert rule.other_actions == ("markImportance", "assignCategories")

    def test_the_payload_is_kept_verbatim(self) -> None:
        assert graph(newMember={"a": [1]}).raw["graph"]["newMember"] == {"a": [1]}

    def test_published_samples_are_read(self, shared_data: Path) -> None:
        cases = [json.loads(line) for line in (shared_data / "cases.jsonl").open(encoding="utf-8")]
        rules = {
            case["id"]: inbox_rule.from_graph(case["data"])
            for case in cases
            if case["kind"] == "message_rule"
        }
        spam, partner = rules["graphdoc-remove-spam"], rules["graphdoc-from-partner"]
        assert (spam.deletes, spam.conditions.words) == (True, ("enter to win",))
        assert [each.address for each in partner.forward_to] == ["alexw@contoso.onmicrosoft.com"]


class TestExchange:
    @pytest.mark.parametrize(
        "identity",
        [
            {"RuleIdentity": "18446744073709551615"},
            {"RuleIdentity": 18446744073709551615},
            {"RuleIdentity": None, "Identity": "adele\\18446744073709551615"},
        ],
    )
    def test_the_identity_is_text_of_64_bits(self, identity: JsonObject) -> None:
        rule = exchange(**identity)
        assert rule.id == rule.exchange_id == "18446744073709551615"

    def test_destinations_in_each_form(self) -> None:
        rule = exchange(
            ForwardTo=['"Drop" [SMTP:Drop@gmail.com]', f'"Lee Gu" [EX:{EX}]', "Finance"],
            RedirectTo="partner@woodgrove.example",
            ForwardAsAttachmentTo=None,
        )
        assert [(each.name, each.address) for each in rule.forward_to] == [
            ("Drop", "drop@gmail.com"),
            ("Lee Gu", None),
            ("Finance", None),
        ]
        assert [each.address for each in rule.redirect_to] == ["partner@woodgrove.example"]
        assert rule.forward_as_attachment_to == ()

    @pytest.mark.parametrize(
        ("members", "deletes"),
        [
            ({"DeleteMessage": True}, True),
            ({"DeleteMessage": "True"}, True),
            ({"SoftDeleteMessage": True}, True),
            ({"DeleteMessage": False}, False),
            ({"DeleteMessage": "False"}, False),
            ({"DeleteMessage": None}, False),
            ({}, False),
        ],
    )
    def test_delete_false_is_no_delete(self, members: JsonObject, deletes: bool) -> None:
        assert exchange(**members).deletes is deletes

    @pytest.mark.parametrize(
        ("written", "kilobytes"),
        [
            ("1 KB (1,024 bytes)", 1),
            ("1 B (1 bytes)", 1),
            ("2.5 MB (2,621,440 bytes)", 2560),
            (2048, 2),
            ("unlimited", None),
            (None, None),
        ],
    )
    def test_a_size_is_a_condition(self, written: JsonValue, kilobytes: int | None) -> None:
        rule = exchange(WithinSizeRangeMinimum=written)
        assert rule.conditions.minimum_size == kilobytes
        assert rule.conditions.none_set is (kilobytes is None)

    def test_conditions(self) -> None:
        rule = exchange(
            SubjectOrBodyContainsWords=["phish"],
            FromAddressContainsWords=["bank"],
            From=["ceo@fabrikam.example"],
            HasAttachment=False,
            MyNameInToBox=True,
            ExceptIfSubjectContainsWords=["lunch"],
            MoveToFolder="RSS Feeds",
            MarkAsRead=True,
            MarkImportance="Low",
        )
        assert rule.conditions.words == ("phish",)
        assert rule.conditions.senders == ("ceo@fabrikam.example", "bank")
        assert rule.conditions.others == ("MyNameInToBox",)
        assert rule.exceptions.words == ("lunch",)
        assert rule.move_to is not None
        assert rule.move_to.name == "RSS Feeds"
        assert rule.marks_read
        assert rule.other_actions == ("MarkImportance",)

    @pytest.mark.parametrize(
        ("name", "system"),
        [
            ("Junk E-mail Rule", True),
            ("Junk E-Mail Rule", True),
            ("Microsoft.Exchange.OOF.InternalSenders.Global", True),
            ("Delegate Rule -6917529027641081853", True),
            ("Delegates", False),
            (".", False),
            ("Security Update", False),
        ],
    )
    def test_system_rules_are_told_apart(self, name: str, system: bool) -> None:
        assert exchange(Name=name).system is system

    @pytest.mark.parametrize(
        ("members", "system"),
        [
            ({"ForwardTo": [f'"Lee Gu" [EX:{EX}]']}, True),
            ({"ForwardTo": ['"Drop" [SMTP:drop@gmail.com]']}, False),
            ({"RedirectTo": ["drop@gmail.com"]}, False),
            ({"DeleteMessage": True}, False),
        ],
    )
    def test_a_rule_is_not_the_systems_by_its_name_alone(
        self, members: JsonObject, system: bool
    ) -> None:
        assert exchange(Name="Delegate Rule -6917529027641081853", **members).system is system


class TestMerge:
    def test_a_rule_that_both_show_is_one_rule(self) -> None:
        (rule,) = merge([graph(sequence=1)], [exchange(Priority=1)])
        assert rule.seen_by == ("graph", "exchange")
        assert rule.hidden is False
        assert (rule.id, rule.graph_id, rule.exchange_id) == (
            "AQAAAJ5dZp8=",
            "AQAAAJ5dZp8=",
            "10210541742734704641",
        )
        assert set(rule.raw) == {"graph", "exchange"}

    def test_what_only_exchange_shows_is_hidden(self) -> None:
        shown, hidden = merge(
            [graph(sequence=1)],
            [exchange(Priority=1), exchange(Name=".", Priority=2, ForwardTo=["drop@gmail.com"])],
        )
        assert (shown.hidden, hidden.hidden) == (False, True)
        assert (hidden.name, hidden.id) == (".", "10210541742734704641")
        assert hidden.seen_by == ("exchange",)

    def test_a_hidden_namesake_of_a_harmless_rule_stays_hidden(self) -> None:
        for listing in (
            [
                exchange(RuleIdentity="1", DeleteMessage=True),
                exchange(RuleIdentity="2", MarkAsRead=True),
            ],
            [
                exchange(RuleIdentity="2", MarkAsRead=True),
                exchange(RuleIdentity="1", DeleteMessage=True),
            ],
        ):
            merged = merge([graph(actions={"markAsRead": True})], listing)
            by_id = {rule.exchange_id: rule for rule in merged}
            assert (by_id["2"].hidden, by_id["1"].hidden) == (False, True)
            assert by_id["1"].deletes
            assert not by_id["2"].deletes

    def test_namesakes_alike_are_told_apart_by_their_place(self) -> None:
        merged = merge(
            [graph(id="a", sequence=2), graph(id="b", sequence=1)],
            [exchange(RuleIdentity="1", Priority=1), exchange(RuleIdentity="2", Priority=2)],
        )
        assert {(rule.graph_id, rule.exchange_id) for rule in merged} == {("a", "2"), ("b", "1")}
        assert [rule.sequence for rule in merged] == [1, 2]

    def test_equal_rules_are_as_many_as_the_sources_show(self) -> None:
        twice = [exchange(RuleIdentity="1"), exchange(RuleIdentity="1")]
        assert [rule.hidden for rule in merge([graph()], twice)] == [False, True]

    def test_without_one_source_nothing_is_said_of_hiding(self) -> None:
        (only_graph,) = merge([graph()], None)
        (only_exchange,) = merge(None, [exchange()])
        assert only_graph.hidden is None
        assert only_exchange.hidden is None
        assert merge(None, None) == ()

    def test_an_empty_listing_is_an_answer(self) -> None:
        (rule,) = merge([], [exchange()])
        assert rule.hidden is True

    def test_a_systems_name_does_not_cover_what_one_source_shows(self) -> None:
        name = "Junk E-mail Rule"
        (rule,) = merge(
            [graph(displayName=name)], [exchange(Name=name, RedirectTo=["drop@gmail.com"])]
        )
        assert not rule.system

    def test_the_folder_has_graphs_id_and_exchanges_name(self) -> None:
        (rule,) = merge(
            [graph(actions={"moveToFolder": "AAMk="})], [exchange(MoveToFolder="RSS Feeds")]
        )
        assert rule.move_to is not None
        assert (rule.move_to.id, rule.move_to.name) == ("AAMk=", "RSS Feeds")

    @pytest.mark.parametrize(
        ("actions", "members"),
        [
            ({"moveToFolder": "AAMk="}, {"MoveToFolder": None}),
            (None, {"MoveToFolder": "RSS Feeds"}),
        ],
    )
    def test_a_folder_that_one_source_shows_is_not_lost(
        self, actions: JsonValue, members: JsonObject
    ) -> None:
        (rule,) = merge([graph(actions=actions)], [exchange(**members)])
        assert rule.move_to is not None
        assert rule.hides

    def test_what_graph_does_not_show_of_a_rule_comes_from_exchange(self) -> None:
        """Graph shows a client's rule as read-only, and without the parts that it does not know."""
        (rule,) = merge(
            [graph(isReadOnly=True, conditions=None, actions=None)],
            [
                exchange(
                    ForwardTo=["drop@gmail.com"],
                    DeleteMessage=True,
                    SubjectContainsWords=["invoice"],
                    MarkAsRead=True,
                )
            ],
        )
        assert rule.read_only
        assert [each.address for each in rule.destinations] == ["drop@gmail.com"]
        assert rule.deletes
        assert rule.marks_read
        assert rule.conditions.words == ("invoice",)


def test_two_listings_of_two_thousand_rules_are_made_one() -> None:
    shown = [
        inbox_rule.from_graph({"id": f"g{number}", "displayName": f"Rule {number}"})
        for number in range(2000)
    ]
    also = [
        inbox_rule.from_exchange({"RuleIdentity": f"{number}", "Name": f"Rule {number}"})
        for number in reversed(range(2001))
    ]
    began = time.monotonic()

    merged = merge(shown, also)

    assert time.monotonic() - began < 10.0
    assert [each.name for each in merged if each.hidden] == ["Rule 2000"]
    assert all(each.exchange_id == each.name.partition(" ")[2] for each in merged)


def test_thousands_of_rules_of_one_name_are_matched_by_what_they_do_and_where_they_stand() -> None:
    """Anybody can make them; each held against each other would take minutes."""
    shown = [graph(id=f"g{n}", sequence=n, actions={"delete": n % 2 == 0}) for n in range(4000)]
    also = [
        exchange(RuleIdentity=f"{n}", Priority=n, DeleteMessage=n % 2 == 0)
        for n in reversed(range(4001))
    ]
    began = time.monotonic()

    merged = merge(shown, also)

    assert time.monotonic() - began < 5.0
    assert [each.exchange_id for each in merged if each.hidden] == ["4000"]
    assert all(f"g{each.exchange_id}" == each.graph_id for each in merged if not each.hidden)


def test_what_a_listing_that_broke_off_did_not_show_is_neither_hidden_nor_shown() -> None:
    """`hidden` is a claim about both listings."""
    only_exchange = exchange(Name="Later")
    only_graph = graph(displayName="Other")
    merged = merge([only_graph], [only_exchange], cut_short=["graph"])
    assert {each.name: each.hidden for each in merged} == {"Other": False, "Later": None}
    merged = merge([only_graph], [only_exchange], cut_short=["exchange"])
    assert {each.name: each.hidden for each in merged} == {"Other": None, "Later": True}


class TestParameters:
    """A rule as `New-InboxRule` was told to make it, from its audit record."""

    def test_it_is_read_as_a_listing_would_show_it(self) -> None:
        rule = inbox_rule.from_parameters(
            "event",
            {
                "Name": "Sync",
                "SubjectOrBodyContainsWords": "invoice;payment",
                "ExceptIfFrom": "boss@contoso.com",
                "ForwardTo": "a@evil.example;b@evil.example",
                "DeleteMessage": "True",
                "MarkAsRead": "False",
                "MoveToFolder": "RSS Feeds; old",
            },
        )
        assert rule.name == "Sync"
        assert rule.conditions.words == ("invoice", "payment")
        assert rule.exceptions.from_addresses == ("boss@contoso.com",)
        assert [each.address for each in rule.destinations] == ["a@evil.example", "b@evil.example"]
        assert (rule.deletes, rule.marks_read) == (True, False)
        assert rule.move_to is not None
        assert rule.move_to.name == "RSS Feeds; old"

    def test_no_listing_showed_it(self) -> None:
        rule = inbox_rule.from_parameters("event", {"Name": "Sync"})
        assert (rule.seen_by, rule.hidden, rule.exchange_id) == ((), None, None)
        assert rule.conditions.none_set
