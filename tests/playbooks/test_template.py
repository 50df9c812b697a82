"""The template itself: what Azure would refuse, or what would surprise whoever deploys it."""

import json
from typing import Any

import pytest

from sandbox.lab import PLAYBOOK
from sandbox.workflow import Deployment, Workflow, load_template, validate
from sandbox.workflow.definition import texts_in

AUTHENTICATIONS = ("key", "managedIdentity")
TEMPLATE: dict[str, Any] = json.loads(PLAYBOOK.read_text(encoding="utf-8"))
CONNECTION, WORKFLOW = TEMPLATE["resources"]
API = (
    "[concat('/subscriptions/', subscription().subscriptionId, '/providers/Microsoft.Web/locations/"
    "', parameters('Location'), '/managedApis/azuresentinel')]"
)


def deployed(authentication: str = "key") -> Workflow:
    parameters = {
        "FunctionAppUrl": "https://mailwarden.example",
        "Authentication": authentication,
        "FunctionKey": "k",
        "FunctionAudience": "api://mailwarden",
    }
    return load_template(PLAYBOOK, dict(parameters), Deployment())


def inputs_of(workflow: Workflow, kind: str) -> list[dict[str, Any]]:
    found = [each.raw["inputs"] for each in workflow.all_actions() if each.type == kind]
    return [each for each in found if isinstance(each, dict)]


def calls(workflow: Workflow) -> list[dict[str, Any]]:
    """Every request to the Function App."""
    asking = [each["subscribe"] for each in inputs_of(workflow, "HttpWebhook")]
    return [*inputs_of(workflow, "Http"), *asking]


@pytest.mark.parametrize("authentication", AUTHENTICATIONS)
def test_the_service_would_save_it_by_either_way_of_authentication(authentication: str) -> None:
    assert validate(deployed(authentication)) == []


def test_by_key_every_call_carries_the_key_and_no_identity() -> None:
    found = calls(deployed("key"))
    assert len(found) > 20
    for call in found:
        assert call["headers"]["x-functions-key"] == "@parameters('functionKey')"
        assert call["authentication"] is None


def test_by_identity_every_call_carries_a_token_for_the_function_app_and_no_key() -> None:
    found = calls(deployed("managedIdentity"))
    assert len(found) > 20
    for call in found:
        assert "x-functions-key" not in call["headers"]
        expected = {"type": "ManagedServiceIdentity", "audience": "api://mailwarden"}
        assert call["authentication"] == expected
    assert WORKFLOW["identity"] == {"type": "SystemAssigned"}


def test_the_key_is_a_secure_parameter_and_every_call_hides_its_inputs() -> None:
    assert TEMPLATE["parameters"]["FunctionKey"]["type"] == "securestring"
    assert TEMPLATE["parameters"]["FunctionKey"]["defaultValue"] == ""
    definition = WORKFLOW["properties"]["definition"]
    assert definition["parameters"]["functionKey"] == {"type": "SecureString"}
    for each in deployed().all_actions():
        if each.type in ("Http", "HttpWebhook"):
            runtime = each.raw["runtimeConfiguration"]
            assert isinstance(runtime, dict)
            assert runtime["secureData"] == {"properties": ["inputs"]}


def test_no_call_is_tried_again_for_longer_than_two_minutes() -> None:
    for each in deployed().all_actions():
        if each.type == "Http":
            assert each.raw["limit"] == {"timeout": "PT2M"}, each.name


def test_the_question_waits_as_long_as_the_parameter_says_and_sends_nothing_at_its_end() -> None:
    [question] = [each for each in deployed().all_actions() if each.type == "HttpWebhook"]
    assert question.raw["limit"] == {"timeout": "PT4H"}
    # An empty `unsubscribe` is a request without method and URI, which the engine refuses.
    assert [set(each) for each in inputs_of(deployed(), "HttpWebhook")] == [{"subscribe"}]


def test_the_sentinel_connection_uses_the_playbooks_managed_identity() -> None:
    assert (CONNECTION["type"], CONNECTION["apiVersion"]) == (
        "Microsoft.Web/connections",
        "2016-06-01",
    )
    assert CONNECTION["kind"] == "V1"
    properties = CONNECTION["properties"]
    assert properties["parameterValueType"] == "Alternative"
    assert "parameterValues" not in properties, "no credential of a person"
    assert properties["api"] == {"id": API}
    [(name, connection)] = WORKFLOW["properties"]["parameters"]["$connections"]["value"].items()
    assert name == "azuresentinel"
    assert connection["id"] == API
    assert connection["connectionId"] == f"[{_resource(CONNECTION)}]"
    authentication = connection["connectionProperties"]["authentication"]
    assert authentication == {"type": "ManagedServiceIdentity"}
    assert WORKFLOW["dependsOn"] == [f"[{_resource(CONNECTION)}]"]


def _resource(resource: dict[str, Any]) -> str:
    return f"resourceId('{resource['type']}', {resource['name'].strip('[]')})"


def test_it_is_triggered_by_sentinels_incidents() -> None:
    assert (WORKFLOW["type"], WORKFLOW["apiVersion"]) == ("Microsoft.Logic/workflows", "2019-05-01")
    [trigger] = WORKFLOW["properties"]["definition"]["triggers"].values()
    assert trigger["type"] == "ApiConnectionWebhook"
    assert trigger["inputs"] == {
        "host": {
            "connection": {"name": "@parameters('$connections')['azuresentinel']['connectionId']"}
        },
        "body": {"callback_url": "@{listCallbackUrl()}"},
        "path": "/incident-creation",
    }


def test_what_the_playbook_says_by_itself_goes_through_the_connectors_comment_operation() -> None:
    found = inputs_of(deployed(), "ApiConnection")
    assert found
    for inputs in found:
        assert (inputs["method"], inputs["path"]) == ("post", "/Incidents/Comment")
        assert set(inputs["body"]) == {"incidentArmId", "message"}


def test_it_keeps_within_the_limits_of_a_consumption_workflow() -> None:
    """ "Limits and configuration reference for Azure Logic Apps": definition and expressions."""
    actions = list(deployed().all_actions())
    assert len(actions) <= 500
    for each in actions:
        assert len(each.name) <= 80
        for text in texts_in(each.raw):
            assert len(text) <= 8192
        description = each.raw.get("description", "")
        assert isinstance(description, str)
        assert len(description) <= 256


def test_the_actions_that_decide_something_say_what_it_is() -> None:
    described = {each.name for each in deployed().all_actions() if "description" in each.raw}
    assert {"Suspect", "Reflex", "Grade", "Contain", "Request_approval", "Verdict"} <= described


def test_the_file_is_kept_as_it_is_written() -> None:
    text = json.dumps(TEMPLATE, indent=2, ensure_ascii=False) + "\n"
    assert PLAYBOOK.read_text(encoding="utf-8") == text
