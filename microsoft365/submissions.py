"""Reporting a wrongly judged message to Microsoft: beta's threat submissions.

The builders of v1.0 do not know them, so their addresses are written here.
"""

from urllib.parse import quote, urlencode

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.users.item.messages.messages_request_builder import MessagesRequestBuilder

from evidence.message_rows import bare_id
from evidence.model import JsonObject
from evidence.reading import as_object, text
from microsoft365.errors import NotFound
from microsoft365.limits import Service
from microsoft365.odata import get_request, literal
from microsoft365.tenant import Tenant


async def find_message(tenant: Tenant, user_id: str, internet_message_id: str) -> str:
    """The URL of a message in a mailbox, by its internet message id (Graph: List messages).

    Raises NotFound where the mailbox does not hold it, and other MicrosoftErrors.
    """
    query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(
        filter=f"internetMessageId eq {literal(f'<{bare_id(internet_message_id)}>')}",
        select=["id"],
        top=2,
    )
    messages = tenant.graph.v1.users.by_user_id(user_id).messages
    request = messages.to_get_request_information(RequestConfiguration(query_parameters=query))
    answer = await tenant.graph.object(request, Service.OUTLOOK, mailbox=user_id)
    found = answer.get("value")
    identifier = text(found[0], "id") if isinstance(found, list) and found else None
    if identifier is None:
        message = f"the mailbox does not hold {internet_message_id}"
        raise NotFound("Graph", 404, "ErrorItemNotFound", message)
    return messages.by_message_id(identifier).to_get_request_information().url


async def submissions_of(tenant: Tenant, internet_message_id: str, recipient: str) -> int:
    """How often a recipient's message was reported before (Graph: List emailThreatSubmissions).

    Raises MicrosoftError.
    """
    bare = bare_id(internet_message_id)
    either = " or ".join(f"internetMessageId eq {literal(each)}" for each in (bare, f"<{bare}>"))
    # A blank is %20, as the builders write it: in OData's grammar a plus sign is none.
    query = urlencode({"$filter": either}, quote_via=quote)
    request = get_request(f"{_submissions(tenant)}?{query}")
    found = await tenant.graph.collection(request, Service.SECURITY)
    wanted = recipient.lower()
    return sum((text(each, "recipientEmailAddress") or "").lower() == wanted for each in found)


async def submit(tenant: Tenant, message_url: str, recipient: str, category: str) -> JsonObject:
    """Reports a message and gives the submission (Graph: Create emailThreatSubmission).

    Raises MicrosoftError.
    """
    body: JsonObject = {
        "@odata.type": "#microsoft.graph.security.emailUrlThreatSubmission",
        "category": category,
        "recipientEmailAddress": recipient,
        "messageUrl": message_url,
    }
    answer = await tenant.graph.post(_submissions(tenant), body, Service.SECURITY)
    return as_object(answer.body)


def _submissions(tenant: Tenant) -> str:
    security = tenant.graph.beta.security.to_get_request_information().url.partition("?")[0]
    return f"{security}/threatSubmission/emailThreats"
