"""The Exchange admin API, the transport of Microsoft's own Exchange Online module.

`InvokeCommand` is not documented for third parties; its shape here is that of the module and of
public callers of it, so answers are read defensively.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from evidence.model import JsonObject
from evidence.reading import objects, texts
from microsoft365.client import MOST_ITEMS, Call, Cut, Microsoft365, following_page
from microsoft365.deadline import Deadline
from microsoft365.errors import Forbidden, MicrosoftError, NotFound
from microsoft365.limits import Service

_PAGE_SIZE = 1000
_KINDS: dict[str, type[MicrosoftError]] = {
    "CmdletAccessDeniedException": Forbidden,
    "ManagementObjectNotFoundException": NotFound,
}
# The organisation's arbitration mailbox, to which organisation-wide cmdlets are routed.
_ORGANIZATION_MAILBOX = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}"


class Exchange:
    """Exchange for one request: its deadline and its correlation id."""

    def __init__(self, microsoft: Microsoft365, deadline: Deadline, correlation_id: str) -> None:
        self._microsoft = microsoft
        self._deadline = deadline
        self._correlation_id = correlation_id
        self.warnings: list[str] = []
        """What Exchange warned of, e.g. that client-side rules were deleted."""

    async def invoke(
        self,
        cmdlet: str,
        parameters: Mapping[str, JsonValue],
        *,
        mailbox: str | None = None,
        repeatable: bool = True,
        cut: Cut | None = None,
    ) -> list[JsonObject]:
        """Runs a cmdlet and returns its objects, every page of them.

        `mailbox` routes the call and is counted for calls in flight; None is the organisation.
        `cut`: told when a later page fails; then the pages before it are all.
        Raises MicrosoftError: Forbidden where the role is missing, NotFound where the object is.
        """
        endpoints = self._microsoft.endpoints
        url = f"{endpoints.exchange}/adminapi/beta/{endpoints.tenant_id}/InvokeCommand"
        body: JsonValue = {"CmdletInput": {"CmdletName": cmdlet, "Parameters": dict(parameters)}}
        headers = {
            "X-ResponseFormat": "json",
            "X-CmdletName": cmdlet,
            "X-AnchorMailbox": self._anchor(mailbox),
            "parameter-based-routing": "true",
            "Prefer": f"odata.maxpagesize={_PAGE_SIZE};odata.continue-on-error",
        }
        found: list[JsonObject] = []
        asked = {url}
        following: str | None = url
        while following is not None:
            call = Call(
                Service.EXCHANGE, "POST", following, body, headers, mailbox, repeatable=repeatable
            )
            try:
                answer = await self._microsoft.send(call, self._deadline, self._correlation_id)
                found += objects(answer.body, "value")
                self.warnings += texts(answer.body, "@adminapi.warnings")
                # The next page is asked for by posting the same body again.
                following = following_page(Service.EXCHANGE, answer, asked, len(found))
            except MicrosoftError as error:
                precise = _precise(error)
                if cut is None or not found:
                    raise precise from error
                del found[MOST_ITEMS:]
                cut(precise, len(found))
                return found
            asked |= {following} if following else set()
        return found

    async def one(
        self, cmdlet: str, parameters: Mapping[str, JsonValue], *, mailbox: str | None = None
    ) -> JsonObject:
        """The one object of a Get- cmdlet.

        Raises NotFound where there is none, and where there are several: names of recipients
        repeat, and an identity may hold wildcards.
        """
        found = await self.invoke(cmdlet, parameters, mailbox=mailbox)
        if len(found) != 1:
            message = f"{cmdlet} returned {len(found) or 'no'} objects of that name"
            raise NotFound(Service.EXCHANGE.label, 404, "notOne", message)
        return found[0]

    def _anchor(self, mailbox: str | None) -> str:
        tenant = self._microsoft.endpoints.tenant_id
        if mailbox is None or not mailbox.isascii():
            # A header carries ASCII only; routing by the organisation finds the mailbox as well.
            return f"APP:{_ORGANIZATION_MAILBOX}@{tenant}"
        return f"UPN:{mailbox}" if "@" in mailbox else f"OID:{mailbox}@{tenant}"


def _precise(error: MicrosoftError) -> MicrosoftError:
    """The same error as the kind that Exchange's exception says it is, whatever its status.

    Exchange writes `Ex6F9304|Some.Namespace.SomeException|The sentence.` into the message, and the
    exception's name stands nowhere else.
    """
    prefix, _, rest = error.message.partition("|")
    name, _, sentence = rest.partition("|")
    if not sentence or "|" in prefix:
        return error
    code = name.rpartition(".")[2]
    kind = _KINDS.get(code, type(error))
    precise = kind(error.service, error.status, code, sentence.strip())
    precise.retry_after = error.retry_after
    # An exception of a known kind comes before anything is done.
    precise.may_have_happened = error.may_have_happened and code not in _KINDS
    return precise
