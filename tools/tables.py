"""Writes the README's tables from the catalog: `uv run tools/tables.py`."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from actions.catalog import AnyAction, Effect, catalog  # noqa: E402 - the path comes first
from microsoft365.kql import hunts  # noqa: E402

README = ROOT / "README.md"
_KINDS = {
    "graph": "Microsoft Graph, application permission",
    "exchange": "Exchange Online",
    "entra": "Entra ID, directory role",
    "azure": "Azure, on the workspace's resource group",
    "license": "Licence (without it: a gap)",
}


def render(readme: str) -> str:
    """The README with its tables as the catalog has them."""
    actions = [each for each in catalog().values() if each.routed]
    tables = (
        ("actions", _actions(actions)),
        ("hunts", _hunts()),
        ("permissions", _permissions(actions)),
    )
    for name, table in tables:
        block = f"<!-- {name} -->\n{table}\n<!-- /{name} -->"
        readme = re.sub(
            rf"<!-- {name} -->.*?<!-- /{name} -->", lambda _, b=block: b, readme, flags=re.DOTALL
        )
    return readme


def _actions(actions: Iterable[AnyAction]) -> str:
    order = list(Effect)
    rows = [
        (each.effect.value, f"`{each.name}`", each.summary, each.undo.value if each.undo else "")
        for each in sorted(actions, key=lambda each: (order.index(each.effect), each.name))
    ]
    return _table(("effect", "action", "what it does", "undo"), rows)


def _permissions(actions: Iterable[AnyAction]) -> str:
    users: dict[tuple[str, str], list[str]] = {}
    for each in actions:
        for need in each.needs:
            optional = " (optional)" if need.optional and need.kind != "license" else ""
            users.setdefault((need.kind, need.name), []).append(f"`{each.name}`{optional}")
    order = list(_KINDS)
    rows = [
        (_KINDS[kind], name, ", ".join(names))
        for (kind, name), names in sorted(
            users.items(), key=lambda item: (order.index(item[0][0]), item[0][1])
        )
    ]
    return _table(("where", "what to grant", "for"), rows)


def _hunts() -> str:
    rows = [(f"`{name}`", hunt.answers, ", ".join(hunt.tables)) for name, hunt in hunts().items()]
    return _table(("hunt", "what it answers", "tables"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    README.write_text(render(README.read_text(encoding="utf-8")), encoding="utf-8")
