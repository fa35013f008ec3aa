"""A connector at work: each part at its own pace, with longer pauses while something is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest

from connectors.kept import Kept
from connectors.metrics import RECEIPTS, Metrics
from connectors.pacing import Way, patiently
from connectors.patience import Patience
from connectors.publishing import Publisher
from connectors.pulse import LONGEST_S, Pulse
from connectors.running import Runner
from connectors.seam import INBOX, Connector, NotYet, Page
from hub.client import AsyncClient
from hub.domain.time import Instant, parse_instant
from hub.errors import Bug, Misconfigured, Unavailable
from tests.client.site import FEW, Naps
from tests.streams.world import StillClock

NOW: Final = parse_instant("2024-03-01T12:00:00Z")
ADDRESS: Final = "http://127.0.0.1:9"


class Script:
    """A source that does what a test wrote down, and then has nothing more."""

    def __init__(self, name: str, *does: Exception | None) -> None:
        self.name = name
        self.reads = 0
        self._does = list(does)

    async def read(self, cursor: str | None, now: Instant) -> Page:
        self.reads += 1
        if self._does and (error := self._does.pop(0)) is not None:
            raise error
        return Page((), "1", is_last=True)


class Stands(Script):
    """A source of which the other side never answers."""

    async def read(self, cursor: str | None, now: Instant) -> Page:
        self.reads += 1
        await asyncio.Event().wait()
        raise AssertionError("it never ends")


class Rounds(Script):
    """A source that says for ever that there is more, and gives the same."""

    async def read(self, cursor: str | None, now: Instant) -> Page:
        self.reads += 1
        return Page((), "1", is_last=False)


class Restless:
    """An errand that is always due."""

    name = "errand"

    async def run(self, now: Instant) -> Instant | None:
        return now


class Work:
    """A runner whose pauses are noted and end when the test lets them."""

    def __init__(
        self,
        kept: Kept,
        client: AsyncClient,
        *sources: Script,
        errands: tuple[Restless, ...] = (),
        longest: float = LONGEST_S,
    ) -> None:
        self.kept = kept
        self.said: list[dict[str, object]] = []
        self.pauses: list[float] = []
        self.metrics = Metrics(kept)
        self.ticks = 0.0
        self.pulse = Pulse(lambda: self.ticks, longest)
        publisher = Publisher(kept, client, self.metrics)
        connector = Connector(sources=sources, errands=errands)
        source = "urn:nld:kvknr:90000001:systeem:primair"
        self.runner = Runner(connector, (kept, self.metrics), publisher, source)

    def way(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> Way:
        def say(event: str, **told: object) -> None:
            self.said.append({"event": event, **told})

        return Way(lambda: NOW, pause, Patience(lambda: 1.0), say, self.pulse)

    async def run(self, pauses: int) -> None:
        """Until so many pauses were taken; 0: the first of them never ends."""
        enough = asyncio.Event()

        async def pause(seconds: float) -> None:
            task = asyncio.current_task()
            if task is not None and task.get_name() == RECEIPTS:
                await asyncio.Event().wait()  # that has a pace of its own
            self.pauses.append(seconds)
            if not pauses:
                await asyncio.Event().wait()
            if len(self.pauses) >= pauses:
                enough.set()
                await asyncio.Event().wait()

        running = asyncio.create_task(self.runner.run([], 60.0, self.way(pause)))
        await enough.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


Worker = Callable[..., Work]


@pytest.fixture
async def work(tmp_path: Path) -> AsyncIterator[Worker]:
    kept = Kept(tmp_path / "state")
    async with AsyncClient(ADDRESS, "key", tmp_path / "c.db", FEW, Naps().nap) as client:
        yield lambda *sources, **more: Work(kept, client, *sources, **more)
    kept.close()


async def test_pauses_grow_while_the_other_side_is_away(work: Worker) -> None:
    source = Script("reports", *[Unavailable("away") for _ in range(4)])
    at_work = work(source)
    await at_work.run(pauses=5)
    assert at_work.pauses == [1.0, 2.0, 4.0, 8.0, 60.0]
    assert [it["where"] for it in at_work.said] == ["reports"] * 4


async def test_what_the_other_side_asks_for_is_waited(work: Worker) -> None:
    at_work = work(Script("reports", Unavailable("busy", retry_after=1800.0)))
    await at_work.run(pauses=2)
    assert at_work.pauses == [1800.0, 60.0]


async def test_what_is_only_not_time_yet_is_waited_for_without_a_word(work: Worker) -> None:
    at_work = work(Script("reports", Unavailable("away"), NotYet("rate", 7.0), Unavailable("away")))
    await at_work.run(pauses=4)
    assert at_work.pauses == [1.0, 7.0, 2.0, 60.0]
    assert len(at_work.said) == 2


async def test_a_setting_that_does_not_work_is_told_and_tried_again(work: Worker) -> None:
    at_work = work(Script("reports", Misconfigured("own.key", "check the key")))
    await at_work.run(pauses=2)
    assert at_work.said == [
        {"event": "a setting does not work", "where": "own.key", "do": "check the key"}
    ]


async def test_one_source_that_waits_holds_up_no_other(work: Worker) -> None:
    bad, good = Script("bad", *[Unavailable("away") for _ in range(9)]), Script("good")
    await work(bad, good).run(pauses=4)
    assert good.reads >= 1


async def test_what_comes_through_a_door_is_read_at_once(work: Worker) -> None:
    source = Script(INBOX)
    at_work = work(source)
    running = asyncio.create_task(at_work.run(pauses=0))
    for number in range(3):
        while source.reads <= number:
            await asyncio.sleep(0)
        at_work.kept.inbox.put(f"n{number}", b"")
    running.cancel()
    assert source.reads == 3


async def test_a_part_that_fails_is_counted(work: Worker) -> None:
    at_work = work(Script("reports", Unavailable("away"), Misconfigured("x", "y")))
    await at_work.run(pauses=3)
    shown = at_work.metrics.exposition().decode()
    assert 'failures_total{part="reports",reason="unavailable"} 1.0' in shown
    assert 'failures_total{part="reports",reason="misconfigured"} 1.0' in shown
    assert 'last_success_timestamp_seconds{part="reports"} 1.7092944e+09' in shown
    assert 'seintje_connector_facts_total{outcome="refused"} 0.0' in shown


@pytest.mark.parametrize(
    ("failures", "told", "pause"),
    [(1, 0.0, 1.0), (4, 0.0, 8.0), (30, 0.0, 300.0), (1, 90.0, 90.0), (1, 1e9, 86_400.0)],
)
def test_patience_is_a_calculation(failures: int, told: float, pause: float) -> None:
    assert Patience(lambda: 1.0).pause(failures, told) == pause


def test_by_chance_a_pause_is_shorter_but_never_by_more_than_half() -> None:
    assert Patience(lambda: 0.0).pause(3) == 2.0


async def test_what_never_answers_is_broken_off_and_tried_again(work: Worker) -> None:
    source = Stands("reports")
    at_work = work(source, longest=0.0)
    await at_work.run(pauses=3)
    assert source.reads == 3
    assert "broken off" in str(at_work.said[0]["reason"])
    assert 'failures_total{part="reports",reason="unavailable"} 3.0' in (
        at_work.metrics.exposition().decode()
    )


async def test_a_part_that_does_not_come_back_is_stuck_and_one_that_waits_is_not(
    work: Worker,
) -> None:
    at_work = work(Stands("reports"), Script("others", Unavailable("away")))
    running = asyncio.create_task(at_work.run(pauses=1))
    while not at_work.pauses:
        await asyncio.sleep(0)
    assert at_work.pulse.stuck() == []
    at_work.ticks += 2 * LONGEST_S
    assert "reports" in at_work.pulse.stuck()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_source_that_goes_round_in_circles_is_not_asked_without_end(work: Worker) -> None:
    source = Rounds("reports")
    at_work = work(source)
    await at_work.run(pauses=2)
    assert source.reads == 3  # the first time it gave a cursor, from then on the same
    assert at_work.pauses == [1.0, 2.0]
    assert "gives the same" in str(at_work.said[0]["reason"])


async def test_an_errand_that_is_always_due_keeps_no_machine_busy(work: Worker) -> None:
    at_work = work(errands=(Restless(),))
    await at_work.run(pauses=2)
    assert at_work.pauses == [1.0, 1.0]


async def test_a_mistake_of_the_program_says_where_and_quotes_nothing(work: Worker) -> None:
    at_work = work(Script("reports", KeyError("H-1042 of somebody")))
    with pytest.raises(ExceptionGroup) as raised:
        await at_work.runner.run([], 60.0, at_work.way())
    [error] = raised.value.exceptions
    assert isinstance(error, Bug)
    assert "KeyError" in str(error)
    assert "H-1042" not in str(error)
    [said] = at_work.said
    assert said["where"] == "reports"


async def test_what_may_be_done_at_once_is_still_no_reason_to_spin(work: Worker) -> None:
    at_work = work(Script("reports", NotYet("rate", 0.0)))
    await at_work.run(pauses=2)
    assert at_work.pauses == [0.1, 60.0]


async def test_what_worked_for_long_meanwhile_begins_with_short_pauses_again() -> None:
    clock, pauses = StillClock(NOW), list[float]()
    lasts = iter([0, 0, 0, 3600, None])  # seconds until it fails; None: it does not

    async def work() -> None:
        seconds = next(lasts)
        if seconds is not None:
            clock.at += seconds * 1000
            raise Unavailable("away")

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    def say(event: str, **told: object) -> None:
        """Nobody listens."""

    pulse = Pulse(lambda: 0.0, LONGEST_S)
    way = Way(clock.now, pause, Patience(lambda: 1.0), say, pulse)
    await patiently(way)("tasks", work)
    assert pauses == [1.0, 2.0, 4.0, 1.0]
