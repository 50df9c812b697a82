"""End every session of a user, so that stolen tokens stop working."""

from datetime import UTC, datetime

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes, Proposal
from actions.needs import PROTECTION, Graph
from actions.requests import UserChange
from evidence.model import JsonObject
from microsoft365 import accounts
from microsoft365.directory import find_user
from microsoft365.tenant import Tenant


class RevokeSessions(UserChange):
    """Whose sessions."""


@action(
    effect=Effect.CONTAIN,
    needs=[*PROTECTION, Graph.USER_REVOKE_SESSIONS.need],
    undo=Undo.NONE,
    techniques=["T1550.001", "T1550.004"],
)
async def revoke_sessions(request: RevokeSessions, tenant: Tenant, changes: Changes) -> Change:
    """Access tokens already given live on for up to an hour. The user has to sign in again."""
    user = await find_user(tenant, request.user)
    valid_from = user.sessions_valid_from
    current: JsonObject = {"sessionsValidFrom": valid_from.isoformat() if valid_from else ""}

    async def apply() -> None:
        await accounts.revoke_sessions(tenant, user.id)

    async def seen(then: JsonObject) -> JsonObject | None:
        return current if current != then else None

    return await changes.make(
        Proposal(
            target=f"sessions of {user.user_principal_name}",
            account=user,
            before=current,
            after={"sessionsValidFrom": datetime.now(UTC).isoformat(timespec="seconds")},
            once=True,
            seen=seen,
            apply=apply,
        )
    )
