"""Microsoft 365 as one request sees it: its deadline, its id, and what could not be seen."""

from collections.abc import Awaitable
from typing import TypeVar

from evidence.model import Gap, JsonObject
from microsoft365.client import Cut, Microsoft365
from microsoft365.deadline import Deadline
from microsoft365.errors import Forbidden, MicrosoftError, NotFound, Throttled, Unauthorized
from microsoft365.exchange import Exchange
from microsoft365.graph import Graph
from microsoft365.sentinel import Sentinel

T = TypeVar("T")


class Tenant:
    """Lives as long as a request."""

    def __init__(self, microsoft: Microsoft365, *, correlation_id: str, deadline: Deadline) -> None:
        self._microsoft = microsoft
        self.correlation_id = correlation_id
        self.deadline = deadline
        self.id = microsoft.endpoints.tenant_id
        self.graph = Graph(microsoft, deadline, correlation_id)
        self.exchange = Exchange(microsoft, deadline, correlation_id)
        self.sentinel = Sentinel(microsoft, deadline, correlation_id)
        self.gaps: list[Gap] = []
        self.passed_on: list[Gap] = []
        """Gaps of the parts of a request, which say already what to grant for them."""
        self.refused: dict[str, MicrosoftError] = {}
        """Why a source was not seen, or not to its end."""
        self._seen = 0

    async def see(
        self,
        source: str,
        seeing: Awaitable[T],
        hint: str = "",
        *,
        if_forbidden: str = "",
        leads_on: bool = False,
    ) -> T | None:
        """What a source shows; a source that refuses leaves a gap, and the rest goes on.

        `hint` is told beside any refusal, `if_forbidden` beside one for want of a right.
        `leads_on`: it only leads to what is asked for, so that seeing it is no answer yet.

        Raises NotFound, since only the caller knows whether absence is an answer.
        """
        try:
            seen = await seeing
        except NotFound:
            raise
        except MicrosoftError as error:
            forbidden = isinstance(error, Unauthorized | Forbidden)
            told = f"{hint} {if_forbidden}".strip() if forbidden else hint
            self.missed(error.gap(source, told))
            self.refused[source] = error
            return None
        self._seen += not leads_on
        return seen

    async def see_of_known(
        self, source: str, seeing: Awaitable[T], *, if_forbidden: str = ""
    ) -> T | None:
        """What a source shows of something that is known to exist: not found is a gap as well."""
        try:
            return await self.see(source, seeing, if_forbidden=if_forbidden)
        except NotFound as error:
            self.missed(error.gap(source))
            self.refused[source] = error
            return None

    def cut_short(self, source: str, hint: str = "") -> Cut:
        """For a listing of a source: what came counts, and the rest of it is a gap."""

        def cut(error: MicrosoftError, seen: int) -> None:
            self.missed(error.gap(source, f"Only the first {seen:,} were read. {hint}".strip()))
            self.refused[source] = error

        return cut

    def missed(self, gap: Gap) -> None:
        """Records something that could not be seen; the same gap is recorded once."""
        if gap not in self.gaps:
            self.gaps.append(gap)

    def apart(self, seconds: float) -> "Tenant":
        """For one part of a request: with gaps of its own, and so many seconds at most."""
        deadline = Deadline(min(seconds, self.deadline.remaining))
        return Tenant(self._microsoft, correlation_id=self.correlation_id, deadline=deadline)

    async def call_back(self, url: str, body: JsonObject) -> None:
        """Tells a waiting Logic App something. The URL was checked when it was given.

        Raises MicrosoftError when it does not take it.
        """
        await self._microsoft.post_without_token(url, body, self.deadline)

    @property
    def throttled_for(self) -> float | None:
        """Seconds after which a throttled source said to come back, the longest of them."""
        throttled = (each for each in self.refused.values() if isinstance(each, Throttled))
        return max((each.retry_after or 1.0 for each in throttled), default=None)

    @property
    def only_throttled(self) -> bool:
        """Whether nothing was seen, for no other reason than throttling."""
        return (
            self._seen == 0
            and bool(self.gaps)
            and all(gap.reason == "throttled" for gap in self.gaps)
        )
