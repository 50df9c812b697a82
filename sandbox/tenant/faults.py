"""What goes wrong at Microsoft in a scenario, as data: refusals, throttling, broken answers."""

from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from pydantic import Field

from sandbox.tenant.part import Part
from sandbox.tenant.times import http_date


class Asked(NamedTuple):
    """What a fault is recognised by."""

    service: Literal["graph", "exchange", "arm"]
    method: str
    path: str
    cmdlet: str | None
    token: str


class Fault(Part):
    """Something that goes wrong with requests of one kind.

    A request is met when service, method, path, cmdlet and token all match; `*` stands for
    anything. The first `after` of them go well; `times` limits how many then do not, and without
    it the fault lasts.
    """

    service: Literal["graph", "exchange", "arm", "*"] = "*"
    method: str = "*"
    path: str = "*"
    cmdlet: str = "*"
    token: str = "*"  # noqa: S105 - a pattern
    after: int = Field(default=0, ge=0)
    times: int | None = Field(default=None, ge=1)
    passed: int = 0
    used: int = 0

    def meets(self, asked: Asked) -> bool:
        """Whether this request goes wrong now; it is counted."""
        if not self._is_meant(asked) or (self.times is not None and self.used >= self.times):
            return False
        if self.passed < self.after:
            self.passed += 1
            return False
        self.used += 1
        return True

    def _is_meant(self, asked: Asked) -> bool:
        return (
            self.service in {"*", asked.service}
            and fnmatchcase(asked.method, self.method)
            and fnmatchcase(asked.path, self.path)
            and fnmatchcase(asked.token, self.token)
            and (
                self.cmdlet == "*"
                or (asked.cmdlet is not None and fnmatchcase(asked.cmdlet, self.cmdlet))
            )
        )


class Refusal(Fault):
    """Requests that the tenant answers with an error instead of doing what they ask."""

    status: int = Field(ge=400, le=599)
    code: str | None = None
    message: str | None = None
    page: str | None = Field(
        default=None, description="HTML in place of the service's error, as its front ends answer"
    )
    retry_after: int | None = Field(default=None, ge=0, description="seconds")
    retry_after_as: Literal["seconds", "date"] = "seconds"

    def wait(self, now: datetime) -> str | None:
        """`Retry-After`: RFC 9110 knows a number of seconds and a date."""
        if self.retry_after is None or self.retry_after_as == "seconds":
            return None if self.retry_after is None else str(self.retry_after)
        return http_date(now + timedelta(seconds=self.retry_after))


class Interruption(Fault):
    """Requests that the tenant carries out, and whose answer is lost or late on its way.

    `cut`: the connection ends in the middle of the body. `drip`: a byte comes every `pause`
    seconds. `silence`: nothing comes at all, and the connection stays open.
    """

    answer: Literal["cut", "drip", "silence"]
    pause: float = Field(default=0.05, gt=0, description="seconds")
