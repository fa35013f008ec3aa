"""The region as a stream of lines in order of arrival.

A household is told whole on the day before anything of it can arrive; its lines then wait in
`Post`. So memory holds the lines that are underway, compressed, and never all households.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from msgspec import Struct

from hub.domain.time import Instant
from hub.simulation.cast import the_cast
from hub.simulation.chance import Chance, Name
from hub.simulation.days import DAY, HOUR, Day, Wall, instant, midnight, shifted
from hub.simulation.event import Event, line_of
from hub.simulation.faults import Fault, struck
from hub.simulation.household import Window
from hub.simulation.life import LEAD_DAYS, Plan, life_of
from hub.simulation.post import Post
from hub.simulation.region import dwellings_of, regional
from hub.simulation.spoiling import bad_lines

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

    def arrivals(self, besides: Sequence[Event] = ()) -> Iterator[Arrival]:
        """Every line of the region and of what happens `besides`, in order of arrival."""
        window, post, days = self.window, Post(), self._by_day()
        plan, cast, at = Plan(self.seed, window), the_cast(), 0
        self._send([*regional(cast, window, self.seed), *besides], "region", post, window.opens)
        for day in range(window.opens, window.closes):
            for index in days.pop(day, ()):
                home = life_of(index, plan, cast)
                events = [*home.events, *dwellings_of(home, self.seed)]
                self._send(events, index, post, day)
            for wall, line in post.take(day):
                at = max(at, instant(wall))  # in the night in which the clock is changed
                yield Arrival(at, line)

    def _by_day(self) -> dict[Day, array[int]]:
        """The households by the day on which their telling must have begun."""
        window, plan = self.window, Plan(self.seed, self.window)
        days: dict[Day, array[int]] = {}
        for index in range(self.households):
            day = max(plan.start_of(index) - LEAD_DAYS, window.opens)
            days.setdefault(day, array("L")).append(index)
        return days

    def _send(self, events: list[Event], name: Name, post: Post, today: Day) -> None:
        """Post what has been logged before the window closes, as the faults leave it."""
        window, closes = self.window, midnight(self.window.closes)

        def chance_of(fault: Fault) -> Chance:
            return Chance(self.seed, fault.value, name)

        sound = struck(events, self.faults, chance_of)
        for event in sound:
            if event.logged < closes:
                post.put(_arrival_within(event.arrival, today, window), line_of(event))
        if Fault.BAD in self.faults:
            # Faults add at the end, so the first are the events themselves, moved or not.
            for arrival, line in bad_lines(sound[: len(events)], chance_of(Fault.BAD)):
                if midnight(today + 1) <= arrival < closes:
                    post.put(arrival, line)


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


def _arrival_within(arrival: Wall, today: Day, window: Window) -> Wall:
    """What is older than its telling arrives in the first hour, oldest first; nothing is lost.

    So the region begins with its history, and what would come too late comes at the end.
    """
    opened = midnight(today) + 7 * HOUR
    if arrival < opened:
        return max(opened - (opened - arrival) * HOUR // _HISTORY, opened - HOUR)
    return min(arrival, midnight(window.closes) - 1)
