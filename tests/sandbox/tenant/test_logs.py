"""Sign-in logs and Identity Protection."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import TypeAdapter

from sandbox.tenant.graph.logs import Logs
from sandbox.tenant.part import JsonObject
from sandbox.tenant.signin import Location, RiskDetection, RiskyUser, SignIn
from sandbox.tenant.state import TenantState

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
_ROW = TypeAdapter(SignIn)


@pytest.fixture(autouse=True)
def signed_in(state: TenantState) -> None:
    def row(hours: float, **more: object) -> SignIn:
        fields = {"user": "Ana@contoso.com", "at": NOW - timedelta(hours=hours)}
        return _ROW.validate_python({"ip_address": "192.0.2.1", **fields, **more})

    state.sign_ins += [
        row(1, location=Location(city="Amsterdam")),
        row(2, interactive=False, ip_address="203.0.113.7", session_id="stolen"),
        row(3, error_code=50126),
        row(4, user="joel@contoso.com"),
        row(31 * 24),
        row(-1),
    ]


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["createdDateTime"][11:13] for row in answer.json()["value"]]


async def signs(tenant: httpx.AsyncClient, version: str, query: str = "") -> httpx.Response:
    return await tenant.get(f"/{version}/auditLogs/signIns{query}")


async def test_v1_has_interactive_sign_ins_of_thirty_days_the_newest_first(
    tenant: httpx.AsyncClient,
) -> None:
    answer = await signs(tenant, "v1.0")
    assert ids(answer) == ["09", "07", "06"]
    assert "signInEventTypes" not in answer.json()["value"][0]
    refused = await signs(
        tenant, "v1.0", "?$filter=signInEventTypes/any(t: t eq 'nonInteractiveUser')"
    )
    assert refused.status_code == 400


async def test_beta_shows_token_use_only_when_asked(tenant: httpx.AsyncClient) -> None:
    assert ids(await signs(tenant, "beta")) == ["09", "07", "06"]
    asked = "?$filter=signInEventTypes/any(t: t eq 'nonInteractiveUser')"
    answer = await signs(tenant, "beta", asked)
    assert ids(answer) == ["08"]
    assert answer.json()["value"][0]["sessionId"] == "stolen"
    both = (
        "?$filter=userPrincipalName eq 'ana@contoso.com' and (signInEventTypes/any(t: t eq "
        "'interactiveUser') or signInEventTypes/any(t: t eq 'nonInteractiveUser'))"
    )
    assert ids(await signs(tenant, "beta", both)) == ["09", "08", "07"]


async def test_applications_as_themselves_are_shown_only_when_asked_for(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    app = "5f1d0c2e-6a57-4f0b-9f0c-5b1e8d7a0200"
    by_itself = {"service_principal": "Mail reader", "app_id": app, "ip_address": "203.0.113.7"}
    state.sign_ins.append(_ROW.validate_python({"at": NOW - timedelta(hours=5), **by_itself}))
    assert ids(await signs(tenant, "beta")) == ["09", "07", "06"]
    asked = "?$filter=signInEventTypes/any(t: t eq 'servicePrincipal')"
    answer = await signs(tenant, "beta", f"{asked} and (appId eq '{app}' or appId eq 'x')")
    assert ids(answer) == ["05"]
    [row] = answer.json()["value"]
    assert (row["userId"], row["userPrincipalName"], row["isInteractive"]) == ("", "", False)
    assert (row["servicePrincipalName"], row["appId"]) == ("Mail reader", app)
    assert row["servicePrincipalId"]
    users = "?$filter=signInEventTypes/any(t: t eq 'nonInteractiveUser')"
    assert ids(await signs(tenant, "beta", users)) == ["08"]


async def test_a_place_has_coordinates_where_they_are_known(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    state.sign_ins[0].location = Location(city="Amsterdam", latitude=52.37, longitude=4.9)
    rows = (await signs(tenant, "v1.0")).json()["value"]
    coordinates = {"altitude": None, "latitude": 52.37, "longitude": 4.9}
    assert [row["location"]["geoCoordinates"] for row in rows[:2]] == [coordinates, {}]


@pytest.mark.parametrize("fields", [{}, {"user": "ana@contoso.com", "service_principal": "App"}])
def test_a_sign_in_is_a_users_or_an_applications(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a user's or a service principal's"):
        _ROW.validate_python({"at": NOW, "ip_address": "192.0.2.1", **fields})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("createdDateTime ge 2026-11-18T07:30:00Z", ["09"]),
        (
            "createdDateTime ge 2026-11-18T06:30:00Z and createdDateTime le 2026-11-18T08:00:00Z",
            ["07"],
        ),
        ("status/errorCode eq 50126", ["07"]),
        ("status/errorCode eq 0 and userPrincipalName eq 'joel@contoso.com'", ["06"]),
        (
            "ipAddress eq '192.0.2.1' and "
            "(status/errorCode eq 50126 or location/city eq 'Amsterdam')",
            ["09", "07"],
        ),
    ],
)
async def test_filters_do_what_they_say(
    tenant: httpx.AsyncClient, query: str, expected: list[str]
) -> None:
    assert ids(await signs(tenant, "v1.0", f"?$filter={query}")) == expected


async def test_one_users_rows_are_made_without_making_everybodys(
    tenant: httpx.AsyncClient, state: TenantState, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    render = Logs._sign_in  # pyright: ignore[reportPrivateUsage] - what is made is counted here

    def counted(self: Logs, one: SignIn, *identity: str) -> JsonObject:
        made.append(one.user)
        return render(self, one, *identity)

    monkeypatch.setattr(Logs, "_sign_in", counted)
    joel = next(user.id for user in state.users if user.alias == "joel")
    answer = await signs(tenant, "v1.0", f"?$filter=userId eq '{joel}'")
    assert ids(answer) == ["06"]
    assert made == ["joel@contoso.com"]
    made.clear()
    assert ids(await signs(tenant, "v1.0", "?$top=1")) == ["09"]
    assert len(made) == 2  # one more tells whether there is a next page
    either = f"?$filter=userId eq '{joel}' or ipAddress eq '192.0.2.1'"
    assert ids(await signs(tenant, "v1.0", either)) == ["09", "07", "06"]


async def test_unsupported_filters_and_options_are_refused(tenant: httpx.AsyncClient) -> None:
    for query in ("$filter=userAgent eq 'x'", "$select=id", "$top=0", "$filter=ipAddress gt '1'"):
        assert (await signs(tenant, "v1.0", f"?{query}")).status_code == 400


async def test_pages_carry_a_skip_token(tenant: httpx.AsyncClient) -> None:
    first = await signs(tenant, "v1.0", "?$top=2&$filter=ipAddress eq '192.0.2.1'")
    link = first.json()["@odata.nextLink"]
    assert "skiptoken" in link
    assert ids(await tenant.get(link)) == ["06"]


async def test_without_the_licence_logs_and_risk_answer_403(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    state.licences = ["AAD_PREMIUM"]
    assert (await signs(tenant, "v1.0")).status_code == 200
    risk = await tenant.get(f"/v1.0/identityProtection/riskyUsers/{state.users[0].id}")
    assert risk.status_code == 403
    state.licences = []
    logs = await signs(tenant, "beta")
    assert logs.status_code == 403
    code = logs.json()["error"]["code"]
    assert code == "Authentication_RequestFromNonPremiumTenantOrB2CTenant"


async def test_a_user_without_risk_is_404_and_one_with_it_is_shown(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    path = f"/v1.0/identityProtection/riskyUsers/{state.users[0].id}"
    assert (await tenant.get(path)).status_code == 404
    state.risky_users.append(
        RiskyUser(user="ana@contoso.com", risk_level="medium", risk_state="atRisk", updated=NOW)
    )
    assert (await tenant.get(path)).json()["riskLevel"] == "medium"
    state.risk_detections.append(
        RiskDetection(user="ana@contoso.com", type="anomalousToken", at=NOW)
    )
    found = await tenant.get(
        f"/v1.0/identityProtection/riskDetections?$filter=userId eq '{state.users[0].id}'"
    )
    assert [row["riskEventType"] for row in found.json()["value"]] == ["anomalousToken"]
