"""A fact as the CloudEvent that the hub takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def event(source: str, id_: str, fact_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A fact of a short type (`lease-signed`) as an event; which fields it has: docs/facts.md.

    `source` is the URN of your party and the name of your system, and `id_` names this fact in that
    system for ever: whoever sends the same fact again uses the same id. Dates may be dates, and
    instants datetimes with their zone.
    """
    return {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": f"nl.seintje.{fact_type}.v1",
        "datacontenttype": "application/json",
        "data": data,
    }
