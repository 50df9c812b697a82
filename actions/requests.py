"""What every request has in common: strict fields, and the names of subjects."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from evidence.addresses import is_object_id
from evidence.model import JsonObject

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
_YEARS = range(2000, 2101)


def _no_dot_segment(value: str) -> str:
    """Ids become parts of a path, in which these two would name its parent."""
    if value in (".", ".."):
        raise ValueError("is no id")
    return value


def _names_an_account(value: str) -> str:
    """Anything else would be a part of Graph's own paths, as `/users/delta` is."""
    if "@" not in value and not is_object_id(value):
        raise ValueError("must be a UPN, an SMTP address or an object id")
    return value


def _in_utc(value: datetime) -> datetime:
    """Time windows are derived from it, so it keeps its distance from the ends of the calendar."""
    if value.year not in _YEARS:
        raise ValueError(f"must lie in the years {_YEARS[0]} to {_YEARS[-1]}")
    return value.astimezone(UTC)


Subject = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=320, pattern=_PRINTABLE),
    AfterValidator(_names_an_account),
    Field(description="UPN, SMTP address or object id"),
]
"""A UPN, an SMTP address or an object id."""
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time with a zone, in UTC from here on."""
Identifier = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=1024, pattern=_PRINTABLE),
    AfterValidator(_no_dot_segment),
]

COMMON_FIELDS = frozenset({"incident", "reason", "dry_run", "approval"})
"""Fields of every change, which do not belong to what is changed."""


class Request(BaseModel):
    """A request: camelCase JSON, unknown fields refused."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=False,
        extra="forbid",
        # Built when first used: a worker that has just started is waited for.
        defer_build=True,
    )


class ReadRequest(Request):
    """A question, with the moment that it is about."""

    around: Moment = Field(
        default_factory=lambda: datetime.now(UTC),
        description="The moment in question, with a zone; the time window is derived from it. "
        "Default: now",
    )


class ChangeRequest(Request):
    """A change, with who asks for it and why."""

    incident: Identifier = Field(
        description="The incident it is for: its ARM id, its Defender XDR id, or a ticket number"
    )
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]
    dry_run: bool = Field(default=False, description="Say what would be done, and do nothing")
    approval: str = Field(
        default="", max_length=64, description="Id of a granted request_approval that covers this"
    )

    @property
    def change(self) -> JsonObject:
        """What is changed, without who asks and why: the same for the same change."""
        return self.model_dump(mode="json", by_alias=True, exclude=set(COMMON_FIELDS))

    @property
    def recorded(self) -> JsonObject:
        """What the ledger tells of the change; a request that holds a secret leaves it out."""
        return self.change


class MailboxChange(ChangeRequest):
    """A change of a mailbox."""

    mailbox: Subject


class UserChange(ChangeRequest):
    """A change of an account."""

    user: Subject
