"""How long to wait before the other side, or the hub, is asked again. A calculation: chance comes
in, seconds come out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

_MOST_DOUBLINGS: Final = 16
_LONGEST_TOLD: Final = 86_400.0


class Patience(Struct, frozen=True):
    """Seconds of the first pause and of the longest; each is twice the one before, less up to half
    of it by chance. `jitter` gives numbers from 0 to 1."""

    jitter: Callable[[], float]
    first: float = 1.0
    longest: float = 300.0

    def pause(self, failures: int, told: float = 0.0) -> float:
        """Seconds until the next attempt after so many failures in a row (1 or more); `told` is
        what the other side asked for: never earlier."""
        whole = self.first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS)
        pause = min(whole, self.longest) * (0.5 + 0.5 * self.jitter())
        return max(pause, min(told, _LONGEST_TOLD))
