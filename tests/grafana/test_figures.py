"""Numbers in our pictures are as large as they are."""

from __future__ import annotations

import pytest

from tests.grafana.figures import color, figure


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (9583, "short", "9583"),
        (18_200, "short", "18.2k"),
        (2_500_000, "cps", "2.5M/s"),
        (0.0475, "s", "47.5 ms"),
        (59.1, "s", "59.1 s"),
        (600, "s", "10 min"),
        (90 * 86400, "s", "90 d"),
        (534_000, "bytes", "534 kB"),
        (0.188, "percentunit", "18.8 %"),
        (0, "bool_yes_no", "No"),
    ],
)
def test_a_figure_has_its_unit(value: float, unit: str, told: str) -> None:
    assert figure(value, unit) == told


def test_the_highest_threshold_that_was_reached_gives_the_colour() -> None:
    steps: list[dict[str, object]] = [
        {"value": None, "color": "green"},
        {"value": 10, "color": "red"},
    ]
    assert [color(it, steps) for it in (9.9, 10)] == ["green", "red"]
