"""Set a long random password that nobody is shown, and end every session after it."""

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes, Proposal
from actions.needs import PROTECTION, Graph, entra
from actions.protection import Refusal
from actions.requests import UserChange
from evidence.model import JsonObject
from microsoft365 import accounts
from microsoft365.directory import DirectoryUser, find_user, is_federated
from microsoft365.errors import MicrosoftError
from microsoft365.tenant import Tenant

_AFTERWARDS = (
    "The user sets a new password at the next sign-in, with multifactor authentication. App "
    "passwords are not revoked by this: delete them."
)
_SIGN_OUT = (
    "Then end the sessions once more, in the Entra admin center or by revoke_sessions with a "
    "ticket of its own as incident: for this incident it counts as done."
)


class ResetCredentials(UserChange):
    """Whose credentials."""


@action(
    effect=Effect.DESTROY,
    needs=[
        *PROTECTION,
        Graph.DOMAIN_READ.need,
        Graph.MAILBOX_SETTINGS_READ.need,
        Graph.USER_PASSWORD_PROFILE_READ_WRITE.need,
        Graph.USER_REVOKE_SESSIONS.need,
        entra("User Administrator"),
        # For an administrator, whose protection an approval lifted (Graph: Update user).
        entra("Privileged Authentication Administrator", optional=True),
    ],
    undo=Undo.NONE,
    techniques=["T1078.004"],
)
async def reset_credentials(request: ResetCredentials, tenant: Tenant, changes: Changes) -> Change:
    """No password leaves the function. Accounts whose password lives elsewhere are refused."""
    user = await find_user(tenant, request.user)
    current: JsonObject = {
        "passwordSetAt": user.password_set_at.isoformat() if user.password_set_at else "",
        "sessionsValidFrom": (
            user.sessions_valid_from.isoformat() if user.sessions_valid_from else ""
        ),
    }

    async def apply() -> None:
        await accounts.set_random_password(tenant, user.id)
        await accounts.revoke_sessions(tenant, user.id)

    async def seen(then: JsonObject) -> JsonObject | None:
        return current if all(current[name] != then.get(name) for name in current) else None

    return await changes.make(
        Proposal(
            target=f"credentials of {user.user_principal_name}",
            account=user,
            before=current,
            after={
                "password": "random, to be changed at the next sign-in with MFA",
                "sessions": "revoked",
            },
            once=True,
            seen=seen,
            apply=apply,
            impossible=await _password_lives_elsewhere(tenant, user),
            warnings=(_AFTERWARDS,),
        )
    )


async def _password_lives_elsewhere(tenant: Tenant, user: DirectoryUser) -> Refusal | None:
    name = user.user_principal_name
    if user.synchronised:
        return Refusal(
            reason="synchronised",
            detail=f"{name} is synchronised from on-premises Active Directory.",
            instead=f"Reset it there, twice; the cloud takes it over. {_SIGN_OUT}",
        )
    try:
        if await is_federated(tenant, user):
            return Refusal(
                reason="federated",
                detail=f"{name} signs in at a federated identity provider.",
                instead=f"Reset it at that provider. {_SIGN_OUT}",
            )
        if await accounts.mailbox_purpose(tenant, user.id) == "shared":
            return Refusal(
                reason="sharedMailbox",
                detail=f"{name} is the account of a shared mailbox, which nobody signs in with.",
                instead="Block its sign-in, and look at who has permissions on the mailbox.",
            )
    except MicrosoftError as error:
        return Refusal(
            reason="unknownAccountKind",
            detail=f"It could not be seen where {name} keeps its password: {error.message}",
            instead="Grant Mailwarden Domain.Read.All and MailboxSettings.Read, or reset by hand.",
        )
    return None
