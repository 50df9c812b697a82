"""The base of every piece of evidence, and the JSON that it is read from."""

from datetime import datetime
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic.alias_generators import to_camel

JsonObject: TypeAlias = dict[str, JsonValue]


class Evidence(BaseModel):
    """A frozen fact. JSON names are camelCase, unknown members of a later version are ignored."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        extra="ignore",
        # Built when first used: a worker that has just started is waited for.
        defer_build=True,
    )


class Gap(Evidence):
    """Something that could not be seen. What was not seen is never taken for absent."""

    source: str
    """What was asked, in the words of its service, e.g. `Exchange Get-InboxRule -IncludeHidden`."""
    reason: str
    """`forbidden`, `license`, `throttled`, `timeout`, `unavailable`, `notFound`, `lag`,
    `truncated`, `horizon`, `unresolved`, `unreadable` or `notAsked`."""
    detail: str = ""
    """What it means and what to grant, buy, wait for or ask."""
    fresh_until: datetime | None = None
    """For `lag`: until when the source is complete; whatever is younger may come yet."""
