"""The sample bodies, each written after the documented shape of its source."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.model import JsonObject


@pytest.fixture
def sample() -> Callable[[str], JsonObject]:
    """Reads one of the bodies in the folder beside."""

    def read(name: str) -> JsonObject:
        return json.loads((Path(__file__).parent / "bodies" / f"{name}.json").read_text("utf-8"))

    return read
