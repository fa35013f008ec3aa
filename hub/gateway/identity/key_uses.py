"""When each API key was last used, to the hour.

Kept in memory and written now and then (`due`), so that a request writes nothing. What was not
written when a process is killed is lost: it tells an operator which key can go, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.domain.time import HOUR_MS, Instant


class KeyUses:
    """Uses by the digest of the key."""

    def __init__(self) -> None:
        self._seen: dict[str, Instant] = {}
        self._written: dict[str, Instant] = {}

    def note(self, digest: str, now: Instant) -> None:
        """A key was used."""
        self._seen[digest] = now - now % HOUR_MS

    def due(self) -> Mapping[str, Instant]:
        """What was not written yet."""
        return {it: at for it, at in self._seen.items() if self._written.get(it) != at}

    def written(self, uses: Mapping[str, Instant]) -> None:
        """These were written."""
        self._written |= uses
