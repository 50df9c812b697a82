"""What every part of the tenant shares: strict fields, and identifiers that follow from names."""

import re
from typing import TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, ConfigDict, JsonValue

JsonObject: TypeAlias = dict[str, JsonValue]

_MAILBOX = re.compile(
    r"^\s*(?:\"?(?P<name>[^\"<]*?)\"?\s*<(?P<inside>[^<>]+)>|(?P<bare>[^<>]+?))\s*$"
)


class Part(BaseModel):
    """A piece of the tenant's state. An unknown key is an error, so that a typo has a name."""

    model_config = ConfigDict(extra="forbid")


def stable_id(*names: str) -> UUID:
    """The same identifier for the same names, whatever their case."""
    return uuid5(NAMESPACE_URL, "/".join(names).casefold())


def name_and_address(text: str) -> tuple[str, str]:
    """`Ana Bowman <ana@contoso.com>` or a bare address as (name, address)."""
    match = _MAILBOX.match(text)
    if match is None:
        raise ValueError(f"{text!r} is neither an address nor a name with an <address>")
    address = (match["inside"] or match["bare"]).strip()
    return (match["name"] or address).strip(), address
