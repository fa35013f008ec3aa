"""Alerts to a sink: what it will never take is kept and told, and the next one follows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import pytest

from connectors.kept import Kept
from connectors.metrics import Metrics
from connectors.seam import Connector, Undeliverable
from connectors.telling import Teller
from hub.client import Alert, AsyncClient
from hub.domain.time import Instant, parse_instant
from hub.errors import Unavailable
from tests.client.site import FEW

NOW: Final = parse_instant("2024-03-01T12:00:00Z")


class Picky:
    """A sink that does with each alert what a test wrote down for it."""

    name = "tasks"

    def __init__(self, **does: Exception) -> None:
        self.took: list[str] = []
        self._does = does

    async def deliver(self, alert: Alert, now: Instant) -> None:
        if alert.alert_id in self._does:
            raise self._does[alert.alert_id]
        self.took.append(alert.alert_id)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    kept = Kept(tmp_path / "state")
    yield kept
    kept.close()


async def alerts(*ids: str) -> AsyncIterator[Alert]:
    for id_ in ids:
        yield Alert(alert_id=id_, revision=2, status="open", rule="nuisance", severity="medium")


async def told(kept: Kept, sink: Picky) -> str:
    """After three alerts were told: the metrics."""
    metrics = Metrics(kept)
    metrics.start(Connector(sinks=(sink,)))

    async def at_once(_part: str, work: Callable[[], Awaitable[None]]) -> None:
        await work()

    async with AsyncClient("http://127.0.0.1:9", "key", None, FEW, asyncio.sleep) as client:
        teller = Teller(sink, client, kept, metrics)
        assert await teller.tell(alerts("a", "b", "c"), lambda: NOW, at_once) == 3
    return metrics.exposition().decode()


async def test_what_it_will_never_take_is_a_dead_letter_and_the_next_one_follows(
    kept: Kept,
) -> None:
    sink = Picky(b=Undeliverable("it is too large; look in the console"))
    shown = await told(kept, sink)
    assert sink.took == ["a", "c"]
    [letter] = kept.dead_letters()
    assert (letter.source, letter.where) == ("tasks", "b, revision 2")
    assert letter.why == "it is too large; look in the console"
    assert msgspec.json.decode(letter.raw, type=Alert).alert_id == "b"
    assert 'delivered_total{outcome="undeliverable",sink="tasks"} 1.0' in shown
    assert 'delivered_total{outcome="delivered",sink="tasks"} 2.0' in shown


async def test_what_it_cannot_take_now_is_no_dead_letter_and_nothing_overtakes_it(
    kept: Kept,
) -> None:
    sink = Picky(b=Unavailable("it is away"))
    with pytest.raises(Unavailable):
        await told(kept, sink)
    assert sink.took == ["a"]
    assert kept.dead_letters() == []
