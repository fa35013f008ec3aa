"""Makes events that a hub takes in out of events that are only well-formed (see `fuzzing`).

For requests that are meant to be good: the party that asks, its gemeente, and a day that was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import schemathesis
from schemathesis.hooks import HookContext

from hub.gateway.openapi.examples import LEASE_SIGNED

_OURS: Final[Mapping[str, object]] = {"occurredAt": "2026-03-01", "gemeente": "0988"}


@schemathesis.hook
def map_body(_context: HookContext, body: Any) -> Any:
    events = body if isinstance(body, list) else [body]
    return [_taken(it) for it in events] if isinstance(body, list) else _taken(body)


def _taken(event: Any) -> Any:
    if not isinstance(event, dict) or not isinstance(event.get("data"), dict):
        return event
    data = event["data"]
    known = {name: it for name, it in _OURS.items() if name in data}
    known |= {"references": LEASE_SIGNED["data"]["references"]} if "references" in data else {}
    return {**event, "source": LEASE_SIGNED["source"], "data": data | known}
