"""What is read of households, and how that is logged: the same for both roles that answer parties.
They differ in the log alone."""

from __future__ import annotations

from typing import Protocol

from hub.domain.agreement import Agreements
from hub.domain.parties import Parties
from hub.keys import Keys
from hub.reading.households import Households
from hub.reading.model import Reading
from hub.reading.readings import Readings
from hub.streams.bell import Bell
from hub.streams.seam import Clock, FactLog


class _Hub(Protocol):
    @property
    def agreements(self) -> Agreements: ...

    @property
    def parties(self) -> Parties: ...

    @property
    def keys(self) -> Keys: ...

    @property
    def reading(self) -> Reading: ...

    @property
    def clock(self) -> Clock: ...


def readings_of(hub: _Hub, log: FactLog, bell: Bell) -> Readings:
    """`log` appends to the stream of disclosures, `bell` rings when its read model has more."""
    households = Households(hub.agreements, hub.parties, hub.keys)
    return Readings(hub.reading, households, log, bell, hub.clock)
