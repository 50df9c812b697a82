"""Making a change: protected accounts, pause, dry run, ledger, and what the caller is told."""

import asyncio
import hashlib
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from actions.caller import Caller
from actions.policy import Policy
from actions.problem import Problem
from actions.protection import Refusal, protection_of
from actions.requests import ChangeRequest
from evidence.model import Evidence, JsonObject
from ledger.model import IN_FLIGHT, Approval, Entry, Ledger
from microsoft365.directory import DirectoryUser
from microsoft365.errors import MicrosoftError
from microsoft365.tenant import Tenant

_TWIN_WAIT = 0.2
"""Seconds between two looks at whether the same change, made by another request, has ended."""

UndoKind = Literal["exact", "equivalent", "none"]
ChangeStatus = Literal["done", "unchanged", "planned", "refused", "unknown"]
_LOST = (
    "No answer came: it may have been made or not. {} Read it again; the same request sent again "
    "looks first whether it was made, and settles this ledger entry."
)


class Inverse(Evidence):
    """The road back: an action and its request, for `undo` to run."""

    action: str
    request: JsonObject


class Change(Evidence):
    """What a change did, would do, or was refused."""

    status: ChangeStatus
    """`unknown`: it was sent, and may have been made; what is now has to be read again."""
    target: str
    """What was changed, in words for people."""
    before: JsonObject = {}
    after: JsonObject = {}
    undo_kind: UndoKind
    undo: Inverse | None = None
    ledger_id: str | None = None
    refusal: Refusal | None = None
    warnings: tuple[str, ...] = ()


class ChangeFailed(Exception):
    """Microsoft refused a change, or something on the way to it. The `target` is as in `Change`."""

    def __init__(self, target: str, error: MicrosoftError) -> None:
        super().__init__(f"{target}: {error}")
        self.target = target
        self.error = error


@dataclass(frozen=True)
class Proposal:
    """A change that is ready to be made."""

    target: str
    before: JsonObject
    after: JsonObject
    apply: Callable[[], Awaitable[JsonObject | None]]
    """Makes it; may answer what is only known afterwards, such as a new id."""
    account: DirectoryUser | None = None
    """Whose account or mailbox it is; asked whether it is protected."""
    already: bool = False
    """It is so already."""
    once: bool = False
    """Its result is no state that `already` tells: the ledger knows whether it was done."""
    seen: Callable[[JsonObject], Awaitable[JsonObject | None]] | None = None
    """Looks for it in the tenant when its outcome was not learned, given what was before: what is
    known of it, or None if it was not made."""
    undo: Callable[[JsonObject], Inverse] | None = None
    """The road back, from what `apply` answered."""
    impossible: Refusal | None = None
    warnings: tuple[str, ...] = ()


class Changes:
    """Lives as long as a request; every change of that request goes through `make`."""

    def __init__(
        self,
        *,
        action: str,
        undo_kind: UndoKind,
        request: ChangeRequest,
        tenant: Tenant,
        ledger: Ledger,
        policy: Policy,
        caller: Caller,
        approval: Approval | None,
    ) -> None:
        self._action = action
        self._undo_kind: UndoKind = undo_kind
        self._request = request
        self._tenant = tenant
        self._policy = policy
        self._approval = approval
        self.ledger = ledger
        self.caller = caller

    @property
    def key(self) -> str:
        """The same for the same change of the same incident, however often it is asked for."""
        return change_key(self._action, self._request.incident, self._request.change)

    def of(self, action: str, undo_kind: UndoKind, request: ChangeRequest) -> "Changes":
        """The changes of another action that this request runs, by the same right."""
        return Changes(
            action=action,
            undo_kind=undo_kind,
            request=request,
            tenant=self._tenant,
            ledger=self.ledger,
            policy=self._policy,
            caller=self.caller,
            approval=self._approval,
        )

    async def earlier(self, *, gone: bool = False) -> Change | None:
        """The same change, if it was done before: for a target that a change takes away.

        `gone`: the target is seen not to be there, so that one of unknown outcome was done, too.
        """
        entry = await self.ledger.done(self.key)
        if entry is None and gone and (lost := await self._lost()):
            entry = await self.ledger.finish(lost.id, "done", lost.after, "")
        return None if entry is None else self._as_before(entry)

    async def _lost(self) -> Entry | None:
        return await self.ledger.unsettled(self.key, datetime.now(UTC))

    async def _settled(self, proposal: Proposal) -> Change | None:
        """The same change, if its outcome was not learned and it now shows to have been made."""
        lost = await self._lost()
        if lost is None:
            return None
        known: JsonObject | None = {} if proposal.already else None
        if proposal.seen is not None:
            known = await proposal.seen(lost.before)
        if known is None:
            at = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
            await self.ledger.finish(lost.id, "failed", {}, f"{lost.error} Not to be seen at {at}.")
            return None
        return self._as_before(
            await self.ledger.finish(lost.id, "done", {**lost.after, **known}, "")
        )

    def _as_before(self, entry: Entry) -> Change:
        return Change(
            status="unchanged",
            target=entry.target,
            before=entry.before,
            after=entry.after,
            undo_kind=self._undo_kind if entry.undo else "none",
            undo=Inverse.model_validate(entry.undo) if entry.undo else None,
            ledger_id=entry.id,
            warnings=(f"Done already at {entry.at:%Y-%m-%d %H:%M:%S} UTC for this incident.",),
        )

    async def make(self, proposal: Proposal) -> Change:
        """Makes the change, or says why not. It is in the ledger before it is sent.

        The same change, sent before without an answer, is looked for first. Raises ChangeFailed
        when Microsoft refused; the ledger then says so, too.
        """
        try:
            return await self._make(proposal)
        except MicrosoftError as error:
            raise ChangeFailed(proposal.target, error) from error

    async def _make(self, proposal: Proposal) -> Change:
        if proposal.once and (earlier := await self.earlier()):
            return earlier
        if settled := await self._settled(proposal):
            return settled
        if proposal.already:
            return self._told(proposal, "unchanged")
        refusal = proposal.impossible or await self._refusal(proposal)
        if refusal is not None:
            return self._told(proposal, "refused", refusal=refusal)
        if self._request.dry_run or self._policy.dry_run:
            return self._told(proposal, "planned")
        return await self._send(proposal)

    async def _refusal(self, proposal: Proposal) -> Refusal | None:
        if self._policy.paused:
            return Refusal(
                reason="paused",
                detail="Mailwarden is paused: it reads, and changes nothing.",
                instead="Unset MAILWARDEN_PAUSED, then ask again.",
            )
        if proposal.account is None:
            return None
        approved = self._approval is not None
        return await protection_of(self._tenant, self._policy, proposal.account, approved=approved)

    async def _send(self, proposal: Proposal) -> Change:
        undo = proposal.undo(proposal.after) if proposal.undo else None
        entry = Entry(
            id=uuid.uuid4().hex,
            key=self.key,
            at=datetime.now(UTC),
            action=self._action,
            incident=self._request.incident,
            reason=self._request.reason,
            caller=self.caller.name,
            authority=f"approval {self._approval.id}" if self._approval else self.caller.authority,
            target=proposal.target,
            request=self._request.recorded,
            before=proposal.before,
            after=proposal.after,
            undo=undo.model_dump(mode="json", by_alias=True) if undo else None,
            correlation_id=self._tenant.correlation_id,
        )
        while twin := await self.ledger.begin(entry, alone=proposal.once):
            if twin.status == "done":
                return self._as_before(twin)
            if twin.status == "unknown":
                # Lost since this request looked: what it saw of the tenant is too old to tell.
                return self._not_known(proposal, twin)
            entry = await self._wait_for(twin, entry)
        try:
            learned = await proposal.apply()
        except MicrosoftError as error:
            if error.may_have_happened:
                return self._not_known(
                    proposal,
                    await self.ledger.finish(entry.id, "unknown", entry.after, f"{error}."),
                )
            # A change of several steps may have failed half-way: what is now, nobody has seen.
            await self.ledger.finish(entry.id, "failed", {}, str(error))
            raise
        after = {**proposal.after, **(learned or {})}
        if proposal.undo:
            undo = proposal.undo(after)
        await self.ledger.finish(entry.id, "done", after, "")
        done = self._told(proposal, "done", after=after)
        return done.model_copy(update={"ledger_id": entry.id, "undo": undo})

    def _not_known(self, proposal: Proposal, lost: Entry) -> Change:
        told = self._told(proposal, "unknown")
        warnings = (_LOST.format(lost.error), *told.warnings)
        nothing: JsonObject = {}
        return told.model_copy(
            update={"ledger_id": lost.id, "after": nothing, "warnings": warnings}
        )

    async def _wait_for(self, twin: Entry, entry: Entry) -> Entry:
        """Waits a moment for the same change, which another request is making."""
        if self._tenant.deadline.remaining <= _TWIN_WAIT:
            detail = f"The same change is being made since {twin.at:%H:%M:%S} UTC"
            later = IN_FLIGHT.total_seconds()
            raise Problem(503, "Being made", detail, retry_after=later, target=entry.target)
        await asyncio.sleep(_TWIN_WAIT)
        return entry.model_copy(update={"at": datetime.now(UTC)})

    def _told(
        self,
        proposal: Proposal,
        status: ChangeStatus,
        *,
        after: JsonObject | None = None,
        refusal: Refusal | None = None,
    ) -> Change:
        planned = status in ("planned", "done")
        return Change(
            status=status,
            target=proposal.target,
            before=proposal.before,
            after=(after or proposal.after) if planned else proposal.before,
            undo_kind=self._undo_kind if proposal.undo else "none",
            undo=proposal.undo(proposal.after) if proposal.undo and status == "planned" else None,
            refusal=refusal,
            warnings=(*proposal.warnings, *self._tenant.exchange.warnings),
        )


def change_key(action: str, incident: str, change: JsonObject) -> str:
    """A digest that names a change of an incident."""
    written = json.dumps([action, incident.lower(), change], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()


async def approval_for(
    ledger: Ledger, action: str, request: ChangeRequest, at: datetime
) -> Approval | None:
    """The approval that the request names. None where it names none.

    Raises Problem 403 when it does not exist, was not granted, or covers another change.
    """
    if not request.approval:
        return None
    approval = await ledger.approval(request.approval)
    wanted = change_key(action, request.incident, request.change)
    if approval is None:
        why = "does not exist"
    elif not any(
        change_key(step.action, approval.incident, step.request) == wanted
        for step in approval.steps
    ):
        why = "covers another change"
    elif approval.is_granted(at):
        return approval
    elif approval.status == "rejected" or at < approval.expires_at:
        why = f"is {approval.status}"
    else:
        why = f"ran out at {approval.expires_at:%Y-%m-%d %H:%M} UTC"
    raise Problem(403, "Not approved", f"Approval {request.approval} {why}")
