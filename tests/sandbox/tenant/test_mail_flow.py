"""Message trace, analysed mail, mail in mailboxes, and reporting a message, as Graph has them."""

from datetime import timedelta

import httpx
import pytest

from sandbox.tenant.state import TenantState
from sandbox.tenant.tracing import TracedMessage
from tests.sandbox.tenant.conftest import NOW

TRACES = "/v1.0/admin/exchange/tracing/messageTraces"
EMAILS = "/v1.0/security/collaboration/analyzedEmails"
REPORTS = "/beta/security/threatSubmission/emailThreats"
ONE = "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b201"
INTERVAL = "receivedDateTime ge 2026-11-17T00:00:00Z and receivedDateTime le 2026-11-18T09:59:00Z"


@pytest.fixture(autouse=True)
def mail(state: TenantState) -> None:
    forwarded = {
        "Timestamp": "2026-11-18T09:00:00Z",
        "NetworkMessageId": ONE,
        "InternetMessageId": "<one@contoso.com>",
        "SenderFromAddress": "ana@contoso.com",
        "SenderMailFromAddress": "ana@contoso.com",
        "RecipientEmailAddress": "O'Brien@mail.example",
        "Subject": "FW: Invoice",
        "EmailDirection": "Outbound",
        "DeliveryAction": "Blocked",
        "DeliveryLocation": "Dropped",
        "ForwardingInformation": '[{"ForwardingType":"InboxRule"}]',
        "EmailSize": 4096,
    }
    received = {
        **forwarded,
        "Timestamp": "2026-11-18T08:00:00Z",
        "NetworkMessageId": "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b202",
        "InternetMessageId": "<two@fabrikam.example>",
        "SenderFromAddress": "desk@fabrikam.example",
        "SenderMailFromAddress": "desk@fabrikam.example",
        "RecipientEmailAddress": "ana@contoso.com",
        "EmailDirection": "Inbound",
        "DeliveryAction": "Delivered",
        "DeliveryLocation": "Inbox/folder",
        "ForwardingInformation": "",
    }
    state.hunting["EmailEvents"] = [
        forwarded,
        received,
        {**received, "Timestamp": "2026-11-18T11:00:00Z"},
    ]


async def rows(tenant: httpx.AsyncClient, path: str, **options: str) -> list[dict[str, object]]:
    answer = await tenant.get(path, params=options)
    assert answer.status_code == 200, answer.text
    return answer.json()["value"]


def many(state: TenantState, count: int) -> None:
    state.message_traces = [
        TracedMessage(
            at=NOW - timedelta(minutes=number + 1),
            id=f"trace-{number}",
            sender="ana@contoso.com",
            recipient="x@mail.example",
        )
        for number in range(count)
    ]


async def test_mail_that_arrived_is_traced_with_its_fate(tenant: httpx.AsyncClient) -> None:
    found = await rows(tenant, TRACES)
    assert [(row["senderAddress"], row["status"]) for row in found] == [
        ("ana@contoso.com", "failed"),
        ("desk@fabrikam.example", "delivered"),
    ]
    wanted = f"{INTERVAL} and recipientAddress eq 'o''brien@mail.example'"
    (row,) = await rows(tenant, TRACES, **{"$filter": wanted})
    assert (row["id"], row["messageId"], row["size"]) == (ONE, "<one@contoso.com>", 4096)
    for subject, found_of_it in (("w: inv", 2), ("receipt", 0)):
        looked_for = {"$filter": f"contains(subject, '{subject}')"}
        assert len(await rows(tenant, TRACES, **looked_for)) == found_of_it


async def test_details_say_why_forwarded_mail_was_refused(tenant: httpx.AsyncClient) -> None:
    path = f"{TRACES}/{ONE}/getDetailsByRecipient(recipientAddress='o''brien@mail.example')"
    steps = await rows(tenant, path)
    assert [step["event"] for step in steps] == ["Receive", "Fail"]
    assert "550 5.7.520 Access denied" in str(steps[1]["description"])
    assert await rows(tenant, path.replace("brien", "neill")) == []


async def test_traces_come_in_pages_of_a_thousand(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    many(state, 1200)
    first = (await tenant.get(TRACES)).json()
    assert len(first["value"]) == 1000
    second = (await tenant.get(first["@odata.nextLink"])).json()
    assert len(second["value"]) == 202  # with the two of the mail tables
    assert "@odata.nextLink" not in second
    assert len(await rows(tenant, TRACES, **{"$top": "5000"})) == 1202
    assert (await tenant.get(TRACES, params={"$top": "5001"})).status_code == 400


@pytest.mark.parametrize(
    ("interval", "says"),
    [
        ("receivedDateTime ge 2026-11-17T00:00:00Z", "Both bounds"),
        (
            "receivedDateTime ge 2026-11-01T00:00:00Z and receivedDateTime le 2026-11-12T00:00:00Z",
            "10 days",
        ),
        (
            "receivedDateTime ge 2026-08-01T00:00:00Z and receivedDateTime le 2026-08-02T00:00:00Z",
            "90 days",
        ),
        (
            "receivedDateTime ge 2026-11-18T00:00:00Z and receivedDateTime le 2026-11-18T10:30:00Z",
            "later than the current",
        ),
    ],
)
async def test_an_interval_that_is_too_long_too_old_or_in_the_future_is_refused(
    tenant: httpx.AsyncClient, interval: str, says: str
) -> None:
    answer = await tenant.get(TRACES, params={"$filter": interval})
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


async def test_a_tenant_without_message_trace_refuses_and_does_not_answer_nothing(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    del state.hunting["EmailEvents"]
    assert (await tenant.get(TRACES)).status_code == 403
    assert (await tenant.get(EMAILS)).status_code == 403
    state.message_traces = []
    assert await rows(tenant, TRACES) == []


async def test_what_the_scenario_tells_takes_the_place_of_the_mail_tables(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    told = TracedMessage(
        at=NOW - timedelta(hours=1), id=ONE, sender="a@b.example", recipient="o'brien@mail.example"
    )
    state.message_traces = [told]
    found = {row["id"]: row["status"] for row in await rows(tenant, TRACES)}
    assert found[ONE] == "delivered"
    state.delays["messageTraces"] = timedelta(minutes=90)
    assert ONE not in {row["id"] for row in await rows(tenant, TRACES)}


async def test_analysed_mail_is_found_by_message_and_recipient(tenant: httpx.AsyncClient) -> None:
    wanted = f"networkMessageId eq '{ONE}' and recipientEmailAddress eq 'o''brien@mail.example'"
    (row,) = await rows(tenant, EMAILS, **{"$filter": wanted})
    assert row["originalDelivery"] == {
        "action": "blocked",
        "location": "dropped",
        "originalThreats": "",
        "latestThreats": "",
    }
    assert row["directionality"] == "outbound"
    assert len(await rows(tenant, EMAILS)) == 2
    assert await rows(tenant, EMAILS, startTime="2026-11-18T09:30:00Z") == []
    assert len(await rows(tenant, EMAILS, startTime="2026-11-17", endTime="2026-11-19")) == 2
    assert await rows(tenant, EMAILS, startTime="2026-11-18T09:30:00") == [], "which is UTC"
    assert (await tenant.get(EMAILS, params={"startTime": "soon"})).status_code == 400
    refused = await tenant.get(EMAILS, params={"$filter": "subject eq 'FW: Invoice'"})
    assert refused.status_code == 400


async def test_analysed_mail_needs_a_licence(tenant: httpx.AsyncClient, state: TenantState) -> None:
    state.licences.remove("THREAT_INTELLIGENCE")
    answer = await tenant.get(EMAILS)
    assert answer.status_code == 403
    assert "not licensed" in answer.json()["error"]["message"]


async def test_a_mailbox_holds_what_was_delivered_to_it(tenant: httpx.AsyncClient) -> None:
    path = "/v1.0/users/ana@contoso.com/messages"
    (row,) = await rows(tenant, path, **{"$select": "internetMessageId,subject"})
    assert row["internetMessageId"] == "<two@fabrikam.example>"
    assert set(row) == {"@odata.etag", "id", "internetMessageId", "subject"}
    (same,) = await rows(
        tenant, path, **{"$filter": "internetMessageId eq '<two@fabrikam.example>'"}
    )
    assert same["id"] == row["id"]
    assert (await tenant.get(f"{path}/{row['id']}")).status_code == 200
    assert (await tenant.get(f"{path}/AAMkNone")).status_code == 404
    assert (await tenant.get("/v1.0/users/paper@contoso.com/messages")).status_code == 404


async def test_a_message_is_reported_once_and_kept(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    (row,) = await rows(tenant, "/v1.0/users/ana@contoso.com/messages")
    body = {
        "@odata.type": "#microsoft.graph.security.emailUrlThreatSubmission",
        "category": "phishing",
        "recipientEmailAddress": "ana@contoso.com",
        "messageUrl": f"https://graph.microsoft.com/v1.0/users/ana@contoso.com/messages/{row['id']}",
    }
    made = await tenant.post(REPORTS, json=body)
    assert made.status_code == 201
    assert made.json()["internetMessageId"] == "<two@fabrikam.example>"
    assert [change.operation for change in state.changes] == ["Submit message"]
    wanted = {"$filter": "internetMessageId eq '<two@fabrikam.example>'"}
    assert [each["id"] for each in await rows(tenant, REPORTS, **wanted)] == [made.json()["id"]]
    assert (await tenant.get(f"{REPORTS}/{made.json()['id']}")).status_code == 200
    assert (await tenant.get(f"{REPORTS}/none")).status_code == 404
    for wrong in ({"category": "bad"}, {"messageUrl": ""}, {"extra": 1}, {"@odata.type": "#x"}):
        assert (await tenant.post(REPORTS, json={**body, **wrong})).status_code == 400
    assert len(state.submissions) == 1
    assert (await tenant.post(REPORTS.replace("beta", "v1.0"), json=body)).status_code == 400
