"""What cannot be processed freezes its household, and nobody else's, until it is redriven."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from hub.domain.time import MINUTE_MS, Instant, parse_instant
from hub.keys import Keys, fresh_salt
from hub.streams.correlate import Correlate, Deployment
from hub.streams.frozen import FROZEN
from hub.streams.loop import DEAD_LETTERS, Limits, Turn, drive
from hub.streams.memory.runtime import MemoryLog, MemoryShard
from hub.streams.memory.store import MemoryStore
from hub.streams.notices import OPS
from hub.streams.redriving import redriven
from hub.streams.seam import Effects, Emit, Record, State
from hub.wire.state import encode_fact
from tests.contract.toy import Enough
from tests.streams.world import (
    AGREEMENTS,
    PARTIES,
    StillClock,
    event,
    facts_of,
    quiet_household,
    signed,
)

AT = "2024-02-01"
OTHER = {"scheme": "lease", "issuer": "corporatie-maas", "value": "L-2"}
LEASED: Mapping[str, Any] = {
    "startDate": "2024-01-08",
    "targetGroup": "vergunninghouder",
    "temporary": False,
}
DAMAGE: Mapping[str, Any] = {"category": "kitchen", "cause": "resident"}


class Cursed(Correlate):
    """Fails on facts of which the id is cursed, after it has done its work."""

    cursed: frozenset[str] = frozenset()
    at_ticks = at_freezing = False

    def take(
        self, state: State, batch: Sequence[Record], now: Instant, *, more: bool = False
    ) -> Effects:
        effects = super().take(state, batch, now, more=more)
        if any(id_.encode() in (record.value or b"") for id_ in self.cursed for record in batch):
            raise ZeroDivisionError
        return effects

    def freeze(self, state: State, record: Record | None, now: Instant) -> Effects:
        effects = super().freeze(state, record, now)
        if self.at_freezing:
            raise ZeroDivisionError
        return effects

    def tick(self, state: State, now: Instant, limit: int) -> Effects:
        effects = super().tick(state, now, limit)
        if self.at_ticks and effects.emits:
            raise ZeroDivisionError
        return effects


class Desk:
    """Correlation that is driven over a shard in memory, and what came of it."""

    def __init__(self) -> None:
        self.clock = StillClock(parse_instant(f"{AT}T12:00:00Z"))
        self.store = MemoryStore(self.clock)
        self.step = Cursed(Deployment(AGREEMENTS, PARTIES, Keys(b"0" * 32), fresh_salt))
        self.step.cursed = frozenset()
        self.limits = Limits(longest_wait=0.0)

    def send(self, *events: Any, headers: Mapping[str, bytes] | None = None) -> None:
        emits = [
            Emit("facts", fact.gemeente.encode(), encode_fact(fact), headers or {})
            for fact in facts_of(events)
        ]
        asyncio.run(self._work(emits))

    def send_bytes(self, *values: bytes | None) -> None:
        asyncio.run(self._work([Emit("facts", b"0988", value) for value in values]))

    def pass_minutes(self, minutes: int) -> None:
        self.clock.at += minutes * MINUTE_MS
        asyncio.run(self._work([]))

    async def _work(self, emits: Sequence[Emit]) -> None:
        await MemoryLog(self.store).append("facts", emits)
        shard = MemoryShard(self.store, "correlate", "facts")
        with pytest.raises(Enough):
            await drive(self.step, shard, self.clock, self.limits, _until_idle())

    @property
    def frozen(self) -> int:
        return len(self.store.tables["correlate", FROZEN].values)

    def told(self, rule: str) -> list[bytes]:
        records = self.store.streams["out/gemeente-weert"].after(0, 1000)
        return [r.key for r in records if rule.encode() in (r.value or b"")]

    def notices(self) -> list[Record]:
        return self.store.streams["out/gemeente-weert"].after(0, 1000)

    def answered(self) -> set[str]:
        """The ids of the facts that have a receipt."""
        records = self.store.streams["receipts"].after(0, 1000)
        return {json.loads(r.value or b"")["id"] for r in records}

    def letters(self) -> list[Record]:
        return self.store.streams[DEAD_LETTERS].after(0, 1000)

    def redrive(self) -> None:
        """As `seintje dead-letters redrive` does with the last one."""
        asyncio.run(self._work([redriven(self.letters()[-1])]))


def _until_idle() -> Callable[[Turn], None]:
    turns: Iterator[int] = iter(range(1000))

    def watch(turn: Turn) -> None:
        if next(turns) and turn.caught_up and not turn.records and not turn.ticked:
            raise Enough

    return watch


@pytest.fixture
def desk() -> Desk:
    found = Desk()
    found.send(*quiet_household())
    return found


def damage(id_: str, *references: Mapping[str, str]) -> Any:
    return event("damage-reported", id_, "2024-01-20", *references, **DAMAGE)


def test_a_fact_that_fails_freezes_its_household(desk: Desk) -> None:
    desk.step.cursed = frozenset({"evil"})
    desk.send(damage("evil"))
    assert desk.frozen == 1
    (letter,) = desk.letters()
    assert letter.headers["reason"] == b"processing-error"
    assert b"household-frozen" in (desk.store.streams[OPS].after(0, 9)[-1].value or b"")


def test_nothing_is_told_about_a_frozen_household_and_nothing_of_it_is_lost(desk: Desk) -> None:
    desk.step.cursed = frozenset({"evil"})
    desk.send(damage("evil"))
    desk.send(event("signal-raised", "signal", "2024-01-21", category="other"))
    assert desk.told("signal") == []
    desk.step.cursed = frozenset()
    desk.redrive()
    assert desk.frozen == 0
    assert desk.told("signal")


def test_what_came_in_while_it_was_frozen_is_answered_when_it_thaws(desk: Desk) -> None:
    desk.step.cursed = frozenset({"evil"})
    desk.send(damage("evil"))
    desk.send(damage("later"), event("signal-raised", "signal", "2024-01-21", category="other"))
    assert {"evil", "later", "signal"}.isdisjoint(desk.answered())
    desk.step.cursed = frozenset()
    desk.redrive()
    assert {"evil", "later", "signal"} <= desk.answered()


def test_another_household_is_told_about_as_ever(desk: Desk) -> None:
    desk.step.cursed = frozenset({"evil"})
    address = {"scheme": "address", "issuer": "bag", "value": "0988200000000002"}
    other = event("lease-signed", "lease-2", "2023-12-20", OTHER, address, **LEASED)
    desk.send(damage("evil"), other)
    desk.send(
        event(
            "signal-raised",
            "signal",
            "2024-01-21",
            OTHER,
            party="corporatie-maas",
            category="other",
        )
    )
    assert desk.frozen == 1
    assert desk.told("signal")


def test_what_comes_with_a_fact_that_fails_is_told_once_as_if_it_had_come_without_it() -> None:
    address = {"scheme": "address", "issuer": "bag", "value": "0988200000000002"}
    other = event("lease-signed", "lease-2", "2023-12-20", OTHER, address, **LEASED)
    signal = event("signal-raised", "signal", "2024-01-21", OTHER, category="other")
    spoilt, whole = Desk(), Desk()
    spoilt.step.cursed = frozenset({"evil"})
    spoilt.send(other, signal, *quiet_household(), damage("evil"))
    whole.send(other, signal, *quiet_household())
    assert [it.key for it in spoilt.notices()] == [it.key for it in whole.notices()]
    assert spoilt.frozen == 1
    assert len(spoilt.letters()) == 1


def test_nothing_is_told_that_a_fact_might_change_that_failed_in_the_same_batch(desk: Desk) -> None:
    desk.step.cursed = frozenset({"evil"})
    before = desk.notices()
    desk.send(event("signal-raised", "signal", "2024-01-21", category="other"), damage("evil"))
    assert desk.notices() == before
    assert desk.frozen == 1


def test_redriven_while_it_still_fails_it_stays_frozen(desk: Desk) -> None:
    desk.step.cursed = frozenset({"evil"})
    desk.send(damage("evil"))
    desk.redrive()
    assert desk.frozen == 1
    assert len(desk.letters()) == 2


def test_it_stays_frozen_over_a_restart(desk: Desk) -> None:
    desk.step.cursed = frozenset({"evil"})
    desk.send(damage("evil"))
    desk.step = Cursed(Deployment(AGREEMENTS, PARTIES, Keys(b"0" * 32), fresh_salt))
    desk.send(event("signal-raised", "signal", "2024-01-21", category="other"))
    assert desk.told("signal") == []


def test_an_erasure_is_carried_out_all_the_same(desk: Desk) -> None:
    desk.step.cursed = frozenset({"evil"})
    desk.send(damage("evil"))
    desk.send(event("household-erased", "erase", AT, basis="request", party="gemeente-weert"))
    assert desk.frozen == 0
    assert not desk.store.tables["correlate", "fact"].values


def test_an_erasure_that_comes_with_a_fact_that_fails_leaves_nothing_frozen(desk: Desk) -> None:
    desk.step.cursed = frozenset({"evil"})
    erasure = event("household-erased", "erase", AT, basis="request", party="gemeente-weert")
    desk.send(damage("evil"), erasure)
    assert desk.frozen == 0
    assert not desk.store.tables["correlate", "fact"].values


def test_what_cannot_even_be_frozen_leaves_nobody_silent(desk: Desk) -> None:
    desk.step.cursed, desk.step.at_freezing = frozenset({"evil"}), True
    signal = event("signal-raised", "signal", "2024-01-21", category="other")
    desk.send(damage("evil"), damage("good"), signal)
    assert [it.headers["reason"] for it in desk.letters()] == [b"processing-error"]
    assert desk.frozen == 0
    assert desk.told("signal")


def test_a_deadline_that_fails_freezes_its_household_only() -> None:
    desk = Desk()
    desk.send(signed("2024-01-25"))
    desk.step.at_ticks = True
    desk.pass_minutes(60 * 24 * 10)
    assert desk.frozen == 1
    desk.step.at_ticks = False
    desk.pass_minutes(60 * 24 * 90)
    assert desk.frozen == 1
    before = len(desk.notices())
    desk.redrive()
    assert desk.frozen == 0
    assert len(desk.notices()) > before


def test_what_fails_when_a_backlog_has_come_freezes_its_household_only(desk: Desk) -> None:
    desk.limits = Limits(records=2, longest_wait=0.0)
    desk.step.at_ticks = True
    signal = event("signal-raised", "signal", "2024-01-21", category="other")
    address = {"scheme": "address", "issuer": "bag", "value": "0988200000000002"}
    other = event("lease-signed", "lease-2", "2023-12-20", OTHER, address, **LEASED)
    desk.send(damage("1"), damage("2"), signal, damage("3"), other)
    assert desk.frozen == 1
    assert desk.told("signal") == []
    desk.step.at_ticks = False
    desk.redrive()
    assert desk.frozen == 0
    assert desk.told("signal")
    assert {"1", "2", "3", "signal"} <= desk.answered()


@pytest.mark.parametrize("value", [None, b"", b"\x01", b"\x01\x93\x01", b"\x01nonsense"])
def test_bytes_that_are_no_fact_are_kept_and_passed_over(desk: Desk, value: bytes | None) -> None:
    desk.send_bytes(*[value] * 6)  # more than would stop the shard if each were a failure
    assert [it.headers["reason"] for it in desk.letters()] == [b"malformed"] * 6
    assert desk.letters()[0].value == value
    assert desk.frozen == 0
