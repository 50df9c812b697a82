"""The catalog: every action with its effect, its needs and the road back."""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Generic, ParamSpec, TypeVar, cast

from pydantic import BaseModel

import actions
from actions.caller import Role
from actions.needs import Need
from actions.requests import Request

P = ParamSpec("P")
R = TypeVar("R", bound=BaseModel)


class Effect(StrEnum):
    """What an action does to the tenant, from harmless to final."""

    READ = "read"
    JUDGE = "judge"
    RECORD = "record"
    """Alert classification, incident comment."""
    CONTAIN = "contain"
    """Stops something; can be taken back, or does no lasting harm."""
    DESTROY = "destroy"
    """Needs a person's approval."""


class Undo(StrEnum):
    """How far a change can be taken back."""

    EXACT = "exact"
    EQUIVALENT = "equivalent"
    """As before in what it does, but with a new id, say."""
    NONE = "none"


_ROLES: Mapping[Effect, Role] = MappingProxyType(
    {
        Effect.READ: Role.READ,
        Effect.JUDGE: Role.READ,
        Effect.RECORD: Role.CONTAIN,
        Effect.CONTAIN: Role.CONTAIN,
        Effect.DESTROY: Role.DESTROY,
    }
)


class Action(Generic[P, R]):
    """An action: a coroutine with what the catalog knows of it. Calling it runs the coroutine."""

    def __init__(
        self,
        body: Callable[P, Awaitable[R]],
        *,
        effect: Effect,
        needs: Iterable[Need],
        undo: Undo | None,
        techniques: tuple[str, ...],
        role: Role | None,
        routed: bool,
    ) -> None:
        signature = inspect.signature(body)
        first, *others = signature.parameters.values()
        self.body = body
        self.name = body.__name__
        self.request: type[Request] = first.annotation
        self.answer: type[BaseModel] = signature.return_annotation
        self.takes: tuple[type[object], ...] = tuple(each.annotation for each in others)
        """The types of what the front door hands in after the request."""
        self.effect = effect
        self.needs = tuple(dict.fromkeys(needs))
        self.undo = undo
        self.techniques = techniques
        self.role = role or _ROLES[effect]
        self.routed = routed
        module = inspect.getmodule(body)
        self.summary = (inspect.getdoc(module) or "").partition("\n")[0]
        self.description = inspect.getdoc(body) or ""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        """Runs the action as the plain coroutine that it is."""
        return self.body(*args, **kwargs)

    @property
    def route(self) -> str:
        """The last part of its URL."""
        return self.name.replace("_", "-")

    @property
    def changes(self) -> bool:
        """Whether it changes anything, be it only a record."""
        return self.effect in (Effect.RECORD, Effect.CONTAIN, Effect.DESTROY)


AnyAction = Action[..., BaseModel]


def action(
    *,
    effect: Effect,
    needs: Iterable[Need] = (),
    undo: Undo | None = None,
    techniques: Iterable[str] = (),
    role: Role | None = None,
    routed: bool = True,
) -> Callable[[Callable[P, Awaitable[R]]], Action[P, R]]:
    """Makes an action of a coroutine `(request, tenant, …) -> answer`.

    `role` is the app role where it is not the effect's own; an action that is not `routed` is the
    inverse of another and is run by `undo` only.
    """

    def decorate(body: Callable[P, Awaitable[R]]) -> Action[P, R]:
        return Action(
            body,
            effect=effect,
            needs=needs,
            undo=undo,
            techniques=tuple(techniques),
            role=role,
            routed=routed,
        )

    return decorate


@cache
def catalog() -> Mapping[str, AnyAction]:
    """Every action by name: whatever a module of this package makes with `@action`."""
    found: dict[str, AnyAction] = {}
    for module in pkgutil.iter_modules(actions.__path__, "actions."):
        for member in vars(importlib.import_module(module.name)).values():
            if isinstance(member, Action):
                each = cast("AnyAction", member)
                found[each.name] = each
    return MappingProxyType(dict(sorted(found.items())))
