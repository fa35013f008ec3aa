"""An event on its way: what is said, and when it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from hub.simulation.cast import Voice
from hub.simulation.days import Wall, local_text, utc_text

Own: TypeAlias = Mapping[str, Any]
References: TypeAlias = tuple[Mapping[str, str], ...]

_encode = msgspec.json.Encoder().encode


class Event(Struct):
    """`at` is when it occurred, `logged` when its system wrote it down, `arrival` when it is here.

    `place` is the gemeente or region of the data, `own` its fields besides the common ones.
    """

    voice: Voice
    id: str
    type: str
    at: Wall
    logged: Wall
    arrival: Wall
    place: Own
    own: Own
    references: References = ()

    @property
    def identity(self) -> dict[str, str]:
        """As `replaces`, `retracts` and `concerns` name it."""
        return {"source": self.voice.source, "id": self.id}


def line_of(event: Event) -> bytes:
    """The structured CloudEvent, compact, its keys always in this order."""
    at = event.at
    data = {"occurredAt": local_text(at), **event.place}
    if event.references:
        data["references"] = event.references
    data.update(event.own)
    return _encode(
        {
            "specversion": "1.0",
            "id": event.id,
            "source": event.voice.source,
            "type": f"nl.seintje.{event.type}.v1",
            "time": utc_text(event.logged),
            "datacontenttype": "application/json",
            "data": data,
        }
    )
