"""The region as a stream of lines in order of arrival.

A household is told whole on the day before anything of it can arrive; its lines then wait in
`Post`. So memory holds the lines that are underway, compressed, and never all households.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from msgspec import Struct

from hub.domain.time import Instant
from hub.simulation.cast import the_cast
from hub.simulation.days import DAY, HOUR, Day, Wall, instant, midnight, shifted
from hub.simulation.event import Event, line_of
from hub.simulation.faults import Fault
from hub.simulation.household import Window
from hub.simulation.life import LEAD_DAYS, Plan, life_of
from hub.simulation.post import Post
from hub.simulation.region import dwellings_of, regional

START: Final = date(2024, 1, 1)
NO_FAULTS: Final = frozenset[Fault]()
# How far back the first load may reach; all of it arrives in the first hour of the first day.
_HISTORY: Final = 1000 * DAY


class Arrival(NamedTuple):
    """A line, and the instant at which it arrives."""

    at: Instant
    line: bytes


class Region(Struct, frozen=True):
    """What decides every byte of a simulated region."""

    households: int
    months: int
    seed: int
    faults: frozenset[Fault] = NO_FAULTS
    start: date = START

    @property
    def window(self) -> Window:
        opens = self.start.toordinal()
        return Window(opens, shifted(opens, self.months) + self.start.day - 1)

    def arrivals(self) -> Iterator[Arrival]:
        """Every line of the region, in order of arrival."""
        window, post, days = self.window, Post(), self._by_day()
        plan, cast = Plan(self.seed, window), the_cast()
        _send(post, window, list(regional(cast, window, self.seed)))
        for day in range(window.opens, window.closes):
            for index in days.pop(day, ()):
                home = life_of(index, plan, cast)
                _send(post, window, [*home.events, *dwellings_of(home, self.seed)])
            for wall, line in post.take(day):
                yield Arrival(instant(wall), line)

    def _by_day(self) -> dict[Day, array[int]]:
        """The households by the day on which their telling must have begun."""
        window, plan = self.window, Plan(self.seed, self.window)
        days: dict[Day, array[int]] = {}
        for index in range(self.households):
            day = max(plan.start_of(index) - LEAD_DAYS, window.opens)
            days.setdefault(day, array("L")).append(index)
        return days


def simulate(
    households: int,
    months: int,
    seed: int,
    faults: frozenset[Fault] = NO_FAULTS,
    start: date = START,
) -> Iterator[bytes]:
    """One structured CloudEvent a line (without line feed), in order of arrival.

    Equal arguments give equal bytes. A region of more households holds every line of the smaller
    one, in the same order. Everything occurs before `start` + `months`.
    """
    for arrival in Region(households, months, seed, faults, start).arrivals():
        yield arrival.line


def _send(post: Post, window: Window, events: list[Event]) -> None:
    opens, closes = midnight(window.opens), midnight(window.closes)
    for event in events:
        if event.logged < closes:
            post.put(_arrival_within(event.arrival, opens, closes), line_of(event))


def _arrival_within(arrival: Wall, opens: Wall, closes: Wall) -> Wall:
    """History arrives in the first hour, oldest first; what is late for the end, at the end."""
    first_hour_ends = opens + 7 * HOUR
    if arrival < first_hour_ends:
        return first_hour_ends - max(first_hour_ends - arrival, 0) * HOUR // _HISTORY
    return min(arrival, closes - 1)
