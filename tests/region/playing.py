"""Playing a life to the systems of a region: each hears what is said when it is said, connectors
have their turns some times a day, and case workers look at noon."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from hub.domain.time import HOUR_MS, Instant, local_date, start_of_day
from tests.region.acting import Desk
from tests.region.channels import Way
from tests.region.life import Life, Said
from tests.region.mirror import Mirror
from tests.region.stage import Stage

# From midnight. At noon case workers act; the file of the night is there by seven.
_TURNS: Final = (7, 12, 19)
_NOON: Final = 12

Tell = Callable[[Instant, int], None]


class Playing(Struct, frozen=True):
    """What it takes to play: the hub, the ways to it, who acts, and the life as it should be."""

    stage: Stage
    ways: Sequence[Way]
    desks: Mapping[str, Desk]
    mirror: Mirror

    async def play(self, life: Life, tell: Tell) -> None:
        """The whole life. `tell` hears at each turn until when it was played, and how much."""
        said, played = list(life.said), 0
        for turn, is_noon in _turns(life):
            while played < len(said) and said[played].at <= turn:
                await self._hear(said[played])
                played += 1
            self.stage.go_to(turn)
            await self._turn()
            if is_noon:
                await self._act(turn)
            tell(turn, played)
        await self._turn()  # what was done at the very end is told as well

    async def _hear(self, said: Said) -> None:
        self.stage.go_to(said.at)
        self.mirror.hear(said)
        way = next(it for it in self.ways if it.takes(said))
        await way.hear(said)

    async def _turn(self) -> None:
        """The hub has done what was due by now; then everything that lies between systems and hub
        has its turn, and the hub sees it all."""
        await self.stage.settled()
        for way in self.ways:
            await way.turn()
        await self.stage.settled()

    async def _act(self, now: Instant) -> None:
        deeds = []
        for desk in self.desks.values():
            await desk.look(now)
        for desk in self.desks.values():
            deeds += await desk.act(now)
        await self.mirror.hear_acts(deeds, now)
        await self.stage.settled()


def _turns(life: Life) -> Iterator[tuple[Instant, bool]]:
    """The instants of the turns, the last one at the end of the life; and which are at noon."""
    day = local_date(life.begins)
    while (midnight := start_of_day(day)) < life.ends:
        for hour in _TURNS:
            if life.begins <= (at := midnight + hour * HOUR_MS) < life.ends:
                yield at, hour == _NOON
        day += timedelta(days=1)
    yield life.ends, False
