"""What goes wrong at Microsoft in a scenario, as data: refusals, throttling and slowness."""

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field

from sandbox.tenant.part import Part


class Refusal(Part):
    """Requests that the tenant answers with an error instead of doing what they ask.

    A request is refused when service, method, path and cmdlet all match; `*` stands for
    anything. `times` limits how often; without it the refusal lasts.
    """

    service: Literal["graph", "exchange", "arm", "*"] = "*"
    method: str = "*"
    path: str = "*"
    cmdlet: str = "*"
    status: int = Field(ge=400, le=599)
    code: str | None = None
    message: str | None = None
    retry_after: int | None = Field(default=None, ge=0, description="seconds")
    times: int | None = Field(default=None, ge=1)
    used: int = 0

    def meets(self, service: str, method: str, path: str, cmdlet: str | None) -> bool:
        """Whether this request is refused now."""
        return (
            (self.times is None or self.used < self.times)
            and self.service in {"*", service}
            and fnmatchcase(method, self.method)
            and fnmatchcase(path, self.path)
            and (self.cmdlet == "*" or (cmdlet is not None and fnmatchcase(cmdlet, self.cmdlet)))
        )
