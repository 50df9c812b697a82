"""The README tells what the catalog holds."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tables", ROOT / "tools" / "tables.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_of_actions_and_permissions_are_those_of_the_catalog(tables: ModuleType) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert tables.render(readme) == readme, "run: uv run tools/tables.py"
    assert "`disable_inbox_rule`" in readme
    assert "User.RevokeSessions.All" in readme


def test_what_is_optional_is_said_to_be(tables: ModuleType) -> None:
    marks = "<!-- actions --><!-- /actions --><!-- permissions --><!-- /permissions -->"
    rows = tables.render(marks).splitlines()

    (optional,) = [row for row in rows if "View-Only Configuration" in row]
    assert "`get_organization` (optional)" in optional
    assert "`list_transport_rules`" in optional
    assert "`list_transport_rules` (optional)" not in optional
