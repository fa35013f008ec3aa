"""`seintje` with a mistake in it, for tests only: `python -m` this in place of `hub`.

`POISON`: correlation raises at the fact with this id, with the whole fact in the text of what it
raises. `LEAK`: intake tells the id of each event, under a key that is allowed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import structlog

from hub.cli.app import run
from hub.compose import embedded
from hub.domain.facts import Fact
from hub.domain.parties import Party
from hub.domain.time import Instant
from hub.gateway.reception import Event, Received, Reception
from hub.streams.correlate import Correlate
from hub.streams.seam import Effects, Record, State
from hub.wire.state import decode_fact


class Poisoned(Correlate):
    """Correlates, and raises at one fact."""

    def take(
        self, state: State, batch: Sequence[Record], now: Instant, *, more: bool = False
    ) -> Effects:
        effects = super().take(state, batch, now, more=more)
        for fact in (decode_fact(it.value, self._party_of) for it in batch):
            if fact.id == os.environ.get("POISON"):
                raise _told_of(fact)
        return effects


class Leaking(Reception, frozen=True, eq=False):
    """Takes events in, and tells their ids."""

    async def receive(self, events: Sequence[Event], sender: Party | None) -> list[Received]:
        for it in events:
            structlog.get_logger("leak").info("taken in", says=getattr(it, "id", ""))
        return await super().receive(events, sender)


def _told_of(fact: Fact) -> Exception:
    return ValueError(f"cannot be: {fact!r} {fact.references!r}")


if __name__ == "__main__":
    vars(embedded)["Correlate"] = Poisoned
    if os.environ.get("LEAK"):
        vars(embedded)["Reception"] = Leaking
    run(sys.argv[1:], os.environ)
