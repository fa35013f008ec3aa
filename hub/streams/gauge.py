"""How many new notices each party got in the running hour: a storm of them is held back."""

from __future__ import annotations

from hub.domain.parties import Party
from hub.domain.time import Instant


class Gauge:
    """Counts in memory: who starts anew begins at none."""

    def __init__(self) -> None:
        self._hours: dict[str, tuple[int, int]] = {}

    def is_full(self, party: Party, now: Instant) -> bool:
        """Whether it got as many as it can take in this hour."""
        most = party.max_new_notices_per_hour
        hour, told = self._hours.get(party.id, (0, 0))
        return most is not None and hour == hour_of(now) and told >= most

    def count(self, party: Party, now: Instant) -> None:
        """It got one more."""
        hour, told = self._hours.get(party.id, (0, 0))
        self._hours[party.id] = (hour_of(now), told + 1 if hour == hour_of(now) else 1)


def hour_of(now: Instant) -> int:
    """The hour, counted from 1970."""
    return now // 3_600_000
