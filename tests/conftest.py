"""What every test may ask for: the recorded incidents beside the repository."""

from pathlib import Path

import pytest
from hypothesis import settings

# The time that an example takes says more about the machine than about the code.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

_SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """The folder of recorded audit logs, which is not part of the repository."""
    if not _SHARED_DATA.is_dir():
        pytest.skip("the recorded audit logs (../shared/data) are not beside the repository")
    return _SHARED_DATA
