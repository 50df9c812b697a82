"""What can be done to an account: end its sessions, set its password."""

import secrets
import string

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.user import User
from msgraph.generated.users.item.mailbox_settings.mailbox_settings_request_builder import (
    MailboxSettingsRequestBuilder,
)

from evidence.reading import text
from microsoft365.errors import NotFound, NotServed
from microsoft365.limits import Service
from microsoft365.tenant import Tenant

_PASSWORD_LENGTH = 64
_SYMBOLS = "!#$%&*+-=?@_"
_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS)


async def revoke_sessions(tenant: Tenant, user_id: str) -> None:
    """Makes every refresh token and browser session of the user invalid.

    Access tokens live on for up to an hour, unless continuous access evaluation ends them.
    Source: Graph: user: revokeSignInSessions. Raises MicrosoftError.
    """
    request = tenant.graph.v1.users.by_user_id(user_id).revoke_sign_in_sessions
    await tenant.graph.send(request.to_post_request_information())


async def set_random_password(tenant: Tenant, user_id: str) -> None:
    """Sets a password that nobody is shown; at the next sign-in it must be changed, with MFA.

    Source: Graph: Update user, `passwordProfile`. Raises MicrosoftError.
    """
    profile = PasswordProfile(
        password=_random_password(),
        force_change_password_next_sign_in=True,
        force_change_password_next_sign_in_with_mfa=True,
    )
    builder = tenant.graph.v1.users.by_user_id(user_id)
    await tenant.graph.send(builder.to_patch_request_information(User(password_profile=profile)))


async def mailbox_purpose(tenant: Tenant, user_id: str) -> str:
    """`user`, `shared`, `room`, `equipment` …, or empty for an account without a mailbox.

    Source: Graph: Get mailboxSettings, `userPurpose`. Raises MicrosoftError.
    """
    query = MailboxSettingsRequestBuilder.MailboxSettingsRequestBuilderGetQueryParameters(
        select=["userPurpose"]
    )
    request = tenant.graph.v1.users.by_user_id(user_id).mailbox_settings
    try:
        found = await tenant.graph.object(
            request.to_get_request_information(RequestConfiguration(query_parameters=query)),
            Service.OUTLOOK,
            mailbox=user_id,
        )
    except (NotFound, NotServed):
        return ""
    return (text(found, "userPurpose") or "").lower()


def _random_password() -> str:
    """64 characters, about 390 bits; each of the four kinds that Entra counts occurs."""
    alphabet = "".join(_KINDS)
    chosen = [secrets.choice(kind) for kind in _KINDS]
    chosen += [secrets.choice(alphabet) for _ in range(_PASSWORD_LENGTH - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)
