"""list_inbox_rules: every rule of a mailbox, with where each sends mail."""

from collections.abc import Callable

from pydantic import JsonValue

from sandbox.lab import Lab
from sandbox.tenant.faults import Refusal
from sandbox.tenant.mailbox import Folder, InboxRule, Mailbox, Recipient, RuleActions
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import Contact, Group, User
from sandbox.tenant.state import TenantState
from tests.labs import ANA, ANA_ID, JOEL, OpenLab, answered, as_object, gaps, objects, rule_named

HUNT: JsonObject = {"hunt": "message_urls", "arguments": {"message_ids": ["m"]}}
GRAPH_REFUSES = Refusal(service="graph", path="*/messageRules*", status=403)
EXCHANGE_REFUSES = Refusal(service="exchange", status=403)


def mailbox_of(state: TenantState, upn: str = ANA) -> Mailbox:
    user = state.user(upn)
    assert user is not None and user.mailbox is not None
    return user.mailbox


def with_rule(
    *recipients: str, parts: Callable[[TenantState], None] = lambda _: None
) -> Callable[[TenantState], None]:
    """A tenant in which Ana's rule “Copies” forwards to these recipients."""

    def change(state: TenantState) -> None:
        parts(state)
        to = [Recipient.model_validate(each) for each in recipients]
        rule = InboxRule(name="Copies", sequence=9, actions=RuleActions(forward_to=to))
        rule.number(ANA_ID)
        mailbox_of(state).rules.append(rule)

    return change


def refusing(*refusals: Refusal) -> Callable[[TenantState], None]:
    return lambda state: state.refusals.extend(one.model_copy() for one in refusals)


async def rules(lab: Lab, mailbox: str = ANA) -> tuple[JsonObject, dict[str, JsonObject]]:
    answer = await answered(lab, "list-inbox-rules", {"mailbox": mailbox})
    listed = objects(as_object(answer["result"])["rules"])
    return answer, {str(rule["name"]): rule for rule in listed}


async def destination(lab: Lab) -> tuple[JsonObject, list[tuple[JsonValue, JsonValue, JsonValue]]]:
    """Where “Copies” sends mail: the destination, and its (address, internal, via)."""
    found = objects((await rule_named(lab, "Copies"))["forwardTo"])[0]
    finals = objects(found["finals"])
    return found, [(each["address"], each["internal"], each["via"]) for each in finals]


async def test_both_listings_are_one_and_each_rule_says_who_showed_it(open_lab: OpenLab) -> None:
    lab = await open_lab()

    answer, found = await rules(lab)

    assert answer["complete"] is True
    assert found["Newsletters"]["seenBy"] == ["graph", "exchange"]
    assert found["Newsletters"]["hidden"] is False
    assert found["."]["seenBy"] == ["exchange"]
    assert found["."]["hidden"] is True
    assert found["."]["graphId"] is None
    assert len(found) == 3


async def test_exchanges_own_rules_are_told_apart(open_lab: OpenLab) -> None:
    lab = await open_lab()

    _, found = await rules(lab)

    system = {name for name, rule in found.items() if rule["system"]}
    assert system == {"Junk E-Mail Rule"}


async def test_folders_have_their_names_whatever_their_language(open_lab: OpenLab) -> None:
    def dutch(state: TenantState) -> None:
        rule = InboxRule(name="Weg", actions=RuleActions(move_to_folder="deleteditems"))
        user = state.user(JOEL)
        assert user is not None
        user.mailbox = Mailbox(language="nl-NL", rules=[rule])
        rule.number(user.id)

    lab = await open_lab(change=dutch)

    moved = await rule_named(lab, "Newsletters")
    assert as_object(moved["moveTo"])["name"] == "Archive"
    assert as_object(moved["moveTo"])["wellKnown"] == "archive"
    away = as_object((await rule_named(lab, "Weg", JOEL))["moveTo"])
    assert (away["name"], away["wellKnown"]) == ("Verwijderde items", "deleteditems")


async def test_a_hidden_rules_folder_is_known_although_only_its_localised_name_is_shown(
    open_lab: OpenLab,
) -> None:
    def japanese(state: TenantState) -> None:
        user = state.user(JOEL)
        assert user is not None
        into = {"a": "deleteditems", "b": "RSS フィード", "c": "展示会"}
        folders = [Folder(display_name="展示会")]
        rules = [
            InboxRule(name=name, hidden=True, actions=RuleActions(move_to_folder=to))
            for name, to in into.items()
        ]
        user.mailbox = Mailbox(language="ja-JP", rules=rules, folders=folders)
        for rule in rules:
            rule.number(user.id)

    lab = await open_lab(change=japanese)

    answer, found = await rules(lab, JOEL)

    assert answer["complete"] is True
    moved = {name: as_object(found[name]["moveTo"]) for name in "abc"}
    assert [moved[name]["name"] for name in "abc"] == ["削除済みアイテム", "RSS フィード", "展示会"]
    assert [moved[name]["wellKnown"] for name in "abc"] == ["deleteditems", None, None]


async def test_a_mailbox_may_be_named_by_id_or_by_any_of_its_addresses(open_lab: OpenLab) -> None:
    def alias(state: TenantState) -> None:
        ana = state.user(ANA)
        assert ana is not None
        ana.proxy_addresses.append("smtp:controller@contoso.com")

    lab = await open_lab(change=alias)
    _, by_name = await rules(lab)

    for other in ("controller@contoso.com", "Ana.Bowman@Contoso.com", ANA_ID):
        answer, found = await rules(lab, other)
        assert (answer["complete"], found) == (True, by_name), other


async def test_a_contact_and_a_mail_user_are_followed_to_their_outside_address(
    open_lab: OpenLab,
) -> None:
    for kind, shown, words in (
        ("MailContact", "contact", "the contact Fabrikam desk"),
        ("MailUser", "mailUser", "the mail user Fabrikam desk"),
    ):

        def outside(state: TenantState, kind: str = kind) -> None:
            state.contacts.append(
                Contact.model_validate(
                    {
                        "name": "Fabrikam desk",
                        "kind": kind,
                        "external_address": "desk@mail.example",
                        "mail": "desk@contoso.com",
                    }
                )
            )

        lab = await open_lab(change=with_rule("Desk <desk@contoso.com>", parts=outside))
        found, finals = await destination(lab)

        assert (found["kind"], found["resolved"]) == (shown, True)
        assert finals == [("desk@mail.example", False, words)]


async def test_a_recipient_written_as_exchange_name_is_looked_up(open_lab: OpenLab) -> None:
    def legacy(state: TenantState) -> None:
        joel = state.recipient(JOEL)
        assert joel is not None
        with_rule(f"Joel Lindqvist <{state.legacy_name(joel)}>")(state)

    lab = await open_lab(change=legacy)
    found, finals = await destination(lab)

    assert (found["kind"], found["resolved"]) == ("mailbox", True)
    assert finals == [(JOEL, True, "")]


async def test_groups_are_followed_to_their_members_inside_and_outside(open_lab: OpenLab) -> None:
    def group(state: TenantState) -> None:
        state.contacts.append(
            Contact(name="Guest desk", kind="MailUser", external_address="guest@mail.example")
        )
        state.groups += [
            Group(
                display_name="Deals",
                mail="deals@contoso.com",
                kind="microsoft365",
                members=[JOEL, "Guest desk"],
            ),
            Group(
                display_name="Everybody", mail="all@contoso.com", members=["deals@contoso.com", ANA]
            ),
        ]

    lab = await open_lab(change=with_rule("all@contoso.com", parts=group))
    found, finals = await destination(lab)

    assert (found["kind"], found["resolved"]) == ("group", True)
    assert set(finals) == {
        (JOEL, True, "member of Deals"),
        ("guest@mail.example", False, "member of Deals"),
        (ANA, True, "member of Everybody"),
    }


async def test_a_mailbox_that_forwards_onward_is_followed(open_lab: OpenLab) -> None:
    def onward(state: TenantState) -> None:
        mailbox_of(state, JOEL).forwarding_smtp_address = "joel@mail.example"

    lab = await open_lab(change=with_rule(JOEL, parts=onward))
    found, finals = await destination(lab)

    assert found["resolved"] is True
    assert finals == [
        (JOEL, True, ""),
        ("joel@mail.example", False, f"forwarded on by {JOEL}"),
    ]


async def test_mail_forwarded_in_a_circle_comes_to_an_end(open_lab: OpenLab) -> None:
    def circle(state: TenantState) -> None:
        mailbox_of(state, JOEL).forwarding_address = "mira.okafor"
        mailbox_of(state, "mira.okafor@contoso.com").forwarding_address = "joel.lindqvist"

    lab = await open_lab(change=with_rule(JOEL, parts=circle))
    _, finals = await destination(lab)

    assert [address for address, *_ in finals] == [JOEL, "mira.okafor@contoso.com"]


async def test_a_destination_that_cannot_be_followed_is_a_gap_and_never_internal(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab(change=with_rule("Nobody <nobody@contoso.com>", JOEL))

    answer, found = await rules(lab)

    nobody, joel = objects(found["Copies"]["forwardTo"])
    assert (nobody["resolved"], nobody["finals"]) == (False, [])
    assert (joel["resolved"], answer["complete"]) == (True, False)
    assert gaps(answer) == [("Exchange Get-Recipient", "unresolved")]
    assert "nobody@contoso.com" in str(answer["gaps"])


async def test_two_groups_with_the_same_hidden_members_are_both_unresolved(
    open_lab: OpenLab,
) -> None:
    def lost(state: TenantState) -> None:
        state.refusals.append(
            Refusal(service="exchange", cmdlet="Get-UnifiedGroupLinks", status=403)
        )
        state.groups += [
            Group(display_name="Inner", mail="inner@contoso.com", kind="microsoft365"),
            Group(display_name="One", mail="one@contoso.com", members=[JOEL, "inner@contoso.com"]),
            Group(display_name="Two", mail="two@contoso.com", members=[JOEL, "inner@contoso.com"]),
        ]

    lab = await open_lab(change=with_rule("one@contoso.com", "two@contoso.com", parts=lost))
    _, found = await rules(lab)

    assert [to["resolved"] for to in objects(found["Copies"]["forwardTo"])] == [False, False]


async def test_a_group_whose_members_cannot_be_listed_is_unresolved(open_lab: OpenLab) -> None:
    def dynamic(state: TenantState) -> None:
        state.groups.append(Group(display_name="Dynamic", mail="dynamic@contoso.com"))
        state.refusals.append(
            Refusal(
                service="exchange",
                cmdlet="Get-DistributionGroupMember",
                status=404,
                code="ManagementObjectNotFoundException",
            )
        )

    lab = await open_lab(change=with_rule("dynamic@contoso.com", parts=dynamic))
    found, finals = await destination(lab)

    assert (found["kind"], found["resolved"], finals) == ("group", False, [])


async def test_a_chain_of_groups_without_end_is_unresolved(open_lab: OpenLab) -> None:
    def chain(state: TenantState) -> None:
        for number in range(8):
            within = [f"g{number + 1}@contoso.com"] if number < 7 else [JOEL]
            state.groups.append(
                Group(display_name=f"G{number}", mail=f"g{number}@contoso.com", members=within)
            )

    lab = await open_lab(change=with_rule("g0@contoso.com", parts=chain))
    found, finals = await destination(lab)

    assert (found["kind"], found["resolved"], finals) == ("group", False, [])


async def test_rules_beyond_the_first_page_are_read(open_lab: OpenLab) -> None:
    def many(state: TenantState) -> None:
        box = mailbox_of(state)
        box.rules_page_size = 2
        for number in range(7):
            rule = InboxRule(name=f"Rule {number}", sequence=10 + number)
            rule.number(ANA_ID)
            box.rules.append(rule)

    lab = await open_lab(change=many)
    _, found = await rules(lab)

    seen = [rule["seenBy"] for name, rule in found.items() if name.startswith("Rule ")]
    assert seen == [["graph", "exchange"]] * 7
    assert lab.state.count("/messageRules") == 4


async def test_one_refused_source_leaves_a_gap_and_the_others_rules(open_lab: OpenLab) -> None:
    lab = await open_lab(change=refusing(EXCHANGE_REFUSES))
    answer, found = await rules(lab)
    assert answer["complete"] is False
    assert ("Exchange Get-InboxRule -IncludeHidden", "forbidden") in gaps(answer)
    assert "Hidden rules are shown by Exchange only." in str(answer["gaps"])
    assert set(found) == {"Newsletters"}
    assert found["Newsletters"]["hidden"] is None, "nobody can tell"

    lab = await open_lab(change=refusing(GRAPH_REFUSES))
    answer, found = await rules(lab)
    assert gaps(answer) == [("Graph messageRules", "forbidden")]
    assert set(found) == {".", "Newsletters", "Junk E-Mail Rule"}
    assert found["."]["hidden"] is None, "nobody can tell"


async def test_a_mailbox_of_which_every_source_refuses_is_still_an_answer(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab(change=refusing(EXCHANGE_REFUSES, GRAPH_REFUSES))

    answer, found = await rules(lab)

    assert (answer["status"], answer["complete"], found) == ("ok", False, {})
    assert {reason for _, reason in gaps(answer)} == {"forbidden"}


async def test_a_mailbox_that_graph_does_not_serve_is_read_from_exchange(
    open_lab: OpenLab,
) -> None:
    def on_premises(state: TenantState) -> None:
        mailbox_of(state).on_rest = False

    lab = await open_lab(change=on_premises)
    answer, found = await rules(lab)

    assert ("Graph messageRules", "notFound") in gaps(answer)
    assert "." in found


async def test_a_service_that_fails_is_a_gap_and_not_an_absence(open_lab: OpenLab) -> None:
    broken = Refusal(service="exchange", status=500)
    lab = await open_lab(change=refusing(broken))

    answer, found = await rules(lab)

    assert ("Exchange Get-InboxRule -IncludeHidden", "unavailable") in gaps(answer)
    assert set(found) == {"Newsletters"}


async def test_throttling_as_the_only_cause_asks_the_caller_to_come_back(
    open_lab: OpenLab,
) -> None:
    late = Refusal(path="*", status=429, retry_after=240)
    lab = await open_lab(change=refusing(late))

    for route, body in (
        ("list-inbox-rules", {"mailbox": ANA}),
        ("list-sweep-rules", {"mailbox": ANA}),
        ("get-mailbox-forwarding", {"mailbox": ANA}),
        ("list-transport-rules", {}),
        ("get-organization", {}),
        ("list-sign-ins", {"user": ANA}),
        ("get-user-risk", {"user": ANA}),
        ("run-hunt", HUNT),
    ):
        asked: JsonObject = {**body}
        response = await lab.call(route, asked)
        assert response.status_code == 429, f"{route}: {response.text}"
        assert response.headers["retry-after"] == "240", route


async def test_throttling_counts_as_the_only_cause_also_when_the_account_itself_was_found(
    open_lab: OpenLab,
) -> None:
    def busy(*paths: str) -> Callable[[TenantState], None]:
        return refusing(*(Refusal(path=path, status=429, retry_after=240) for path in paths))

    for route, body, paths in (
        ("list-sweep-rules", {"mailbox": ANA}, ["/adminapi/*"]),
        ("get-mailbox-forwarding", {"mailbox": ANA}, ["/adminapi/*"]),
        ("list-sign-ins", {"user": ANA}, ["*/signIns"]),
        ("get-user-risk", {"user": ANA}, ["*/identityProtection/*"]),
    ):
        lab = await open_lab(change=busy(*paths))
        asked: JsonObject = {**body}
        assert (await lab.call(route, asked)).status_code == 429, route


async def test_a_throttled_source_beside_a_seen_one_is_a_gap(open_lab: OpenLab) -> None:
    late = Refusal(service="exchange", status=429, retry_after=240)
    lab = await open_lab(change=refusing(late))

    answer, found = await rules(lab)

    assert ("Exchange Get-InboxRule -IncludeHidden", "throttled") in gaps(answer)
    assert set(found) == {"Newsletters"}


async def test_a_short_throttling_is_waited_for(open_lab: OpenLab) -> None:
    short = Refusal(status=429, retry_after=0, times=3)
    lab = await open_lab(change=refusing(short))

    answer, found = await rules(lab)

    assert (answer["complete"], len(found)) == (True, 3)


async def test_a_user_without_a_mailbox_has_no_rules_to_list(open_lab: OpenLab) -> None:
    lab = await open_lab(
        change=lambda state: state.users.append(
            User(user_principal_name="no.box@contoso.com", display_name="No Box", mailbox=None)
        )
    )

    body: JsonObject = {"mailbox": "no.box@contoso.com"}
    assert (await lab.call("get-mailbox-forwarding", body)).status_code == 404
