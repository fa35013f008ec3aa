"""Records that are not as they should be: each ends where it belongs, and stops nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from random import Random

import pytest
from msgspec.structs import replace

from hub.streams.entries import FACTS
from hub.streams.kafka.names import CORRELATE
from hub.streams.kafka.streams import KafkaLog, KafkaOutbox
from hub.streams.loop import DEAD_LETTERS
from hub.streams.redriving import redriven
from hub.streams.seam import Emit, Record
from tests.faults.kafka import poisoned
from tests.faults.kafka.expected import party_of
from tests.faults.kafka.history import complaints
from tests.faults.kafka.stage import Stage
from tests.faults.kafka.striking import pieces, region
from tests.kafka.workers import started

pytestmark = pytest.mark.slow


async def append(stage: Stage, *emits: Emit) -> None:
    log = KafkaLog(stage.brokers)
    await log.start()
    try:
        await log.append(emits[0].stream, emits)
    finally:
        await log.close()


async def test_what_a_party_writes_in_a_transaction_is_taken_in_to_its_end(stage: Stage) -> None:
    await started(stage.worker("a"))
    lines = [it for it in region(4, 8) if party_of(it) == "gemeente-weert"]
    await stage.send_in_a_transaction("gemeente-weert", lines)
    await stage.check()


async def test_duplicates_and_another_order_of_parties_change_nothing(
    stage: Stage, chance: Random
) -> None:
    """What one party says stays in order; how parties lie in each other does not matter."""
    await started(stage.worker("a"))
    by_party: dict[str, list[bytes]] = {}
    for line in region(12, 9):
        by_party.setdefault(party_of(line), []).append(line)
    waiting = [list(pieces(lines, 4)) for lines in by_party.values()]
    sent: list[bytes] = []
    while waiting:
        theirs = chance.choice(waiting)
        await stage.send(piece := theirs.pop(0))
        sent += piece
        await stage.send(chance.sample(sent, k=len(sent) // 8))
        waiting = [it for it in waiting if it]
    await stage.check()


async def test_what_cannot_be_read_on_the_facts_topic_is_kept_aside(stage: Stage) -> None:
    worker = stage.worker("a")
    await started(worker)
    lines = region(8, 10)
    half = len(lines) // 2
    await stage.send(lines[:half])
    values = (b"\xff\xfe nonsense", b'{"no": "fact"}', b"\x01\x93broken", None, b"")
    await append(stage, *(Emit(FACTS, b"0988", value) for value in values))
    await stage.send(lines[half:])
    await stage.settled()
    history = await stage.history()
    aside = [it for it in history.letters if it.stream == FACTS]
    assert [it.reason for it in aside] == ["malformed"] * len(values)
    rest = [it for it in history.letters if it.stream != FACTS]
    assert not complaints(replace(history, letters=rest), await stage.expected())
    found = await KafkaOutbox(stage.brokers).read(DEAD_LETTERS, None, 1000, 0.0)
    kept = [it.value for it in found if it.headers["stream"] == FACTS.encode()]
    assert [it or b"" for it in kept] == [it or b"" for it in values]  # as they came
    assert worker.running


async def test_a_fact_that_cannot_be_processed_stops_one_household_until_it_is_redriven(
    stage: Stage,
) -> None:
    lines = region(12, 13)
    poison = _a_late_fact(lines)
    fitted = stage.worker("p", poisoned.MODULE, {poisoned.POISON: poison})
    await started(fitted)
    await stage.send(lines)
    letters = await _failed(stage)
    assert "household-frozen" in {it["kind"] for it in await stage.ops()}
    await asyncio.to_thread(fitted.stop)
    await started(stage.worker("a"))
    await append(stage, *(redriven(it) for it in letters))
    await stage.settled()
    history = await stage.history()
    rest = [it for it in history.letters if it.reason != "processing-error"]
    assert len(history.letters) == len(rest) + len(letters)
    assert not complaints(replace(history, letters=rest), await stage.expected())


def _a_late_fact(lines: Sequence[bytes]) -> str:
    """One about a household of which much is known by then."""
    events = map(json.loads, reversed(lines[: len(lines) * 3 // 4]))
    return next(str(it["id"]) for it in events if it["type"] == "nl.seintje.rent-missed.v1")


async def _failed(stage: Stage) -> Sequence[Record]:
    """The dead letters of what could not be processed, when all else has been."""
    await stage.settled([CORRELATE])
    found = await KafkaOutbox(stage.brokers).read(DEAD_LETTERS, None, 1000, 0.0)
    letters = [it for it in found if it.headers["reason"] == b"processing-error"]
    assert letters
    return letters
