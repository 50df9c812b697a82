"""Sentinel's answers have the shape of the reference: Microsoft.SecurityInsights 2025-09-01.

The schemas are written from the Azure REST reference (Incidents, Incident Comments, Entities).
"""

import httpx
import jsonschema
import pytest
from pydantic import JsonValue

from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.sandbox.tenant.full import full_state
from tests.sandbox.tenant.test_microsofts_model import opened

VERSION = {"api-version": "2025-09-01"}
TEXT: JsonObject = {"type": "string"}
MAYBE: JsonObject = {"type": ["string", "null"]}
TIME: JsonObject = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
COUNT: JsonObject = {"type": "integer"}
TEXTS: JsonObject = {"type": "array", "items": TEXT}
SEVERITY: JsonObject = {"enum": ["High", "Medium", "Low", "Informational"]}


def closed(required: str, **properties: JsonValue) -> JsonObject:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*required.split()],
        "properties": properties,
    }


INCIDENT = closed(
    "id name type etag properties",
    id=TEXT,
    name=TEXT,
    type={"const": "Microsoft.SecurityInsights/Incidents"},
    etag={"type": "string", "pattern": '^".+"$'},
    properties=closed(
        "title severity status incidentNumber createdTimeUtc lastModifiedTimeUtc additionalData",
        title=TEXT,
        description=TEXT,
        severity=SEVERITY,
        status={"enum": ["New", "Active", "Closed"]},
        classification={
            "enum": ["TruePositive", "FalsePositive", "BenignPositive", "Undetermined"]
        },
        classificationReason={
            "enum": [
                "SuspiciousActivity",
                "SuspiciousButExpected",
                "IncorrectAlertLogic",
                "InaccurateData",
            ]
        },
        classificationComment=TEXT,
        owner=closed("", objectId=MAYBE, email=MAYBE, assignedTo=MAYBE, userPrincipalName=MAYBE),
        labels={
            "type": "array",
            "items": closed(
                "labelName", labelName=TEXT, labelType={"enum": ["User", "AutoAssigned"]}
            ),
        },
        firstActivityTimeUtc=TIME,
        lastActivityTimeUtc=TIME,
        lastModifiedTimeUtc=TIME,
        createdTimeUtc=TIME,
        incidentNumber=COUNT,
        additionalData=closed(
            "",
            alertsCount=COUNT,
            bookmarksCount=COUNT,
            commentsCount=COUNT,
            alertProductNames=TEXTS,
            providerIncidentUrl=TEXT,
            tactics=TEXTS,
            techniques=TEXTS,
        ),
        relatedAnalyticRuleIds=TEXTS,
        incidentUrl=TEXT,
        providerName=TEXT,
        providerIncidentId=TEXT,
    ),
)
COMMENT = closed(
    "id name type properties",
    id=TEXT,
    name=TEXT,
    type={"const": "Microsoft.SecurityInsights/Incidents/Comments"},
    etag=TEXT,
    properties=closed(
        "message createdTimeUtc",
        message=TEXT,
        createdTimeUtc=TIME,
        lastModifiedTimeUtc=TIME,
        author=closed("", name=MAYBE, email=MAYBE, objectId=MAYBE, userPrincipalName=MAYBE),
    ),
)
ALERT = closed(
    "id name type kind properties",
    id=TEXT,
    name=TEXT,
    type={"const": "Microsoft.SecurityInsights/Entities"},
    kind={"const": "SecurityAlert"},
    properties=closed(
        "systemAlertId alertDisplayName severity status",
        friendlyName=TEXT,
        additionalData={"type": "object"},
        alertDisplayName=TEXT,
        alertType=TEXT,
        compromisedEntity=TEXT,
        confidenceLevel={"enum": ["Unknown", "Low", "High"]},
        description=TEXT,
        startTimeUtc=TIME,
        endTimeUtc=TIME,
        processingEndTime=TIME,
        timeGenerated=TIME,
        productComponentName=TEXT,
        productName=TEXT,
        productVersion=TEXT,
        providerAlertId=TEXT,
        severity=SEVERITY,
        status={"enum": ["Unknown", "New", "Resolved", "Dismissed", "InProgress"]},
        systemAlertId=TEXT,
        tactics=TEXTS,
        vendorName=TEXT,
        alertLink=TEXT,
        resourceIdentifiers={"type": "array"},
    ),
)
ENTITY_PROPERTIES: dict[str, str] = {
    "Account": "aadTenantId aadUserId accountName displayName dnsDomain hostEntityId "
    "isDomainJoined ntDomain objectGuid puid sid upnSuffix",
    "Mailbox": "mailboxPrimaryAddress displayName upn externalDirectoryObjectId",
    "MailMessage": "recipient urls threats p1Sender p1SenderDisplayName p1SenderDomain senderIP "
    "p2Sender p2SenderDisplayName p2SenderDomain receiveDate networkMessageId internetMessageId "
    "subject language threatDetectionMethods antispamDirection deliveryAction deliveryLocation",
    "Ip": "address location threatIntelligence",
}


async def answered(
    state: TenantState, method: str, path: str = "", body: JsonValue = None
) -> httpx.Response:
    async with opened(state) as client:
        url = f"{state.workspace.path}/incidents/{state.incidents[0].id}{path}"
        return await client.request(method, url, params=VERSION, json=body)


async def test_an_incident_has_the_references_shape() -> None:
    state = full_state()
    found = (await answered(state, "GET")).json()
    jsonschema.validate(found, INCIDENT)
    jsonschema.validate((await answered(state, "PUT", body=found)).json(), INCIDENT)


async def test_comments_have_the_references_shape() -> None:
    state = full_state()
    body: JsonObject = {"properties": {"message": "Seen"}}
    jsonschema.validate((await answered(state, "PUT", "/comments/one", body)).json(), COMMENT)
    listed = (await answered(state, "GET", "/comments")).json()["value"]
    assert len(listed) == 2
    for each in listed:
        jsonschema.validate(each, COMMENT)


async def test_alerts_have_the_references_shape() -> None:
    state = full_state()
    found = (await answered(state, "POST", "/alerts")).json()["value"]
    assert len(found) == 2
    for each in found:
        jsonschema.validate(each, ALERT)


@pytest.mark.parametrize("status", ["new", "inProgress", "resolved", "unknown"])
async def test_an_alert_of_any_status_has_one_of_sentinels(status: str) -> None:
    state = full_state()
    state.incidents[0].alerts[0].status = status  # type: ignore[assignment] - one of them each
    for each in (await answered(state, "POST", "/alerts")).json()["value"]:
        jsonschema.validate(each, ALERT)


async def test_entities_have_the_properties_of_their_kind() -> None:
    found = (await answered(full_state(), "POST", "/entities")).json()
    assert {each["kind"] for each in found["entities"]} == set(ENTITY_PROPERTIES)
    for each in found["entities"]:
        known = {*ENTITY_PROPERTIES[each["kind"]].split(), "friendlyName", "additionalData"}
        assert set(each["properties"]) <= known
    counted = {each["entityKind"]: each["count"] for each in found["metaData"]}
    assert counted == {
        kind: sum(each["kind"] == kind for each in found["entities"]) for kind in ENTITY_PROPERTIES
    }


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"severity": "Urgent"}, "severity"),
        ({"status": "Done"}, "status"),
        ({"classification": "True"}, "classification"),
        ({"classificationReason": "Because"}, "classificationReason"),
        ({"title": None}, "title"),
        ({"labels": [{"name": "x"}]}, "labels"),
        ({"owner": "ana"}, "owner"),
    ],
)
async def test_a_value_that_an_incident_does_not_take_is_refused_and_named(
    properties: JsonObject, named: str
) -> None:
    state = full_state()
    found = (await answered(state, "GET")).json()
    found["properties"] |= properties
    refused = await answered(state, "PUT", body=found)
    assert refused.status_code == 400
    assert set(refused.json()["error"]) == {"code", "message"}
    assert named in refused.json()["error"]["message"]
    assert state.changes == []


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "PATCH"])
async def test_the_api_version_is_required_for_every_method(method: str) -> None:
    state = full_state()
    async with opened(state) as client:
        path = f"{state.workspace.path}/incidents/{state.incidents[0].id}"
        answer = await client.request(method, path, json={})
    assert answer.json()["error"]["code"] == "MissingApiVersionParameter"
    assert answer.status_code == 400
