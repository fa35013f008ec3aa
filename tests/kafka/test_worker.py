"""A worker over a real broker: facts in, views out, partitions shared and handed over."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import RecordsToDelete
from msgspec.structs import replace

from hub.errors import Misconfigured
from hub.keys import Keys
from hub.streams.entries import FACTS
from hub.streams.kafka.brokers import at
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from hub.streams.kafka.owners import owners
from hub.streams.loop import DEAD_LETTERS
from hub.streams.seam import Record
from tests.kafka.hubs import HubOnKafka, letter_of
from tests.streams.world import CORPORATIE, GEMEENTE, event, quiet_household

pytestmark = pytest.mark.slow

DAMAGE = event("damage-reported", "d-1", "2024-01-20", category="kitchen", cause="resident")
SIGNAL = event("signal-raised", "s-1", "2024-01-21", category="other", party=CORPORATIE)


@pytest.fixture
def hub(kafka: Connection, kafka_names: Names, tmp_path: Path) -> HubOnKafka:
    return HubOnKafka(kafka, kafka_names, tmp_path)


async def letters(hub: HubOnKafka, count: int) -> Sequence[Record]:
    look = partial(hub.read, DEAD_LETTERS)
    found: Sequence[Record] = await hub.when(look, lambda it: len(it) >= count)
    return found


def from_corporatie(it: Any) -> bool:
    return "kvknr:90000001" in str(it["source"])


async def test_what_parties_publish_is_told_to_the_other_side(hub: HubOnKafka) -> None:
    events = [*quiet_household(), SIGNAL]
    async with hub.working():
        await hub.publish(CORPORATIE, *[it for it in events if from_corporatie(it)])
        await hub.publish(GEMEENTE, *[it for it in events if not from_corporatie(it)])
        # Of two parties the facts may come in any order, and each brings what it changes.
        told = (await hub.when_told(GEMEENTE, "signal"))[0]
    assert (told["revision"], told["status"]) == (1, "open")


async def test_a_party_speaks_only_for_itself(hub: HubOnKafka) -> None:
    async with hub.working():
        await hub.publish(GEMEENTE, SIGNAL)
        (letter,) = await letters(hub, 1)
    told = letter_of(letter)
    assert (told["reason"], told["stream"]) == ("not-your-source", f"in/{GEMEENTE}")
    assert b"signal-raised" in (letter.value or b"")


async def test_what_cannot_be_read_is_kept_and_the_rest_goes_on(hub: HubOnKafka) -> None:
    async with hub.working():
        avro = [("content-type", b"application/avro"), ("ce_specversion", b"1.0")]
        await hub.publish_raw(CORPORATIE, [(b"\xc3\x01nonsense", avro), (None, []), (b"\xff", [])])
        await hub.publish(CORPORATIE, *[it for it in quiet_household() if from_corporatie(it)])
        found = await letters(hub, 3)
        await hub.when_told(GEMEENTE, "intake-missing")
    assert [it.value for it in found] == [b"\xc3\x01nonsense", None, b"\xff"]
    assert {letter_of(it)["reason"] for it in found} == {"malformed"}


async def test_the_digits_of_a_bsn_go_nowhere(hub: HubOnKafka) -> None:
    async with hub.working():
        await hub.publish(CORPORATIE, {**DAMAGE, "id": "a 111222333 b"})
        (letter,) = await letters(hub, 1)
    assert letter_of(letter)["reason"] == "bsn-found"
    assert b"111222333" not in (letter.value or b"")
    assert b"*********" in (letter.value or b"")


async def test_partitions_are_shared_and_handed_over(hub: HubOnKafka) -> None:
    async def who() -> set[str]:
        return {*(await owners(hub.brokers, "correlate")).values()}

    async with hub.working("http://one:1"):
        await hub.when(who, lambda it: it == {"http://one:1"})
        async with hub.working("http://two:2"):
            await hub.when(who, lambda it: it == {"http://one:1", "http://two:2"})
            await hub.send(*quiet_household(), DAMAGE)
        await hub.when(who, lambda it: it == {"http://one:1"})
        await hub.send(SIGNAL)
        (told,) = await hub.when_told(GEMEENTE, "signal")
    assert told["revision"] == 1


async def test_who_takes_over_goes_on_where_the_other_was(hub: HubOnKafka) -> None:
    async with hub.working():
        await hub.send(*quiet_household(), SIGNAL)
        await hub.when_told(GEMEENTE, "signal")
    async with hub.working():
        act = event("alert-acknowledged", "a-1", "2024-01-30", party=GEMEENTE)
        (told,) = await hub.told(GEMEENTE, "signal")
        act["data"]["alertId"] = told["alertId"]
        await hub.send(*quiet_household(), act)
        look = partial(hub.told, GEMEENTE, "signal")
        views = await hub.when(look, lambda it: len(it) > 1)
    assert [(it["revision"], it["status"]) for it in views] == [(1, "open"), (2, "acknowledged")]


async def test_facts_that_were_removed_unread_are_told_and_not_skipped(hub: HubOnKafka) -> None:
    await hub.send(*quiet_household(), SIGNAL)
    async with hub.working():
        await hub.when_told(GEMEENTE, "signal")
    await hub.send(DAMAGE)
    async with hub.brokers.asking() as admin:
        topic = hub.brokers.names.topic(FACTS)
        await admin.delete_records({at(topic, number): RecordsToDelete(-1) for number in range(3)})
    with pytest.raises(Misconfigured, match=r"facts\.v1: records were removed .* before"):
        async with hub.working():
            await hub.stops_by_itself()  # it may be ready before its first look at the topic


async def test_who_has_another_key_does_not_join(hub: HubOnKafka, tmp_path: Path) -> None:
    async with hub.working():
        pass
    hub.settings = replace(hub.settings, key_file=tmp_path / "other.key")
    Keys.load_or_create(tmp_path / "other.key")
    with pytest.raises(Misconfigured, match=r"SEINTJE_KEY_FILE: this hub .* has key"):
        async with hub.working():
            pytest.fail("it works on what it cannot read")
