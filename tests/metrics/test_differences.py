"""The check itself: each way in which an exposition can leave the catalogue is seen."""

from __future__ import annotations

import re

import pytest

from hub.telemetry.family import Role
from hub.telemetry.metrics import Metrics
from tests.metrics.shown import differences, known

TEXT = Metrics(Role.DELIVER).exposition(is_ready=True).decode()
BUILD = re.compile(r"(seintje_build_info\{role=\"deliver\")")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            TEXT + "# TYPE seintje_new gauge\nseintje_new 1\n",
            "seintje_new: not in the catalogue for this role",
            id="a name of its own",
        ),
        pytest.param(
            TEXT + "# TYPE seintje_held gauge\nseintje_held 1\n",
            "seintje_held: not in the catalogue for this role",
            id="one of another role",
        ),
        pytest.param(
            TEXT.replace("1 if this process", "One if this process"),
            "seintje_ready: another kind or help",
            id="another help",
        ),
        pytest.param(
            BUILD.sub(r'\1,household="hh-1"', TEXT),
            "seintje_build_info: labels ['household', 'role', 'version']",
            id="a label of its own",
        ),
        pytest.param(
            TEXT.replace('role="deliver"', 'role="corporatie-maas"'),
            "seintje_build_info: role=corporatie-maas",
            id="a value that is in no list",
        ),
        pytest.param(TEXT, "seintje_subscriptions: not shown", id="one that is missing"),
    ],
)
def test_it_is_told(text: str, told: str) -> None:
    assert told in differences(Role.DELIVER, text, known())


def test_more_series_than_lists_allow_are_told() -> None:
    line = 'seintje_build_info{role="deliver",version="0.1.0"} 1.0\n'
    assert line in TEXT
    found = differences(Role.DELIVER, TEXT.replace(line, line * 99), known())
    assert any(it.startswith("seintje_build_info: 99 series, at most") for it in found)
