"""The party's alerts, to a sink: in order, each until it is delivered.

How far it came is in the state file of the client, written when the sink has the alert and not
before: a crash in between delivers it once more, never less. What the other side will never take is
a dead letter, and the next one follows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import msgspec

from connectors.kept import Kept
from connectors.metrics import Metrics
from connectors.refusals import told_no
from connectors.seam import Sink, Undeliverable, Unmapped
from hub.client import Alert, AsyncClient, Declined
from hub.domain.time import Instant

Patiently: TypeAlias = Callable[[str, Callable[[], Awaitable[None]]], Awaitable[None]]
"""Does something for a part by name, and again until it works."""


class Teller:
    """Brings alerts to one sink."""

    def __init__(self, sink: Sink, client: AsyncClient, kept: Kept, metrics: Metrics) -> None:
        self.sink = sink
        self._client, self._kept, self._metrics = client, kept, metrics

    async def tell(
        self, alerts: AsyncIterator[Alert], now: Callable[[], Instant], patiently: Patiently
    ) -> int:
        """Deliver these; how many there were. Unavailable: the hub is away. Misconfigured: it does
        not accept the key."""
        found = 0
        async for alert in _of_hub(alerts):

            async def deliver(alert: Alert = alert) -> None:
                await self._deliver(alert, now())

            await patiently(self.sink.name, deliver)
            found += 1
        return found

    def follow(self) -> AsyncIterator[Alert]:
        """What changes, for ever."""
        return self._client.follow()

    def catch_up(self) -> AsyncIterator[Alert]:
        """What changed until now."""
        return self._client.catch_up()

    async def _deliver(self, alert: Alert, now: Instant) -> None:
        where = f"{alert.alert_id}, revision {alert.revision}"
        try:
            await self.sink.deliver(alert, now)
        except Undeliverable as error:
            letter = Unmapped(where, str(error), msgspec.json.encode(alert))
            self._kept.bury(self.sink.name, letter, now)
            self._metrics.delivered(self.sink.name, undeliverable=True)
        else:
            self._metrics.delivered(self.sink.name)


async def _of_hub(alerts: AsyncIterator[Alert]) -> AsyncIterator[Alert]:
    try:
        async for alert in alerts:
            yield alert
    except Declined as declined:
        raise told_no(declined) from declined
