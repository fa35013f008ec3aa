"""The event streams that are open, counted for each party.

An open stream costs memory and look-ups for as long as it lasts, so a party has a few at once and
no more. Each process counts its own.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from hub.gateway.problems import Declined, Trouble

MOST: Final = 20
HEARTBEAT_SECONDS: Final = 15.0  # proxies cut what is silent for a minute, some for thirty seconds

_RETRY_AFTER_SECONDS: Final = 5


class OpenStreams:
    """How many streams each party has open, at most `most`, and how long one may be silent."""

    def __init__(self, most: int = MOST, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self.heartbeat_seconds = heartbeat_seconds
        self._most = most
        self._of: Counter[str] = Counter()

    def open(self, party: str) -> None:
        """One more, to be closed by `close`. Declined when the party has too many."""
        if self._of[party] >= self._most:
            later = {"Retry-After": str(_RETRY_AFTER_SECONDS)}
            raise Declined(Trouble.TOO_MANY_STREAMS, headers=later)
        self._of[party] += 1

    def close(self, party: str) -> None:
        self._of[party] -= 1
