"""A region that lived at a desk: its facts are in, and everything was looked at."""

from __future__ import annotations

from collections.abc import Iterable

from hub.domain.facts import Fact
from hub.streams.entries import entry_of
from tests.gateway.desk import Desk


async def lived(desk: Desk, facts: Iterable[Fact]) -> list[tuple[str, str]]:
    """Take the facts of households in; every party with each of its handles."""
    hub = desk.hub
    for fact in facts:
        if fact.gemeente and not fact.is_regional:
            await hub.reception.log.append("facts", [entry_of(fact, hub.keys).emit])
    await hub.settled()
    return hub.reading.ask(
        lambda it: it.execute("SELECT party, handle FROM read_household").fetchall()
    )
