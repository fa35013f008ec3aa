"""Clocks: where `now` comes from. The only place in the house that reads one.

A clock is the machine's own, or virtual: it begins at an instant that is given and runs so many
times as fast; 0 times stands still (tests), 3600 times plays a year in an afternoon (demo).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from hub.domain.time import Instant, parse_instant

CLOCKS_IN_WORDS: Final = (
    "system, fixed:2024-01-08T23:00:00Z (time stands still), "
    "or from:2024-01-01T00:00:00Z,x3600 (begins there, runs 3600 times as fast)"
)
_FROM: Final = re.compile(r"from:(?P<at>[^,]+)(?:,x(?P<speed>[0-9]{1,6}))?")


class ClockChoice(Struct, frozen=True):
    """Which clock: `begins` None is the machine's own, else virtual time from there on, `speed`
    times as fast as real time."""

    begins: Instant | None = None
    speed: int = 1

    @classmethod
    def parse(cls, text: str) -> ClockChoice:
        """As a setting says it; ValueError with what is allowed."""
        if text == "system":
            return cls()
        if text.startswith("fixed:"):
            return cls(parse_instant(text.removeprefix("fixed:")), 0)
        found = _FROM.fullmatch(text)
        if found is None:
            raise ValueError(CLOCKS_IN_WORDS)
        return cls(parse_instant(found["at"]), int(found["speed"] or 1))


class SystemClock:
    """The clock of this machine."""

    def now(self) -> Instant:
        return time.time_ns() // 1_000_000


class VirtualClock:
    """Begins at `begins` when it is made, and runs `speed` times as fast as `seconds` do."""

    def __init__(self, begins: Instant, speed: int, seconds: Callable[[], float]) -> None:
        self._begins = begins
        self._speed = speed
        self._seconds = seconds
        self._started = seconds()

    def now(self) -> Instant:
        return self._begins + int((self._seconds() - self._started) * 1000 * self._speed)


def clock_of(choice: ClockChoice) -> SystemClock | VirtualClock:
    """The clock that was chosen."""
    if choice.begins is None:
        return SystemClock()
    return VirtualClock(choice.begins, choice.speed, seconds)


def seconds() -> float:
    """Seconds since some moment, for how long something took; it is no `now`."""
    return time.monotonic()
