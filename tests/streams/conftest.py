"""A hub in memory for every test that asks for one."""

from collections.abc import Callable, Iterator

import pytest

from hub.domain.parties import Parties
from tests.streams.world import PARTIES, World


@pytest.fixture
def make_world() -> Iterator[Callable[[Parties], World]]:
    made: list[World] = []

    def make(parties: Parties) -> World:
        made.append(World(parties))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: Callable[[Parties], World]) -> World:
    return make_world(PARTIES)
