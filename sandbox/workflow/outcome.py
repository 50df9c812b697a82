"""How an action ended, as later expressions see it."""

from dataclasses import dataclass, field
from datetime import datetime

from .record import Failure, Status
from .values import Json, JsonObject


class ActionFailed(Exception):
    """Raised by an action that does not succeed; `message` is absent where only a code is known."""

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        status: Status = Status.FAILED,
        outputs: Json = None,
    ) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.status = status
        self.outputs = outputs

    @property
    def failure(self) -> Failure | None:
        """The `error` of the run history."""
        return Failure(code=self.code, message=self.message) if self.message else None


class Terminated(Exception):
    """Raised by a Terminate action to end the run."""

    def __init__(self, status: Status, error: Failure | None) -> None:
        super().__init__(status)
        self.status = status
        self.error = error


@dataclass(frozen=True)
class Outcome:
    """A finished action; `children` are the outcomes directly in a scope or loop."""

    name: str
    status: Status
    start: datetime
    end: datetime
    inputs: Json = None
    outputs: Json = None
    code: str | None = None
    error: Failure | None = None
    children: tuple["Outcome", ...] = field(default=())

    def as_json(self, tracking_id: str) -> JsonObject:
        """The object that `actions()` and `result()` show; what does not exist is left out."""
        shown: JsonObject = {
            "name": self.name,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "startTime": iso(self.start),
            "endTime": iso(self.end),
            "clientTrackingId": tracking_id,
            "code": self.code,
            "status": str(self.status),
            "error": self.error.model_dump() if self.error else None,
        }
        optional = ("inputs", "outputs", "code", "error")
        return {
            key: value for key, value in shown.items() if value is not None or key not in optional
        }


def iso(moment: datetime) -> str:
    """A UTC time as the run history writes it, with ticks."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
