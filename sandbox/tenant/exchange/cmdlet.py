"""One call of a cmdlet: its parameters, how they are read, and how it fails."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from sandbox.tenant.mailbox import Mailbox
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import Contact, Group, User
from sandbox.tenant.problem import Problem
from sandbox.tenant.state import Change, TenantState

_SERVER = "DB8PR04A009.EURPR04A009.PROD.OUTLOOK.COM"


@dataclass(frozen=True)
class Call:
    """A cmdlet with its parameters, run against one tenant at one moment.

    Parameters are JSON values, or the strings that the audit log makes of them: `True`, `a;b`.
    """

    state: TenantState
    now: datetime
    cmdlet: str
    parameters: JsonObject
    actor: str
    warnings: list[str] = field(default_factory=list[str])

    def text(self, name: str) -> str | None:
        """A parameter as text; absent, null and empty are None."""
        value = self.parameters.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            return str(value)
        raise cannot_convert(name, value)

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.text(name) or str(default)
        if not value.isdecimal():
            raise cannot_convert(name, value)
        return int(value)

    def chosen(self, name: str, known: Collection[str]) -> list[str]:
        """Values of an enumeration, in any case."""
        names = {one.lower(): one for one in known}
        found = self.words(name)
        for value in found:
            if value.lower() not in names:
                raise cannot_convert(name, value)
        return [names[value.lower()] for value in found]

    def required(self, name: str) -> str:
        """A parameter that the cmdlet cannot do without."""
        value = self.text(name)
        if value is None:
            raise Problem(
                400,
                "ParameterBindingException",
                "Cannot process command because of one or more missing mandatory parameters: "
                f"{name}.",
            )
        return value

    def flag(self, name: str) -> bool | None:
        """A Boolean or switch parameter."""
        match self.parameters.get(name):
            case bool(value):
                return value
            case None | "":
                return None
            case str(text) if text.strip("$").lower() in {"true", "false"}:
                return text.strip("$").lower() == "true"
            case value:
                raise cannot_convert(name, value)

    def words(self, name: str) -> list[str]:
        """A multi-valued parameter. In the audit log its values are joined by semicolons."""
        match self.parameters.get(name):
            case None | "":
                return []
            case str(text):
                return [word.strip() for word in text.split(";") if word.strip()]
            case [*items]:
                return [str(item) for item in items]
            case value:
                raise cannot_convert(name, value)

    def mailbox(self, named: str) -> tuple[User, Mailbox]:
        """The mailbox with this identity, or a 404."""
        user = self.state.recipient(identity_name(named))
        if not isinstance(user, User) or user.mailbox is None:
            raise not_found(named)
        return user, user.mailbox

    def recipient(self, named: str) -> User | Group | Contact:
        """The recipient with this identity, or a 404."""
        found = self.state.recipient(identity_name(named))
        if found is None:
            raise not_found(named)
        return found

    def changed(self, target: str) -> None:
        """Note that the call changed something: its parameters are what the audit log keeps."""
        skipped = {"Identity", "Mailbox", "Confirm", "Force", "AlwaysDeleteOutlookRulesBlob"}
        details = {name: held for name, held in self.parameters.items() if name not in skipped}
        self.state.changes.append(Change(self.now, self.cmdlet, target, details))


@dataclass(frozen=True)
class Cmdlet:
    """A cmdlet that the tenant has."""

    name: str
    parameters: frozenset[str]
    run: Callable[[Call], Sequence[JsonObject]]


def cmdlet(name: str, parameters: str, run: Callable[[Call], Sequence[JsonObject]]) -> Cmdlet:
    """A cmdlet with its parameters' names, separated by blanks."""
    return Cmdlet(name, frozenset(parameters.split()), run)


def identity_name(identity: str) -> str:
    """The last part of a canonical name: `forest/organization/contoso.com/ana` is `ana`."""
    return identity if identity.startswith("/o=") else identity.rsplit("/", 1)[-1]


def not_found(named: str) -> Problem:
    """Exchange's answer for an object that is not there."""
    return Problem(
        404,
        "ManagementObjectNotFoundException",
        f"The operation couldn't be performed because object '{named}' couldn't be found "
        f"on '{_SERVER}'.",
    )


def cannot_convert(name: str, value: JsonValue) -> Problem:
    """Exchange's answer for a value that does not fit its parameter."""
    return Problem(
        400,
        "ParameterBindingException",
        f"Cannot process argument transformation on parameter '{name}'. "
        f'Cannot convert value "{value}".',
    )
