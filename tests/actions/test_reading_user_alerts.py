"""The alerts of Defender XDR about a user, as get_user_alerts finds them."""

from datetime import datetime, timedelta

import pytest

from sandbox.tenant.faults import Refusal
from sandbox.tenant.incident import Incident
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import (
    ALERT,
    ANA,
    ANA_ID,
    AROUND,
    JOEL,
    MIRA,
    OpenLab,
    answered,
    as_object,
    gaps,
    objects,
    result_of,
)

ROUTE = "get-user-alerts"
OURS: JsonObject = {"user": ANA, "around": AROUND}
ALERTS = "Graph security/alerts_v2"


def incident(number: int, *alerts: JsonObject) -> Incident:
    created = "2026-11-18T08:00:00Z"
    return Incident.model_validate(
        {"title": "Another", "number": number, "created": created, "alerts": list(alerts)}
    )


def more(state: TenantState) -> None:
    state.incidents += [
        incident(
            901,
            {
                "id": "da01",
                "title": "Anomalous token",
                "forwarder": ANA,
                "created": "2026-11-18T08:50:00Z",
                "product": "Azure Active Directory Identity Protection",
                "category": "InitialAccess",
                "techniques": ["T1528"],
                "addresses": ["203.0.113.77"],
            },
            {
                "id": "da02",
                "title": "Malware was blocked",
                "created": "2026-11-12T08:50:00Z",
                "product": "Microsoft Defender for Endpoint",
                "severity": "low",
                "accounts": [ANA],
                "devices": ["laptop-7.contoso.com"],
                "status": "resolved",
                "classification": "truePositive",
                "determination": "malware",
            },
            {"id": "da03", "title": "Old", "forwarder": ANA, "created": "2026-10-01T08:00:00Z"},
            {"id": "da04", "title": "His", "forwarder": JOEL, "created": "2026-11-18T08:00:00Z"},
        ),
        incident(
            902,
            {
                "id": "da05",
                "title": "Phish delivered",
                "created": "2026-11-17T07:00:00Z",
                "category": "InitialAccess",
                "messages": [
                    {
                        "network_message_id": "1f0e6f3c-1f0b-4f6e-9c3b-0d9c7a1b2c3d",
                        "recipient": ANA,
                        "sender": "payroll@mail.example",
                        "received": "2026-11-17T06:58:00Z",
                    }
                ],
            },
        ),
    ]


async def test_alerts_about_the_account_its_devices_and_its_mail_are_found(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab(change=more)

    answer = await answered(lab, ROUTE, OURS)

    assert answer["complete"] is True
    found = as_object(answer["result"])
    alerts = objects(found["alerts"])
    assert (found["user"], [each["id"] for each in alerts]) == (
        ANA,
        [ALERT, "da01", "da05", "da02"],
    )
    _, token, phish, malware = alerts
    assert (token["serviceSource"], token["category"]) == (
        "azureAdIdentityProtection",
        "InitialAccess",
    )
    assert (token["ipAddresses"], token["techniques"]) == (["203.0.113.77"], ["T1528"])
    assert "compromised" in str(token["roles"])
    assert phish["roles"] == ["recipient"]
    assert (malware["devices"], malware["roles"]) == (["laptop-7.contoso.com"], ["contextual"])
    assert [malware[name] for name in ("severity", "status", "classification")] == [
        "low",
        "resolved",
        "truePositive",
    ]
    assert malware["determination"] == "malware"
    assert malware["incidentId"] == "901"


async def test_a_user_may_be_named_by_id_and_by_any_address(open_lab: OpenLab) -> None:
    def other_address(state: TenantState) -> None:
        ana = state.user(ANA)
        assert ana is not None
        ana.proxy_addresses.append("smtp:accounts@contoso.com")
        state.incidents.append(
            incident(
                903,
                {
                    "id": "da06",
                    "title": "Sent by the other address",
                    "created": "2026-11-18T07:00:00Z",
                    "messages": [
                        {
                            "network_message_id": "2f0e6f3c-1f0b-4f6e-9c3b-0d9c7a1b2c3d",
                            "recipient": "x@mail.example",
                            "sender": "Accounts@contoso.com",
                            "received": "2026-11-18T06:58:00Z",
                        }
                    ],
                },
            )
        )

    lab = await open_lab(change=other_address)
    for name in (ANA, ANA_ID, "accounts@contoso.com"):
        found = await result_of(lab, ROUTE, {**OURS, "user": name})
        assert [each["id"] for each in objects(found["alerts"])] == [ALERT, "da06"]


async def test_who_stands_in_no_alert_has_none(open_lab: OpenLab) -> None:
    lab = await open_lab(change=more)

    answer = await answered(lab, ROUTE, {**OURS, "user": MIRA})

    assert as_object(answer["result"])["alerts"] == []
    assert answer["complete"] is True


async def test_alerts_past_the_first_page_are_read(open_lab: OpenLab) -> None:
    def crowded(state: TenantState) -> None:
        end = datetime.fromisoformat("2026-11-18T09:00:00Z")
        others: list[JsonObject] = [
            {
                "id": f"db{number}",
                "title": "Other",
                "forwarder": JOEL if number % 2 else ANA,
                "created": (end - timedelta(minutes=number)).isoformat(),
            }
            for number in range(1200)
        ]
        state.incidents.append(incident(904, *others))

    lab = await open_lab(change=crowded)
    answer = await answered(lab, ROUTE, OURS)

    assert len(objects(as_object(answer["result"])["alerts"])) == 601
    assert answer["complete"] is True
    assert lab.state.count("alerts_v2") == 3


async def test_too_many_alerts_are_a_gap_that_says_which_were_read(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microsoft365.user_alerts._PAGE_SIZE", 2)
    monkeypatch.setattr("microsoft365.graph.MOST_ITEMS", 4)
    monkeypatch.setattr("microsoft365.client.MOST_ITEMS", 4)
    lab = await open_lab(change=more)

    answer = await answered(lab, ROUTE, OURS)

    assert gaps(answer) == [(ALERTS, "truncated")]
    assert "newest" in str(answer["gaps"])
    assert [each["id"] for each in objects(as_object(answer["result"])["alerts"])] == [
        ALERT,
        "da01",
        "da05",
    ]


async def test_alerts_that_are_no_longer_kept_are_a_gap(open_lab: OpenLab) -> None:
    lab = await open_lab()

    old: JsonObject = {"user": ANA, "around": "2026-06-01T00:00:00Z"}
    assert gaps(await answered(lab, ROUTE, old)) == [(ALERTS, "horizon")]
    assert gaps(await answered(lab, ROUTE, {**OURS, "daysBefore": 90})) == []


@pytest.mark.parametrize(
    ("refusal", "reason", "says"),
    [
        (Refusal(path="*/alerts_v2", status=403), "forbidden", "SecurityAlert.Read.All"),
        (
            Refusal(
                path="*/alerts_v2",
                status=403,
                code="Forbidden",
                message="Your tenant is not licensed for this feature.",
            ),
            "license",
            "not licensed",
        ),
        (Refusal(path="*/alerts_v2", status=500), "unavailable", "The request failed"),
    ],
    ids=["forbidden", "license", "unavailable"],
)
async def test_alerts_that_cannot_be_seen_are_a_gap_and_never_none(
    open_lab: OpenLab, refusal: Refusal, reason: str, says: str
) -> None:
    own = refusal.model_copy()
    lab = await open_lab(change=lambda state: state.refusals.append(own))

    answer = await answered(lab, ROUTE, OURS)

    assert gaps(answer) == [(ALERTS, reason)]
    assert says in str(answer["gaps"])
    assert answer["complete"] is False


async def test_when_graph_throttles_the_alerts_the_answer_is_429(
    open_lab: OpenLab, waits: list[float]
) -> None:
    refusal = Refusal(path="*/alerts_v2", status=429, retry_after=20)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    await answered(lab, ROUTE, OURS, status=429)

    assert waits


async def test_an_account_that_nobody_has_is_404(open_lab: OpenLab) -> None:
    lab = await open_lab()

    await answered(lab, ROUTE, {"user": "nobody@contoso.com"}, status=404)


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "user"), ({**OURS, "daysBefore": 0}, "daysBefore"), ({**OURS, "alert": "x"}, "alert")],
)
async def test_bad_input_names_its_field_and_asks_nobody(
    open_lab: OpenLab, body: JsonObject, field: str
) -> None:
    lab = await open_lab()

    problem = await answered(lab, ROUTE, body, status=400)

    assert [each["field"] for each in objects(problem["errors"])] == [field]
    assert lab.state.requests == []
