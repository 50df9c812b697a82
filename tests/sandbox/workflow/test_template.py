"""A template is resolved as a deployment would, or refused with the reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.workflow import DefinitionError, Deployment, Workflow, load_template

CONNECTION = "Microsoft.Web/connections"


def template(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a template
    return {
        "parameters": {
            "name": {"type": "string", "minLength": 3},
            "key": {"type": "securestring"},
            "mode": {"type": "string", "defaultValue": "ask", "allowedValues": ["ask", "never"]},
            "where": {"type": "string", "defaultValue": "[resourceGroup().location]"},
        },
        "variables": {
            "connection": "[concat('sentinel-', parameters('name'))]",
            "tags": "[union(createObject('a', 1), createObject('b', variables('connection')))]",
        },
        "resources": [
            {"type": CONNECTION, "name": "[variables('connection')]"},
            {
                "type": "Microsoft.Logic/workflows",
                "name": "[parameters('name')]",
                "location": "[parameters('where')]",
                "properties": {
                    "definition": {
                        "triggers": {"manual": {"type": "Request"}},
                        "parameters": {
                            "key": {"type": "SecureString"},
                            "mode": {"type": "String", "defaultValue": "x"},
                            "$connections": {"type": "Object", "defaultValue": {}},
                        },
                        "actions": {
                            "Say": {
                                "type": "Compose",
                                "inputs": {
                                    "escaped": "[[not an expression]",
                                    "workflow": "@parameters('mode')",
                                    "template": "[variables('tags')]",
                                    "chosen": "[if(equals(parameters('mode'), 'ask'), 1, 2)]",
                                    "text": "[format('{0}/{1} {{x}}', 'a', 2)]",
                                    "uri": "[uri('https://a/b/', 'c')]",
                                },
                            }
                        },
                    },
                    "parameters": {
                        "key": {"value": "[parameters('key')]"},
                        "mode": {"value": "[parameters('mode')]"},
                        "$connections": {
                            "value": {
                                "azuresentinel": {
                                    "connectionId": f"[resourceId('{CONNECTION}',"
                                    " variables('connection'))]",
                                    "id": "[subscriptionResourceId('Microsoft.Web/locations/"
                                    "managedApis', parameters('where'), 'azuresentinel')]",
                                }
                            }
                        },
                    },
                },
            },
        ],
        **changes,
    }


def load(folder: Path, content: dict[str, Any], **parameters: object) -> Workflow:
    path = folder / "azuredeploy.json"
    path.write_text(json.dumps(content))
    given: dict[str, Any] = {"name": "playbook", "key": "top secret", **parameters}
    return load_template(path, given, Deployment(subscription_id="s", resource_group="g"))


def test_a_template_becomes_its_workflow(tmp_path: Path) -> None:
    workflow = load(tmp_path, template())
    assert (workflow.name, workflow.location) == ("playbook", "westeurope")
    assert workflow.id == (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Logic/workflows/playbook"
    )
    assert workflow.parameters["mode"] == "ask"
    assert workflow.parameters["$connections"] == {
        "azuresentinel": {
            "connectionId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/"
            "connections/sentinel-playbook",
            "id": "/subscriptions/s/providers/Microsoft.Web/locations/westeurope/"
            "managedApis/azuresentinel",
        }
    }
    assert workflow.actions["Say"].inputs == {
        "escaped": "[not an expression]",
        "workflow": "@parameters('mode')",
        "template": {"a": 1, "b": "sentinel-playbook"},
        "chosen": 1,
        "text": "a/2 {x}",
        "uri": "https://a/b/c",
    }
    assert "top secret" in workflow.secrets


def with_name(expression: str) -> dict[str, Any]:
    return template(
        resources=[
            {
                "type": "Microsoft.Logic/workflows",
                "name": expression,
                "properties": {"definition": {}},
            }
        ]
    )


@pytest.mark.parametrize(
    ("content", "parameters", "reason"),
    [
        (template(), {"unknown": 1}, "no parameter 'unknown'"),
        (template(), {"name": 5}, "must be a string"),
        (template(), {"name": "x"}, "wrong length"),
        (template(), {"mode": "always"}, "one of"),
        (with_name("[uniqueString('x')]"), {}, "does not know the ARM function 'uniqueString'"),
        (with_name("[parameters('none')]"), {}, "no parameter 'none'"),
        (with_name("[variables('none')]"), {}, "no variable 'none'"),
        (with_name("[concat('a'"), {}, None),
        (with_name("[concat('a']"), {}, "cannot read"),
        (with_name("[resourceId('Microsoft.Web/sites')]"), {}, "needs 1 names|parameter"),
        (with_name("[int('x')]"), {}, "cannot resolve"),
        (with_name("[createArray('a')[3]]"), {}, "not there"),
        (with_name("[createObject('a', 1)]"), {}, "must be a string"),
        ({**with_name("[variables('a')]"), "variables": {"a": "[variables('a')]"}}, {}, "itself"),
        (template(resources=[]), {}, "found 0"),
    ],
)
def test_what_cannot_be_resolved_is_named(
    tmp_path: Path, content: dict[str, Any], parameters: dict[str, Any], reason: str | None
) -> None:
    if reason is None:
        # Only what begins and ends with a bracket is an expression.
        assert load(tmp_path, content, **parameters).name == "[concat('a'"
        return
    with pytest.raises(DefinitionError, match=reason):
        load(tmp_path, content, **parameters)


def test_a_parameter_without_default_is_required(tmp_path: Path) -> None:
    path = tmp_path / "azuredeploy.json"
    path.write_text(json.dumps(template()))
    with pytest.raises(DefinitionError, match="'name' has no value"):
        load_template(path, {"key": "x"})


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "azuredeploy.json").write_text("{")
    with pytest.raises(DefinitionError, match="not JSON"):
        load_template(tmp_path / "azuredeploy.json", {})


def test_a_resource_whose_condition_is_false_is_not_deployed(tmp_path: Path) -> None:
    content = template()
    content["resources"][1]["condition"] = "[equals(parameters('mode'), 'never')]"
    with pytest.raises(DefinitionError, match="found 0"):
        load(tmp_path, content)
    assert load(tmp_path, content, mode="never").name == "playbook"
