"""Every query of every dashboard, asked of a real Prometheus that scraped a hub under load.

What the processes of that hub show must give an answer with numbers in it; what they do not show
(roles that it does not have) must give an empty one, and never an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from msgspec import Struct

from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from hub.telemetry.catalogue import FAMILIES
from hub.telemetry.family import Role
from tests.grafana.asking import answer
from tests.grafana.hubs import Watched, embedded, on_kafka
from tests.grafana.reading import Asked, everything_asked, series_behind
from tests.grafana.scraping import Line
from tests.prometheus.prepare import needed

pytestmark = pytest.mark.slow

LOADED_S: Final = 6.0
# In the catalogue, and not made yet by any process. Empties as they are made.
NOT_YET: Final[frozenset[str]] = frozenset()
# What only an event shows that does not come in every hub, by board and panel: here nothing is
# taken over while Prometheus looks.
ONLY_AT_TIMES: Final[frozenset[tuple[str, str]]] = frozenset({("seintje-kafka", "Restore, p95")})

_JOB: Final = re.compile(r'job=~?"(seintje-[^"]+)"')


class Answer(Struct, frozen=True):
    """A query and what came of it."""

    asked: Asked
    lines: Sequence[Line]

    @property
    def is_empty(self) -> bool:
        return not any(it.points for it in self.lines)

    def is_of(self, roles: frozenset[Role]) -> bool:
        """Whether a hub of these roles can have an answer: one of each family is there, and of the
        jobs that the query itself names."""
        jobs = {f"seintje-{it}" for it in roles}
        named = _JOB.findall(self.asked.expr)
        return all(any(re.fullmatch(name, job) for job in jobs) for name in named) and all(
            FAMILIES[it].roles & roles for it in self.families
        )

    @property
    def families(self) -> set[str]:
        behind = series_behind(self.asked.expr)
        return {it.name for it in FAMILIES.values() if behind & {*it.series}}


def answers(watched: Watched) -> list[Answer]:
    return [Answer(it, answer(watched, it)) for it in everything_asked()]


def check(watched: Watched) -> None:
    """Nothing is empty that has something to show, and no list says less than there is."""
    found = answers(watched)
    empty = [
        it.asked
        for it in found
        if it.is_empty
        and it.is_of(watched.roles)
        and not it.families & NOT_YET
        and (it.asked.board, it.asked.panel) not in ONLY_AT_TIMES
    ]
    assert not empty, "\n".join(f"{it}: {it.expr}" for it in empty)
    too_early = [it.asked for it in found if not it.is_empty and it.families & NOT_YET]
    assert not too_early, f"made by now, take them off NOT_YET: {too_early}"


@pytest.fixture(autouse=True)
def _can_be_watched() -> None:
    needed("prometheus")


async def test_every_panel_has_an_answer_of_a_hub_in_one_process(tmp_path: Path) -> None:
    async with embedded(tmp_path, LOADED_S) as watched:
        check(watched)


async def test_every_panel_has_an_answer_of_a_hub_on_kafka(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if not request.config.getoption("--long", default=False):
        pytest.skip("takes a minute: make dashboards-live")
    kafka: Connection = request.getfixturevalue("kafka")
    kafka_names: Names = request.getfixturevalue("kafka_names")
    async with on_kafka(tmp_path, kafka, kafka_names, LOADED_S) as watched:
        check(watched)
