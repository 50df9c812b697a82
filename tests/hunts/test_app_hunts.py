"""The hunts about applications, on records that they must return and records that they must not."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from evidence.model import JsonObject
from microsoft365.hunting_rows import HuntingAnswer
from microsoft365.kql import hunts
from sandbox.tenant.hunting import HuntingDatabase
from tests.consents import app_permission, arrived, consented, mail_read

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
ANN, BOB = "ann@contoso.com", "bob@contoso.com"
HERS, EVERYBODYS, HIS = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
AT = NOW - timedelta(days=1)
RECORDS = [
    *consented("Hers", HERS, "Mail.Read", AT, ANN),
    *consented("Hers", HERS, "Mail.Read", AT + timedelta(hours=1), BOB),
    arrived("Hers", HERS, AT - timedelta(days=9), BOB),
    *consented("Everybody's", EVERYBODYS, "Mail.Read", AT, BOB, everybody=True),
    *consented("His", HIS, "Mail.Read", AT, BOB),
    arrived("His", HIS, AT, BOB),
    app_permission("Backup", HIS, "Mail.ReadWrite", AT - timedelta(days=2), BOB),
    mail_read(HERS, AT, BOB, 3),
    mail_read(HERS, AT + timedelta(hours=1), BOB, 4),
    mail_read(EVERYBODYS, AT, ANN, 5),
    mail_read(HIS, AT, ANN, 6),
]


async def ask(hunt: str, records: Iterable[JsonObject] = RECORDS) -> list[dict[str, object]]:
    rows = [
        {
            "Timestamp": f"{record['CreationTime']}Z",
            "ActionType": record["Operation"],
            "RawEventData": record,
        }
        for record in records
    ]
    database = HuntingDatabase({"CloudAppEvents": rows}, lambda: NOW, parser=False)
    try:
        answer = await database.query(hunts()[hunt].render({"upn": ANN}))
    finally:
        database.close()
    return [dict(row) for row in HuntingAnswer.model_validate(answer).rows()]


async def test_consents_are_hers_everybodys_and_whoever_elses_to_the_same_applications() -> None:
    rows = await ask("app_consents")
    seen = {(row["ActionType"], row["Actor"], row["AppId"]) for row in rows}
    consent = "Consent to application."
    assert seen >= {
        (consent, ANN, HERS),
        (consent, BOB, HERS),
        ("Add service principal.", BOB, HERS),
        (consent, BOB, EVERYBODYS),
        ("Add app role assignment to service principal.", BOB, ""),
    }
    assert not {row for row in seen if row[2] == HIS}
    assert {row["ByUser"] for row in rows if row["Actor"] == ANN} == {True}


async def test_mail_is_counted_by_message_for_the_applications_in_question_alone() -> None:
    rows = await ask("app_mail_access")
    found = {(row["AppId"], row["Mailbox"]): row["MessagesRead"] for row in rows}
    assert found == {(HERS, BOB): 7, (EVERYBODYS, ANN): 5}
    assert {row["LogIncomplete"] for row in rows} == {False}
    assert {row["MessagesSent"] for row in rows} == {0}


async def test_a_throttled_log_and_whole_folders_are_marked() -> None:
    record = mail_read(HERS, AT, ANN, 1)
    record["OperationProperties"] = [
        {"Name": "MailAccessType", "Value": "Sync"},
        {"Name": "IsThrottled", "Value": "True"},
    ]
    (row,) = await ask("app_mail_access", [*RECORDS[:3], record])
    assert (row["LogIncomplete"], row["WholeFolders"]) == (True, True)
