"""Whose key a hub on Kafka has: the first process to start says so, and others must have the same.

With another key a worker would keep state that nobody else can read, under names that nobody else
would find; so the fingerprint of the key stands among the settings, and is compared at each start.
"""

from __future__ import annotations

from typing import Final

from hub.errors import Misconfigured
from hub.keys import Keys
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.names import SETTINGS
from hub.streams.kafka.streams import KafkaLog, KafkaOutbox
from hub.streams.seam import Emit

_KEY: Final = b"hub/key"
_MOST: Final = 1_000_000  # settings: more than any hub has


async def claim(brokers: Brokers, keys: Keys) -> None:
    """Say whose key this hub has, if nobody did before. Misconfigured: it has another.

    Unavailable: try again. Of two that start at once the first that wrote is right.
    """
    owner = await _owner(brokers)
    if owner is None:
        log = KafkaLog(brokers)
        try:
            await log.start()
            await log.append(SETTINGS, [Emit(SETTINGS, _KEY, keys.fingerprint.encode())])
        finally:
            await log.close()
        owner = await _owner(brokers)
    if owner not in (None, keys.fingerprint):
        told = (
            f"this hub ({brokers.names.prefix}) has key {owner}, and this file holds"
            f" {keys.fingerprint}; write the key file that its other workers and gateways have"
        )
        raise Misconfigured("SEINTJE_KEY_FILE", told)


async def _owner(brokers: Brokers) -> str | None:
    """The fingerprint that was said first."""
    settings = await KafkaOutbox(brokers).read(SETTINGS, None, _MOST, 0.0)
    said = (it.value for it in settings if it.key == _KEY and it.value is not None)
    return next((value.decode("ascii", "replace") for value in said), None)
