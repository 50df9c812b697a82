"""The environment, read once. Only entry points read it; other rooms are given values."""

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_PREFIX = "MAILWARDEN_"
_MOST_GROUPS = 20
_LOCAL_LEDGER = "sqlite:mailwarden-ledger.sqlite3"


class SettingsError(Exception):
    """The environment cannot be used; its text is one line that names the variable."""


def _comma_separated(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _stands_behind_authentication() -> bool:
    """App Service sets this itself (App Service: Environment variables and app settings)."""
    return os.environ.get("WEBSITE_AUTH_ENABLED", "").lower() == "true"


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if not parts.hostname or parts.scheme not in ("https", "http"):
        raise ValueError("must be a URL such as https://graph.microsoft.com")
    if parts.scheme == "http" and not _is_loopback(value):
        raise ValueError("must be https; http is for loopback only")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("must be scheme and host only; the path's version is not part of it")
    return value.rstrip("/")


def _tenant_id(value: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z.-]+", value):
        raise ValueError("must be the id of the Entra tenant")
    return value


def _ledger(value: str) -> str:
    if not value.removeprefix("sqlite:") or not value.startswith("sqlite:"):
        raise ValueError("must be sqlite:PATH")
    return value


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)]


class Settings(BaseSettings):
    """Every setting; each is the environment variable of its name after `MAILWARDEN_`."""

    # A variable that is set to nothing counts as not set: templates write those.
    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, frozen=True)

    tenant_id: Annotated[str, AfterValidator(_tenant_id)]
    graph_url: BaseUrl = "https://graph.microsoft.com"
    exchange_url: BaseUrl = "https://outlook.office365.com"
    arm_url: BaseUrl = "https://management.azure.com"
    client_id: str | None = None
    """Client id of the user-assigned managed identity; without it the system-assigned one."""
    static_token: str | None = None
    """A fixed bearer token, accepted only while every URL is loopback."""
    auth: Literal["key", "entra"] = "key"
    ledger: Annotated[str, AfterValidator(_ledger)] | None = None
    """`sqlite:PATH`; may be left out only while every URL is loopback."""
    protected_accounts: Names = ()
    """Break-glass accounts: UPN, address or object id. No approval lifts their protection."""
    protected_groups: Names = ()
    """Object ids of groups whose members are protected in the same way; at most 20."""
    approved_destinations: Path | None = None
    """A JSON file: a list of {destination, scope, owner, until}."""
    approved_transport_rules: Path | None = None
    """A JSON file: a list of {rule, owner, reviewed, until}."""
    dry_run: bool = False
    paused: bool = False
    """The kill switch: reads go on, changes are refused."""

    @property
    def loopback(self) -> bool:
        """Whether every URL points at this machine, as with the simulated tenant."""
        return all(map(_is_loopback, (self.graph_url, self.exchange_url, self.arm_url)))

    @property
    def ledger_path(self) -> Path:
        """The file of the SQLite ledger."""
        return Path((self.ledger or _LOCAL_LEDGER).removeprefix("sqlite:"))

    @model_validator(mode="after")
    def _complete(self) -> "Settings":
        if not self.loopback and self.static_token is not None:
            raise ValueError("STATIC_TOKEN is accepted only while every URL is loopback")
        if not self.loopback and self.ledger is None:
            raise ValueError("LEDGER is required unless every URL is loopback: sqlite:PATH")
        if len(self.protected_groups) > _MOST_GROUPS:
            raise ValueError(f"PROTECTED_GROUPS takes at most {_MOST_GROUPS} groups")
        if self.auth == "entra" and not self.loopback and not _stands_behind_authentication():
            # Without it, anybody could write the header that names the caller.
            raise ValueError("AUTH=entra needs App Service authentication switched on")
        return self


def read_settings() -> Settings:
    """Reads and checks the environment. Raises SettingsError, one line, for the first mistake."""
    known = {_PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(
        name for name in os.environ if name.upper().startswith(_PREFIX) and name not in known
    )
    if unknown:
        raise SettingsError(f"{unknown[0]} is not a setting of Mailwarden")
    try:
        return Settings()  # pyright: ignore[reportCallIssue] - filled from the environment
    except ValidationError as error:
        raise SettingsError(_first_line(error)) from None


def _first_line(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    name = "".join(f"{part}" for part in first["loc"][:1]).upper()
    return f"{_PREFIX}{name}: {message}" if name else f"{_PREFIX}{message}"
