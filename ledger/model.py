"""What the ledger remembers: entries of changes, and approvals."""

from datetime import datetime, timedelta
from typing import Literal, Protocol

from evidence.model import Evidence, JsonObject

IN_FLIGHT = timedelta(seconds=120)
"""How long a change can be on its way: a request has 100 s. What took longer never ended."""

EntryStatus = Literal["sending", "done", "failed", "unknown"]
ApprovalStatus = Literal["pending", "approved", "rejected"]


class Entry(Evidence):
    """One change.

    `unknown`: it was sent, and no answer said whether it was made. `sending` without an end means
    the same, and that Mailwarden itself was stopped.
    """

    id: str
    key: str
    """The same for the same change of the same incident, however often it is asked for."""
    at: datetime
    action: str
    incident: str
    reason: str
    caller: str
    authority: str
    """By what right: a function key, an app role, an approval."""
    target: str
    request: JsonObject
    before: JsonObject
    after: JsonObject
    undo: JsonObject | None = None
    correlation_id: str
    status: EntryStatus = "sending"
    finished_at: datetime | None = None
    error: str = ""


class ApprovedStep(Evidence):
    """One change that an approval is asked for."""

    action: str
    request: JsonObject
    """The change's request without incident, reason, dryRun and approval."""
    target: str = ""
    why: str = ""


class Approval(Evidence):
    """A question to a person, and the answer."""

    id: str
    key: str
    incident: str
    reason: str
    steps: tuple[ApprovedStep, ...]
    callback_url: str | None = None
    requested_at: datetime
    expires_at: datetime
    status: ApprovalStatus = "pending"
    decided_at: datetime | None = None
    decided_by: str = ""
    comment: str = ""

    def is_same_question(self, at: datetime) -> bool:
        """Whether the same request, made again at a time, asks nothing new.

        A callback URL belongs to one waiting playbook, which re-sends what got no answer. Without
        one, a question that was answered or expired may be asked anew.
        """
        return bool(self.callback_url) or (self.status == "pending" and at < self.expires_at)

    def is_granted(self, at: datetime) -> bool:
        """Whether a person said yes, and the time for acting on it has not run out."""
        return self.status == "approved" and at < self.expires_at


class Ledger(Protocol):
    """Where changes are recorded. Each write is durable when it returns."""

    async def begin(self, entry: Entry, *, alone: bool = False) -> Entry | None:
        """Records a change that is about to be sent.

        `alone`: unless one of the same key is done, being sent, or of unknown outcome; then that
        one is answered.
        """
        ...

    async def finish(
        self, entry_id: str, status: EntryStatus, after: JsonObject, error: str
    ) -> Entry:
        """Records how a change ended; answers the entry as it is then."""
        ...

    async def done(self, key: str) -> Entry | None:
        """The newest change of that key that was done, if there is one."""
        ...

    async def unsettled(self, key: str, at: datetime) -> Entry | None:
        """The newest change of that key whose outcome, at a time, is not known."""
        ...

    async def entry(self, entry_id: str) -> Entry | None:
        """The change of that id."""
        ...

    async def asked(self, key: str, at: datetime) -> Approval | None:
        """The question that the same request, made at a time, would only repeat."""
        ...

    async def ask(self, approval: Approval) -> Approval:
        """Records a question; the one already recorded where that is the same question."""
        ...

    async def approval(self, approval_id: str) -> Approval | None:
        """The approval of that id."""
        ...

    async def decide(self, decided: Approval) -> Approval:
        """Records the answer, unless one is recorded already; answers what is recorded."""
        ...
