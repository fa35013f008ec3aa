"""What tests of manifests need of the machine."""

import pytest

from tests.k8s.building import MISSING
from tests.k8s.building import kubectl as found


@pytest.fixture
def kubectl() -> str:
    """The kubectl of this machine; without one the test is skipped."""
    command = found()
    if command is None:
        pytest.skip(MISSING)
    return command
