"""What delivering is made of, in a hub in one process and in the role that delivers."""

from __future__ import annotations

import asyncio
from random import Random

from hub.delivery.line import Until
from hub.delivery.way import Way
from hub.domain.time import NEVER, Instant
from hub.guard import Guard
from hub.outbound import trusting
from hub.settings import Settings
from hub.streams.seam import Clock

_LOOK_SECONDS = 1.0  # the clock may run faster than ours, or be set


def way_of(settings: Settings) -> Way:
    """How receivers are called. Misconfigured: our certificate cannot be used."""
    tls = trusting(settings.client_certificate, settings.client_key)
    return Way(settings.origin, Guard(settings.allowed_networks), tls)


def chance() -> Random:
    """Where jitter comes from."""
    return Random()  # it spreads attempts, and hides nothing


def until_of(clock: Clock) -> Until:
    """Waits for instants of this clock. When it is put back, whoever waits is to look again."""

    async def until(instant: Instant) -> None:
        before = NEVER
        while 0 < (left := instant - clock.now()) <= before:
            before = left
            await asyncio.sleep(min(left / 1000, _LOOK_SECONDS))

    return until
