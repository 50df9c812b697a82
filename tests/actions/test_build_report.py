"""build_report over HTTP, as a playbook calls it after the last grade."""

from pydantic import JsonValue

from evidence.model import JsonObject
from sandbox.lab import Lab
from tests.labs import ANA, AROUND, OpenLab, answered, as_object, change, result_of, rule_named

FORWARDER: JsonObject = {"userPrincipalName": ANA}


async def known(lab: Lab) -> JsonObject:
    """What a playbook has read, as it asks for a grade or a report."""
    mailbox: JsonObject = {"mailbox": ANA, "around": AROUND}
    user: JsonObject = {"user": ANA, "around": AROUND}
    answers: list[JsonValue] = [
        await answered(lab, "get-organization", {}),
        await answered(lab, "list-inbox-rules", mailbox),
        await answered(lab, "get-mailbox-forwarding", mailbox),
        await answered(lab, "list-transport-rules", {}),
        await answered(lab, "list-sign-ins", user),
    ]
    indicators: JsonObject = {"title": "Forwarding", "forwarder": FORWARDER}
    return {"asOf": AROUND, "indicators": indicators, "answers": answers}


async def test_it_answers_a_whole_page_and_the_comment_of_the_same_grade(open_lab: OpenLab) -> None:
    lab = await open_lab()
    request = await known(lab)

    built = await result_of(lab, "build-report", request)
    graded = await result_of(lab, "grade-alert", request)

    page = str(built["html"])
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert str(as_object(graded["verdict"])["summary"]).split("“")[0] in page
    assert built["comment"] == graded["comment"]
    assert lab.state.changes == []


async def test_the_changes_of_the_run_stand_in_the_page(open_lab: OpenLab) -> None:
    lab = await open_lab()
    request = await known(lab)
    rule = str((await rule_named(lab, "."))["id"])
    made = await answered(lab, "disable-inbox-rule", change(mailbox=ANA, rule=rule))

    built = await result_of(lab, "build-report", {**request, "changes": [made], "title": "Case 7"})

    page = str(built["html"])
    assert str(as_object(made["result"])["ledgerId"]) in page
    assert "Can be taken back exactly" in page
    assert "Case 7" in page


async def test_a_request_that_is_wrong_names_the_field(open_lab: OpenLab) -> None:
    lab = await open_lab()
    wrong: list[tuple[JsonObject, str]] = [
        ({"colour": "red"}, "colour"),
        ({"title": "x" * 301}, "title"),
        ({"indicators": {"recipients": 7}}, "indicators.recipients"),
        ({"asOf": "yesterday"}, "asOf"),
    ]
    for fields, name in wrong:
        body: JsonObject = {"asOf": AROUND, "indicators": {}, **fields}
        problem = await answered(lab, "build-report", body, 400)
        assert name in str(problem["errors"])
