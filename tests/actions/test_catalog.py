"""What holds for every action, also for the next one."""

from pathlib import Path

import pytest

import actions
from actions.catalog import AnyAction, Effect, Undo, catalog
from actions.openapi import openapi
from actions.requests import ChangeRequest
from tests.labs import as_object

FOLDER = Path(actions.__file__).parent
EVERY = list(catalog().values())
CHANGES = [each for each in EVERY if each.changes]


def names(each: AnyAction) -> str:
    return each.name


def test_the_actions_of_the_forwarding_playbook_are_all_there() -> None:
    promised = """
        parse_incident get_organization list_inbox_rules get_mailbox_forwarding
        list_transport_rules list_sign_ins get_user_risk run_hunt grade_alert disable_inbox_rule
        delete_inbox_rule clear_mailbox_forwarding disable_transport_rule revoke_sessions
        reset_credentials classify_alert comment_incident update_incident request_approval
        answer_approval undo
    """.split()

    assert set(promised) <= {each.name for each in EVERY if each.routed}


@pytest.mark.parametrize("each", EVERY, ids=names)
def test_an_action_says_what_it_does_and_lives_in_the_file_of_its_name(each: AnyAction) -> None:
    file = FOLDER / f"{each.name}.py"

    assert each.body.__module__ == f"actions.{each.name}"
    assert file.read_text(encoding="utf-8").count("\n@action(") == 1
    assert each.summary.endswith((".", "?"))
    assert each.description
    for model in (each.request, each.answer):
        assert model.__doc__, model


@pytest.mark.parametrize("each", CHANGES, ids=names)
def test_a_change_says_who_asks_why_and_how_far_it_can_be_undone(each: AnyAction) -> None:
    assert issubclass(each.request, ChangeRequest)
    assert each.undo is not None
    fields = {"incident", "reason", "dry_run", "approval"}
    assert fields <= set(each.request.model_fields)


@pytest.mark.parametrize("each", EVERY, ids=names)
def test_only_a_change_takes_the_fields_of_one(each: AnyAction) -> None:
    assert issubclass(each.request, ChangeRequest) is each.changes
    assert each.changes or each.undo is None


def test_nothing_destroys_without_saying_what_it_needs() -> None:
    destroying = [each for each in EVERY if each.effect is Effect.DESTROY]

    assert {each.name for each in destroying} >= {"delete_inbox_rule", "reset_credentials"}
    assert all(each.needs for each in destroying)


def test_what_has_no_route_is_a_way_back_and_never_destroys() -> None:
    inverses = [each for each in EVERY if not each.routed]

    assert {each.name for each in inverses} == {
        "enable_inbox_rule",
        "enable_transport_rule",
        "restore_inbox_rule",
        "restore_mailbox_forwarding",
    }
    assert all(each.effect is Effect.CONTAIN for each in inverses)
    assert all(each.undo in (Undo.EXACT, Undo.EQUIVALENT) for each in inverses)


@pytest.mark.parametrize("each", EVERY, ids=names)
def test_requests_have_no_unions(each: AnyAction) -> None:
    """A Swagger 2.0 connector can be made of them."""
    schema = str(each.request.model_json_schema(by_alias=True))

    for union in ("anyOf", "oneOf", "allOf", "prefixItems"):
        assert union not in schema


@pytest.mark.parametrize("each", EVERY, ids=names)
def test_requests_are_camel_case_and_refuse_what_they_do_not_know(each: AnyAction) -> None:
    properties = each.request.model_json_schema(by_alias=True)["properties"]

    assert not [name for name in properties if "_" in name]
    takes_any_body = each.name == "parse_incident"
    assert each.request.model_config.get("extra") == ("allow" if takes_any_body else "forbid")


def test_the_document_says_of_each_action_what_it_needs_and_whom_it_answers() -> None:
    paths = as_object(openapi()["paths"])

    for each in EVERY:
        if not each.routed:
            assert f"/api/{each.route}" not in paths
            continue
        post = as_object(as_object(paths[f"/api/{each.route}"])["post"])
        assert post["operationId"] == each.name
        assert post["x-app-role"] == each.role.value
        assert post["x-effect"] == each.effect.value
        assert post["x-needs"] == [
            need.model_dump(mode="json", by_alias=True) for need in each.needs
        ]


def test_the_document_lists_every_status_that_an_action_can_answer() -> None:
    paths = as_object(openapi()["paths"])
    all_of_them = {"200", "400", "401", "403", "411", "413", "500"}

    for each in EVERY:
        if each.routed:
            post = as_object(as_object(paths[f"/api/{each.route}"])["post"])
            asks = {"404", "424", "429"} if each.effect is not Effect.JUDGE else set[str]()
            writes = {"409", "503"} if each.changes else set[str]()
            assert set(as_object(post["responses"])) == all_of_them | asks | writes, each.name
