"""Records as they were emitted: views are CloudEvents with Avro data on Kafka, all else is as it
was (`hub.streams.kafka.dressing`).

Schemas that stand in a registry are asked for on the event loop, before the thread that writes
needs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from hub.domain.refusals import Refused
from hub.errors import Misconfigured
from hub.streams.kafka.registry import SETTING, Registry
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from hub.wire import alert_views
from hub.wire.avro import CONFLUENT, SchemaById, Schemas
from hub.wire.kafka_records import AVRO, CONTENT_TYPE

_AVRO: Final = AVRO.encode()


class Undressing:
    """Undresses records; `registry` None: there is none, and no record may need it."""

    def __init__(self, schemas: Schemas, registry: Registry | None) -> None:
        self._schemas = schemas
        self._registry = registry
        self._texts: dict[int, str] = {}

    async def learn(self, emits: Iterable[Emit]) -> None:
        """Have the schemas that these need. Unavailable: the registry is away."""
        ids = {
            int.from_bytes(emit.value[1:5], "big")
            for emit in emits
            if _is_view(emit) and emit.value and emit.value.startswith(CONFLUENT)
        }
        unknown = sorted(ids - self._texts.keys())
        if not unknown:
            return
        if self._registry is None:
            told = "views are written with the ids of a registry; write where that is"
            raise Misconfigured(SETTING, told)

        def look_up(find: SchemaById) -> Sequence[str | None]:
            return [find(it) for it in unknown]

        texts = zip(unknown, await self._registry.ask(look_up), strict=True)
        self._texts |= {number: text for number, text in texts if text is not None}

    def __call__(self, emit: Emit) -> Emit:
        """The emit; ValueError for a view that cannot be read."""
        if not _is_view(emit) or emit.value is None:
            return emit
        view = alert_views.read(emit.value, self._schemas, self._texts.get)
        if isinstance(view, Refused):
            raise ValueError(view.slug.value)
        return replace(emit, value=view)


def _is_view(emit: Emit) -> bool:
    return emit.stream.startswith(OUT) and emit.headers.get(CONTENT_TYPE) == _AVRO
