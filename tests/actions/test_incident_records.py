"""What is written into alerts and incidents."""

import pytest
from pydantic import JsonValue

from sandbox.lab import Lab
from sandbox.tenant.faults import Asked, Refusal
from sandbox.tenant.incident import Alert, Incident
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import (
    ALERT,
    LedgerFile,
    OpenLab,
    answered,
    as_object,
    change,
    incident_of,
    objects,
    operations,
    result_of,
)


def alert_of(lab: Lab) -> Alert:
    found = lab.state.alert(ALERT)
    assert found is not None
    return found[1]


async def test_an_alert_is_graded_in_graphs_words(open_lab: OpenLab) -> None:
    lab = await open_lab()
    body = change(alert=ALERT, classification="truePositive", determination="compromisedAccount")

    done = await answered(lab, "classify-alert", body)

    alert = alert_of(lab)
    assert done["status"] == "done"
    assert (alert.classification, alert.determination) == ("truePositive", "compromisedAccount")
    assert alert.status == "new", "the status was not asked to change"
    assert (await answered(lab, "classify-alert", body))["status"] == "unchanged"
    assert operations(lab) == ["Update alert"]


async def test_an_undetermined_alert_is_graded_unknown(open_lab: OpenLab) -> None:
    lab = await open_lab()
    alert = alert_of(lab)
    alert.classification, alert.determination = "falsePositive", "notMalicious"

    grade: JsonObject = {"classification": "unknown", "determination": "unknown"}
    await answered(lab, "classify-alert", change(alert=ALERT, status="inProgress", **grade))

    assert (alert.classification, alert.determination, alert.status) == (
        "unknown",
        "unknown",
        "inProgress",
    )


async def test_a_grade_in_other_words_is_refused(open_lab: OpenLab) -> None:
    lab = await open_lab()
    for field, value in (
        ("classification", "benignPositive"),
        ("determination", "compromisedUser"),  # what Microsoft called it until 2022
        ("status", "closed"),
    ):
        body: JsonObject = {
            **change(alert=ALERT, classification="unknown", determination="unknown"),
            field: value,
        }
        problem = await answered(lab, "classify-alert", body, status=400)
        assert [error["field"] for error in objects(problem["errors"])] == [field]
    assert lab.state.requests == []


async def test_a_comment_reaches_the_incident_by_its_arm_id_or_its_defender_id(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()
    [incident] = lab.state.incidents
    lowered = incident_of(lab).replace("Microsoft.SecurityInsights", "microsoft.securityinsights")
    html = "<p>Graded <b>true positive</b>: “.” forwards mail; see the rule.</p>"

    for named in (incident_of(lab), lowered, incident.provider_id):
        body = {**change(message=html), "incident": named}
        assert (await answered(lab, "comment-incident", body))["status"] in ("done", "unchanged")

    assert [each.message for each in incident.sentinel_comments] == [html]
    assert [each.message for each in incident.comments] == [html]


async def test_a_comment_has_at_most_30000_characters(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    longest = "ä" * 30_000

    for message, status in ((longest + "x", 400), ("  ", 400), (longest, 200)):
        body = {**change(message=message), "incident": incident_of(lab)}
        await answered(lab, "comment-incident", body, status=status)

    assert [each.message for each in lab.state.incidents[0].sentinel_comments] == [longest]
    assert ledger.statuses("comment_incident") == ["done"]


@pytest.mark.parametrize("route", ["comment-incident", "update-incident"])
async def test_an_incident_id_can_lead_nowhere_but_to_an_incident(
    open_lab: OpenLab, route: str
) -> None:
    """Its text becomes a URL that is called with Mailwarden's own rights in Azure."""
    lab = await open_lab()
    named = incident_of(lab)
    fields: JsonObject = {"message": "x"} if route == "comment-incident" else {"status": "Active"}

    for hostile in (
        f"{named}?api-version=2020-01-01&x=",
        f"{named}#",
        f"{named}/../../../../../../../Microsoft.Web/sites/app/config/list",
        f"{named}%2f..%2f..",
        f"{named}/comments/1",
        named.replace("/resourceGroups/rg-security", "/resourceGroups/.."),
        f"/subscriptions/x?y=/providers/Microsoft.SecurityInsights/incidents/{'a' * 8}",
        f"https://evil.example{named}",
        f"//evil.example{named}",
        "@evil.example" + named,
        "ticket 42",
    ):
        body = {**change(**fields), "incident": hostile}
        problem = await answered(lab, route, body, status=400)
        assert [error["field"] for error in objects(problem["errors"])] == ["incident"], hostile

    assert lab.state.requests == []


async def test_an_incident_is_updated_and_what_is_left_out_stays(open_lab: OpenLab) -> None:
    lab = await open_lab()
    [incident] = lab.state.incidents
    incident.labels = ["finance"]
    incident.owner.assigned_to = "Rosa"
    body = {**change(status="Active", addLabels=["mailwarden"]), "incident": incident_of(lab)}

    done = as_object((await answered(lab, "update-incident", body))["result"])

    assert (incident.sentinel_status, incident.severity) == ("Active", "high")
    assert incident.labels == ["finance", "mailwarden"]
    assert incident.owner.assigned_to == "Rosa"
    assert as_object(done["before"])["labels"] == ["finance"]
    assert (await answered(lab, "update-incident", body))["status"] == "unchanged"


async def test_closing_needs_a_classification_and_a_classification_needs_closing(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()
    named: JsonObject = {"incident": incident_of(lab)}

    for fields, says in (
        ({"status": "Closed"}, "classification is required"),
        ({"status": "Active", "classification": "TruePositive"}, "only when status is Closed"),
        ({"classification": "TruePositive"}, "only when status is Closed"),
    ):
        wrong: JsonObject = {**change(), **named, **dict[str, JsonValue](fields)}
        problem = await answered(lab, "update-incident", wrong, status=400)
        assert says in str(problem["detail"])
    closing = change(
        status="Closed", classification="FalsePositive", classificationReason="InaccurateData"
    )
    await answered(lab, "update-incident", {**closing, **named})

    [incident] = lab.state.incidents
    assert incident.sentinel_classification == "FalsePositive"
    assert operations(lab) == ["Update incident"]


class SomebodyElse(Refusal):
    """Changes the incident between its reading and its writing."""

    def meets(self, asked: Asked) -> bool:
        if super().meets(asked):
            self._incident.revision += 1
            self._incident.labels = ["theirs"]
        return False

    def of(self, incident: Incident) -> "SomebodyElse":
        self._incident = incident
        return self


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    def meddled(state: TenantState) -> None:
        meddler = SomebodyElse(service="arm", method="PUT", status=500)
        state.refusals.append(meddler.of(state.incidents[0]))

    lab = await open_lab(change=meddled)
    body = {**change(status="Active"), "incident": incident_of(lab)}

    await answered(lab, "update-incident", body, status=409)

    [incident] = lab.state.incidents
    assert (incident.sentinel_status, incident.labels) == ("New", ["theirs"])
    assert ledger.statuses("update_incident") == ["failed"]


def closing(lab: Lab) -> JsonObject:
    body = change(status="Closed", classification="BenignPositive", onlyIfEveryAlertIsBenign=True)
    return {**body, "incident": incident_of(lab)}


async def test_an_incident_is_closed_as_benign_only_when_all_of_its_alerts_are(
    open_lab: OpenLab,
) -> None:
    def two_alerts(state: TenantState) -> None:
        [incident] = state.incidents
        other = Alert(title="Suspicious inbox rule", created=incident.created)
        incident.alerts.append(other)
        incident.alerts[0].classification = "falsePositive"

    lab = await open_lab(change=two_alerts)
    [incident] = lab.state.incidents

    refused = await answered(lab, "update-incident", closing(lab))
    refusal = as_object(as_object(refused["result"])["refusal"])
    assert (refused["status"], refusal["reason"]) == ("refused", "otherAlerts")
    assert "Suspicious inbox rule" in str(refusal["detail"])
    assert incident.sentinel_status == "New"

    incident.alerts[1].classification = "informationalExpectedActivity"
    assert (await answered(lab, "update-incident", closing(lab)))["status"] == "done"
    assert incident.sentinel_status == "Closed"


async def test_an_incident_whose_alerts_cannot_be_seen_stays_open(open_lab: OpenLab) -> None:
    hidden = Refusal(service="graph", path="*/security/incidents/*", status=403)
    lab = await open_lab(change=lambda state: state.refusals.append(hidden))

    refused = await answered(lab, "update-incident", closing(lab))

    assert refused["status"] == "refused"
    assert lab.state.incidents[0].sentinel_status == "New"


async def test_a_status_that_is_not_asked_for_is_not_sent(open_lab: OpenLab) -> None:
    """Somebody may have changed it since it was read, and Graph may know further ones."""
    lab = await open_lab()
    alert_of(lab).status = "unknown"
    grade = change(alert=ALERT, classification="truePositive", determination="phishing")

    done = await result_of(lab, "classify-alert", grade)
    assert alert_of(lab).status == "unknown"

    await result_of(lab, "undo", change(ledgerId=done["ledgerId"]))
    assert alert_of(lab).classification != "truePositive"
    assert alert_of(lab).status == "unknown"
