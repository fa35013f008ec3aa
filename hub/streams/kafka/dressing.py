"""How emits are written on Kafka: views as CloudEvents with Avro data, all else as it is.

The schema id that a registry gave, if there is one, is asked for once, before the first emit.
"""

from __future__ import annotations

from hub.domain.time import Instant
from hub.streams.kafka.brokers import Written, plain
from hub.streams.kafka.registry import Registry
from hub.streams.revisions import OUT
from hub.streams.seam import Clock, Emit
from hub.wire.alert_views import SCHEMA, Address, written
from hub.wire.avro import Schemas


class Dressing:
    """Dresses emits; `registry` None writes single-object encoding, which needs none."""

    def __init__(self, schemas: Schemas, registry: Registry | None, clock: Clock) -> None:
        self._schemas = schemas
        self._registry = registry
        self._clock = clock
        self._schema_id: int | None = None

    async def start(self) -> None:
        """Have our schemas in the registry. Unavailable, or Misconfigured where it refuses one."""
        if self._registry is not None:
            ids = await self._registry.publish(self._schemas.by_name.values())
            self._schema_id = ids[SCHEMA]

    def __call__(self, emit: Emit) -> Written:
        return self.as_of(self._clock.now(), emit)

    def as_of(self, at: Instant, emit: Emit) -> Written:
        """What was emitted at another instant."""
        if not emit.stream.startswith(OUT) or emit.value is None:
            return plain(emit)
        address = Address(emit.stream.removeprefix(OUT), at, self._schema_id)
        sent = written(emit.value, address, self._schemas)
        return [*sent.headers, *emit.headers.items()], sent.value
