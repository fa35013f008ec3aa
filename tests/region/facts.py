"""What intake makes of what a thing says; for tests of how systems write it down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hub.domain.facts import Fact
from hub.domain.time import parse_instant
from hub.simulation.event import Event, line_of
from hub.streams.intake import Admission, judge
from hub.wire import cloudevents
from tests.streams.world import PARTIES

_LATE = parse_instant("2030-01-01T00:00:00Z")


def fact_of(event: Event, kind: str | None = None, data: Mapping[str, Any] | None = None) -> Fact:
    """The fact of a thing, without what it corrects; or one under the same name with other data."""
    told = msgspec.json.decode(line_of(event))
    said = told["data"] if data is None else data
    own = {name: value for name, value in said.items() if name != "replaces"}
    type_ = told["type"] if kind is None else f"nl.seintje.{kind}.v1"
    read = cloudevents.decode(msgspec.json.encode({**told, "type": type_, "data": own}))
    assert isinstance(read, cloudevents.Envelope), read
    fact = judge(read, Admission(PARTIES), None, _LATE)
    assert isinstance(fact, Fact), fact
    return fact
