"""What never goes out, and is not kept on its way: a fact in which a burgerservicenummer stands.

The hub refuses it as well. But until the hub is there it would lie in our outbox, and in the spool
of the client. A reference is left to the hub, which knows what the numbers of each party look like;
so is everything else that is wrong with a fact. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hub.wire.bsn import find_bsn

_MOMENTS: Final = ("occurredAt", "upTo")  # a fraction of a second may have nine digits


def why_withheld(event: Mapping[str, Any]) -> str | None:
    """Why an event does not go out and how to mend it, without its digits; None: it may."""
    data = event.get("data")
    own = {name: it for name, it in event.items() if name not in ("data", "time")}
    # As at the hub: in the name of a party there may be nine digits, in that of its system not.
    own["source"] = str(event.get("source", "")).rpartition(":systeem:")[2]
    found = find_bsn(own, "event") + find_bsn(data, "data", frozenset(_left_to_hub(data)))
    if not found:
        return None
    places = ", ".join(f"`{it.path}`" for it in found)
    return f"a burgerservicenummer stands in {places}, and it is not passed on; take it out"


def _left_to_hub(data: object) -> Iterator[str]:
    if not isinstance(data, Mapping):
        return
    yield from (f"data.{name}" for name in _MOMENTS)
    references = data.get("references")
    if isinstance(references, list | tuple):
        yield from (f"data.references[{place}].value" for place in range(len(references)))
