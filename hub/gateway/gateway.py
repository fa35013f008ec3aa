"""What every call of the gateway works with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from msgspec import Struct, field

from hub.delivery.shelf import Shelf
from hub.domain.parties import Parties
from hub.gateway.identity.identity import Identity
from hub.gateway.limits import Limits
from hub.gateway.open_streams import OpenStreams
from hub.gateway.receivers import Receivers
from hub.gateway.reception import Reception
from hub.keys import Keys
from hub.reading.households import Households
from hub.reading.model import Reading
from hub.reading.readings import Readings
from hub.streams.seam import Clock, Outbox
from hub.telemetry.metrics import Metrics
from hub.telemetry.spans import UNTRACED, Tracing


class Gateway(Struct, frozen=True, eq=False):
    """The parts of the hub that a request may reach.

    `stalls` says why the hub does not live, `obstacles` why it cannot accept; nothing is good.
    `stopping` ends those who wait. `numbered_by` is what positions are of: elsewhere the same
    number is another place. Empty where positions move along (`seintje state import`).
    `shelf` is where subscriptions are written, and `keys` seals what is secret of them; `receivers`
    are those to which they may send. `open_streams` are the event streams of this process, `limits`
    what its parties may ask of it. `identity` knows who calls. What is shown of a household comes
    from `readings`.
    """

    parties: Parties
    reading: Reading
    readings: Readings
    reception: Reception
    outbox: Outbox
    clock: Clock
    metrics: Metrics
    stalls: Callable[[], Sequence[str]]
    obstacles: Callable[[], Sequence[str]]
    stopping: asyncio.Event
    shelf: Shelf
    keys: Keys
    receivers: Receivers
    numbered_by: Callable[[], str] = str
    tracing: Tracing = UNTRACED
    open_streams: OpenStreams = field(default_factory=OpenStreams)
    identity: Identity = field(default_factory=Identity)
    limits: Limits = field(default_factory=Limits)

    @property
    def households(self) -> Households:
        """Found by a reference, or worked with and not shown."""
        return self.readings.households
