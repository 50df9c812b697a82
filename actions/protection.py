"""Accounts that nothing may change: break-glass, administrators, Mailwarden itself."""

from typing import Literal

from actions.policy import Policy
from evidence.model import Evidence
from microsoft365.directory import DirectoryUser, admin_roles, groups_among
from microsoft365.errors import MicrosoftError
from microsoft365.tenant import Tenant

RefusalReason = Literal[
    "paused",
    "protectedAccount",
    "adminRole",
    "ownIdentity",
    "unknownProtection",
    "synchronised",
    "federated",
    "sharedMailbox",
    "unknownAccountKind",
    "otherAlerts",
]


class Refusal(Evidence):
    """Why a change is not made, and what to do instead."""

    reason: RefusalReason
    detail: str
    instead: str
    lifted_by: Literal["", "approval"] = ""
    """`approval`: a granted request_approval that covers this change lifts it."""


async def protection_of(
    tenant: Tenant, policy: Policy, account: DirectoryUser, *, approved: bool
) -> Refusal | None:
    """Why this account may not be changed; None when it may.

    An approval lifts the protection of administrators, never that of listed accounts. Where it
    cannot be seen whether an account is protected, it counts as protected.
    """
    name = account.user_principal_name
    if policy.own_identity and policy.own_identity.lower() in account.names:
        return Refusal(
            reason="ownIdentity",
            detail=f"{name} is Mailwarden's own identity.",
            instead="Change it by hand, if it must be.",
        )
    if account.names & policy.protected_accounts:
        return _listed(name)
    try:
        if policy.protected_groups and await groups_among(tenant, account, policy.protected_groups):
            return _listed(name)
        roles = () if approved else await admin_roles(tenant, account)
    except MicrosoftError as error:
        return Refusal(
            reason="unknownProtection",
            detail=f"It could not be seen whether {name} is protected: {error.message}",
            instead="Grant Mailwarden Directory.Read.All, or make the change by hand.",
        )
    if roles:
        return Refusal(
            reason="adminRole",
            detail=f"{name} holds {', '.join(roles)}.",
            instead="Ask for approval with request_approval; a granted one lifts this.",
            lifted_by="approval",
        )
    return None


def _listed(name: str) -> Refusal:
    return Refusal(
        reason="protectedAccount",
        detail=f"{name} is on the list of protected accounts.",
        instead="Change it by hand; no approval lifts this protection.",
    )
