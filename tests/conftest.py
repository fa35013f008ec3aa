"""Order of the tests, how hard the fault tests try, and the real Kafka that any may ask for.

What is marked slow comes last, so that a slip shows within seconds. Faults strike a few times with
all tests, and often with `make faults`.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.kafka.fixtures"]

# No test is about how long something takes: machines are busy. In CI the same examples each time,
# so that a red run is about the change; elsewhere new ones.
settings.register_profile(
    "seintje",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("seintje")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=6, help="how often kill -9 strikes")
    parser.addoption("--freezes", type=int, default=1, help="how often something stands still")
    parser.addoption("--long", action="store_true", help="also what takes minutes (make watching)")
    parser.addoption("--kill-seed", type=int, default=1, help="replays the moments of a run")


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--kills"))


@pytest.fixture
def freezes(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--freezes"))


@pytest.fixture
def kill_seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--kill-seed"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
