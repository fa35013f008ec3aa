"""A quota: so many units at once, and the same number again over a while (GCRA).

What was spent comes back evenly, so there is no moment at which everybody begins anew. All there is
to remember of who spends is one instant: when everything will have come back. Pure: time comes in,
in seconds of any clock that only goes forward.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from msgspec import Struct

# Sums of floats: a unit that has come back within this much has come back.
_TOLERANCE: Final = 1e-6


class Quota(Struct, frozen=True):
    """At most `units` at once; spent, all of them have come back after `seconds`."""

    units: int
    seconds: int

    @property
    def each(self) -> float:
        """The seconds in which one unit comes back."""
        return self.seconds / self.units


class Spent(NamedTuple):
    """What became of a wish to spend: when all will have come back, and what is left.

    `wait` None: it was spent. Else nothing was, and so many seconds later it can be; infinity for
    what is more than the quota will ever hold.
    """

    whole_at: float
    left: int
    wait: float | None = None


def spend(quota: Quota, whole_at: float, units: int, now: float) -> Spent:
    """Spend so many units, all of them or none. `whole_at` is what was remembered; any instant
    that has passed for who never spent."""
    owed = max(0.0, whole_at - now)
    spent = owed + units * quota.each
    if spent <= quota.seconds + _TOLERANCE:
        return Spent(now + spent, _left(quota, spent))
    wait = spent - quota.seconds if units <= quota.units else math.inf
    return Spent(whole_at, _left(quota, owed), wait)


def _left(quota: Quota, owed: float) -> int:
    return max(0, math.floor((quota.seconds - owed + _TOLERANCE) / quota.each))
