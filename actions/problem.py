"""Errors as `application/problem+json` (RFC 9457), one class for each status that is used."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict


class FieldError(BaseModel):
    """A field of the request and what is wrong with it."""

    model_config = ConfigDict(frozen=True)

    field: str
    message: str


class Problem(Exception):
    """An answer that is an error. Its text may be shown to the caller."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: float | None = None,
        target: str = "",
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.target = target
        """Which change it is about, in words for people; empty where that was not yet known."""


def bad_field(field: str, message: str) -> Problem:
    """400 for one field, found wrong after the request as a whole was read."""
    return Problem(
        400,
        "The request is not valid",
        f"{field}: {message}",
        errors=[FieldError(field=field, message=message)],
    )
