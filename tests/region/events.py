"""What is said, as the events of a gemeente: its own types for what has a zaak there, with the
mapping file of each, and Seintje facts for the rest (docs/connectors/cloudevents.md). Pure.

An event of its own says how a thing is now: one that was corrected is told again under the same
number, one that was removed as `vervallen`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hub.simulation.days import local_text, utc_text
from hub.simulation.event import Event, line_of
from tests.region.life import Said
from tests.region.zaken import SORTS

_PREFIX: Final = "nl.roermond.zaak."
_STANDS: Final = "geldt"
_GONE: Final = "vervallen"


def event_of(said: Said, before: Event | None) -> Mapping[str, Any]:
    """The event that tells it; `before` is what the thing said until now."""
    event = said.now or before
    assert event is not None
    if not is_own(event):
        told: dict[str, Any] = msgspec.json.decode(line_of(said.fact))
        return told
    sort = SORTS[event.type]
    own = {name: event.own.get(field) for name, field in sort.eigenschappen.items()}
    names = {it["scheme"]: it for it in event.references}
    data = {
        "nummer": said.thing,
        "stand": _GONE if said.now is None else _STANDS,
        "tijdstip": local_text(event.at),
        "dossier": names["dossier"]["value"],
        "aanduiding": "contract" if "lease" in names else "dossier",
        "contract": names.get("lease"),
        **own,
    }
    return {
        "specversion": "1.0",
        "id": said.fact.id,
        "source": event.voice.source,
        "type": _PREFIX + sort.name.lower(),
        "time": utc_text(said.fact.logged),
        "datacontenttype": "application/json",
        "data": data,
    }


def is_own(event: Event) -> bool:
    """Whether the gemeente has a type of its own for it: by its dossier, with or without lease."""
    schemes = [it["scheme"] for it in event.references]
    return event.type in SORTS and "dossier" in schemes and "address" not in schemes


def mapping(gemeente: str, party: str) -> bytes:
    """The mapping file for its own types."""
    events = {
        _PREFIX + sort.name.lower(): {
            "key": ["nummer"],
            "facts": [_fact(kind, gemeente, party, with_lease=it) for it in (False, True)],
        }
        for kind, sort in SORTS.items()
    }
    return msgspec.yaml.encode({"events": events})


def _fact(kind: str, gemeente: str, party: str, *, with_lease: bool) -> dict[str, Any]:
    paths = {"tijdstip": "occurredAt", "dossier": "references[0].value"}
    constants = {
        "gemeente": gemeente,
        "references[0].scheme": "dossier",
        "references[0].issuer": party,
    }
    if with_lease:
        paths |= {
            "contract.issuer": "references[1].issuer",
            "contract.value": "references[1].value",
        }
        constants["references[1].scheme"] = "lease"
    return {
        "type": kind,
        "only": {"stand": [_STANDS], "aanduiding": ["contract" if with_lease else "dossier"]},
        "paths": paths | dict(SORTS[kind].eigenschappen),
        "constants": constants,
    }
