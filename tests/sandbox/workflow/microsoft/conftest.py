from collections.abc import Iterator

import pytest

from tests.sandbox.workflow.microsoft.reference import ReferenceEngine


@pytest.fixture(scope="session")
def microsoft() -> Iterator[ReferenceEngine]:
    """Microsoft's own engine."""
    if (reason := ReferenceEngine.missing()) is not None:
        pytest.skip(reason)
    engine = ReferenceEngine()
    yield engine
    engine.close()
