"""A fact → the data of an event, and the event itself: what this hub, its connectors and its
simulator send. `hub.wire.fields` reads the same back into an equal fact.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hub.domain.facts import CATALOGUE, Fact, Identity, SocialCollection
from hub.domain.time import Instant, format_instant

_encode: Final = msgspec.json.Encoder().encode
_OWN_NAMES: Final = {name: row.own.__struct_encode_fields__ for name, row in CATALOGUE.items()}


def data_of(fact: Fact) -> dict[str, Any]:
    """The data as JSON has it, by its published names; what is not there is left out.

    Dates are dates, and an instant is text in UTC.
    """
    return record_of(fact, format_instant(fact.at))


def event_of(fact: Fact, logged_at: Instant) -> bytes:
    """The fact as a structured CloudEvent in JSON."""
    return _encode(
        {
            "specversion": "1.0",
            "id": fact.id,
            "source": fact.source,
            "type": f"nl.seintje.{fact.type}.v1",
            "time": format_instant(logged_at),
            "datacontenttype": "application/json",
            "data": data_of(fact),
        }
    )


def record_of(fact: Fact, occurred_at: str | Instant) -> dict[str, Any]:
    """`data_of`, with `occurredAt` written by the caller."""
    record: dict[str, Any] = {"occurredAt": occurred_at}
    # A fact has "" and () where the wire has nothing.
    if fact.gemeente:
        record["gemeente"] = fact.gemeente
    if fact.region:
        record["region"] = fact.region
    if fact.references:
        record["references"] = [
            {"scheme": scheme, "issuer": issuer, "value": value}
            for scheme, issuer, value in fact.references
        ]
    if fact.replaces is not None:
        record["replaces"] = fact.replaces._asdict()
    if fact.concerns is not None:
        record["concerns"] = fact.concerns._asdict()
    own = zip(_OWN_NAMES[fact.type], msgspec.structs.astuple(fact.own), strict=True)
    record |= {name: _as_object(value) for name, value in own if value is not None}
    return record


def _as_object(value: Any) -> Any:
    """Structs of the catalogue are arrays, for state; on the wire they are objects."""
    if isinstance(value, SocialCollection):
        names = SocialCollection.__struct_encode_fields__
        return dict(zip(names, msgspec.structs.astuple(value), strict=True))
    if isinstance(value, Identity):
        return value._asdict()
    return list(value) if isinstance(value, tuple) else value
