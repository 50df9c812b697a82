"""What Microsoft's services answer when they do not answer, told apart by status and code."""

from collections.abc import Mapping

from evidence.model import Gap

_LICENSE_CODES = frozenset(
    {
        # auditLogs/signIns without Entra ID P1 (Graph: Resolve authorization errors)
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Authentication_RequestFromUnsupportedUserRole",
    }
)


# An unlicensed, inactive or on-premises mailbox (Graph: Known issues with Outlook mail).
_NOT_SERVED_CODES = frozenset({"MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI"})


class MicrosoftError(Exception):
    """A service refused or failed. `code` and `message` are the service's own words."""

    reason = "unavailable"

    def __init__(self, service: str, status: int, code: str, message: str) -> None:
        super().__init__(f"{service} answered {status} {code}: {message}")
        self.service = service
        self.status = status
        self.code = code
        self.message = message
        self.retry_after: float | None = None
        """Seconds to wait, where the service named them."""
        self.may_have_happened = False
        """Whether a change that was asked for may have been made all the same: it was sent, and
        no answer said otherwise."""

    def gap(self, source: str, hint: str = "") -> Gap:
        """The gap that this error leaves in the evidence."""
        detail = f"{self.code}: {self.message}".strip(": ")
        return Gap(source=source, reason=self.reason, detail=f"{detail} {hint}".strip())


class BadRequest(MicrosoftError):
    """400: the service did not understand, or has no such thing to ask (a hunting table, say)."""


class Unauthorized(MicrosoftError):
    """401, also after a fresh token."""

    reason = "forbidden"


class Forbidden(MicrosoftError):
    """403: a permission or a role is missing."""

    reason = "forbidden"


class LicenseMissing(MicrosoftError):
    """403 because the tenant has not bought the feature."""

    reason = "license"


class NotFound(MicrosoftError):
    """404: what was asked for does not exist, or not in this service."""

    reason = "notFound"


class NotServed(MicrosoftError):
    """404 of a service that does not hold this mailbox, although the mailbox exists elsewhere."""

    reason = "notFound"


class Conflict(MicrosoftError):
    """409 or 412: it changed since it was read."""

    reason = "unavailable"


class Throttled(MicrosoftError):
    """429, also after waiting for as long as the deadline allowed."""

    reason = "throttled"


class Unavailable(MicrosoftError):
    """5xx, a broken connection, or an answer that was no JSON."""


class Truncated(MicrosoftError):
    """A listing has more items than are read."""

    reason = "truncated"


class DeadlineExceeded(MicrosoftError):
    """The answer, or the whole of it, did not come in time."""

    reason = "timeout"


def error_for(
    service: str, status: int, code: str, message: str, retry_after: float | None
) -> MicrosoftError:
    """The error for an answer's status and code."""
    by_status: Mapping[int, type[MicrosoftError]] = {
        400: BadRequest,
        401: Unauthorized,
        403: LicenseMissing if _for_want_of_a_licence(code, message) else Forbidden,
        404: NotFound,
        409: Conflict,
        412: Conflict,
        429: Throttled,
    }
    if code in _NOT_SERVED_CODES:
        return NotServed(service, status, code, message)
    kind = by_status.get(status, Unavailable if status >= 500 else BadRequest)
    error = kind(service, status, code, message)
    error.retry_after = retry_after
    return error


def _for_want_of_a_licence(code: str, message: str) -> bool:
    """Entra ID Protection says `Forbidden` for either, and only its sentence tells them apart."""
    return code in _LICENSE_CODES or "not licensed for this feature" in message.lower()
