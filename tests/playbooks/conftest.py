"""What the playbook's tests may ask for."""

import pytest

from tests.playbooks.plays import Plays


@pytest.fixture(scope="session")
def plays() -> Plays:
    """Scenarios that are played once for every test that only looks at how they ended."""
    return Plays()
