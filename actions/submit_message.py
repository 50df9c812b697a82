"""Report a wrongly judged message to Microsoft, so that the filter learns."""

from typing import Literal

from pydantic import Field

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes, Proposal
from actions.needs import Graph, licence
from actions.requests import Identifier, MailboxChange
from evidence.message_rows import bare_id
from evidence.model import JsonObject
from evidence.reading import number, text
from microsoft365.directory import find_user
from microsoft365.submissions import find_message, submissions_of, submit
from microsoft365.tenant import Tenant


class SubmitMessage(MailboxChange):
    """Whose copy of which message, and what it is in truth."""

    internet_message_id: Identifier = Field(description="As get_message gives it")
    category: Literal["notJunk", "spam", "phishing", "malware"] = Field(
        description="What it is (Graph: submissionCategory)"
    )


@action(
    effect=Effect.RECORD,
    needs=[
        Graph.THREAT_SUBMISSION_READ_WRITE.need,
        # Unproven: that the basic right is enough to submit; the message is read for its id alone.
        Graph.MAIL_READ_BASIC.need,
        Graph.USER_READ.need,
        licence("Microsoft Defender for Office 365 Plan 1"),
    ],
    undo=Undo.NONE,
)
async def submit_message(request: SubmitMessage, tenant: Tenant, changes: Changes) -> Change:
    """Microsoft gets a copy of the message, and nothing in the tenant changes.

    404 when the mailbox no longer holds the message.
    """
    user = await find_user(tenant, request.mailbox)
    recipient = (user.mail or user.user_principal_name).lower()
    message = await find_message(tenant, user.id, request.internet_message_id)
    before: JsonObject = {
        "submissions": await submissions_of(tenant, request.internet_message_id, recipient)
    }

    async def apply() -> JsonObject:
        made = await submit(tenant, message, recipient, request.category)
        return {"submission": text(made, "id"), "status": text(made, "status")}

    async def seen(then: JsonObject) -> JsonObject | None:
        more = (number(before, "submissions") or 0) > (number(then, "submissions") or 0)
        return {} if more else None

    return await changes.make(
        Proposal(
            target=f"message {bare_id(request.internet_message_id)} in {recipient}",
            before=before,
            after={"category": request.category},
            once=True,
            seen=seen,
            apply=apply,
        )
    )
