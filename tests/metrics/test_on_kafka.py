"""What the roles on Kafka show, and how old is what waits in their inputs, in seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from aiohttp.test_utils import make_mocked_request
from msgspec.structs import replace

from hub.clocks import SystemClock
from hub.compose.worker import Worker
from hub.domain.time import Instant
from hub.errors import Fenced
from hub.streams.kafka.ages import Ages, Input
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import CORRELATE, IN, INTAKE, Names
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from hub.streams.seam import Effects
from hub.telemetry.catalogue import FAMILIES
from hub.telemetry.family import Of, Role
from hub.telemetry.metrics import Metrics
from tests.following.site import Caller, Site, patiently, until
from tests.kafka.hubs import HubOnKafka
from tests.metrics.shown import differences, known, promtool_says, read, value_of
from tests.streams.world import CORPORATIE, GEMEENTE, event, quiet_household, signed

pytestmark = pytest.mark.slow

SIGNAL: Final = event("signal-raised", "s-1", "2024-01-21", category="other", party=CORPORATIE)
SHARDS: Final = ("facts", "region-facts")


@pytest.fixture
def hub(kafka: Connection, kafka_names: Names, tmp_path: Path) -> HubOnKafka:
    return HubOnKafka(kafka, kafka_names, tmp_path)


@pytest.fixture
def site(kafka: Connection, kafka_names: Names, tmp_path: Path) -> Site:
    return Site(kafka, kafka_names, tmp_path)


async def shown_by(worker: Worker) -> str:
    page = worker.hosted.pages["/metrics"]
    body = (await page(make_mocked_request("GET", "/metrics"))).body
    assert isinstance(body, bytes)
    return body.decode()


async def test_a_worker_shows_what_the_catalogue_says(hub: HubOnKafka) -> None:
    async with hub.working() as worker:
        await hub.send(*quiet_household())
        await hub.publish(CORPORATIE, SIGNAL)
        await hub.when_told(GEMEENTE, "signal")
        text = await shown_by(worker)
    assert differences(Role.WORKER, text, known()) == []
    assert promtool_says(text) == ""
    assert value_of(text, "seintje_state_entries", shard="facts") > 8
    assert value_of(text, "seintje_state_bytes", shard="facts") > 1000
    assert value_of(text, "seintje_change_log_records", shard="facts") > 8
    assert value_of(text, "seintje_records_total", shard="in") == 1
    assert value_of(text, "seintje_shards", shard="facts", life="running") == 3
    for shard in SHARDS:
        assert value_of(text, "seintje_restore_seconds_count", shard=shard) == 3
        assert value_of(text, "seintje_transactions_total", shard=shard, outcome="unknown") == 0
    # a barrier for each partition, and what was correlated
    name = "seintje_transactions_total"
    assert value_of(text, name, shard="facts", outcome="committed") > 3


async def test_a_worker_tells_of_the_feeds_of_its_gemeenten(
    hub: HubOnKafka, promising: Path
) -> None:
    hub.settings = replace(hub.settings, agreements=promising)
    own = {"types": ["rent-paid"], "references": None}

    async def late(worker: Worker, feed: str) -> float:
        name = "seintje_feed_late_seconds"
        return value_of(await shown_by(worker), name, party=CORPORATIE, feed=feed)

    async with hub.working() as worker:
        assert await late(worker, "rent-paid") == 0  # it is awaited since a moment ago
        for gemeente, up_to in (("0988", "2024-01-25"), ("0957", "2024-01-28")):
            more = own | {"gemeente": gemeente, "upTo": f"{up_to}T12:00:00Z"}
            sent = event("feed-complete", gemeente, "2024-01-31", party=CORPORATIE, **more)
            await hub.publish(CORPORATIE, sent)

        # seven days and four, two of them grace; that which waits longest counts
        await hub.when(partial(late, worker, "rent-paid"), lambda it: it == 5 * 86_400)
        assert await late(worker, "rent-missed") == 0
        assert differences(Role.WORKER, await shown_by(worker), known(promising)) == []


async def test_nothing_waits_once_all_was_taken(hub: HubOnKafka) -> None:
    async with hub.working() as worker:
        await hub.publish(CORPORATIE, SIGNAL)

        async def ages() -> set[float]:
            text = await shown_by(worker)
            taken = value_of(text, "seintje_records_total", shard="facts") == 1
            name = "seintje_oldest_unprocessed_seconds"
            found = {value_of(text, name, shard=it) for it in (*SHARDS, "in")}
            return found if taken else {-1.0}

        await hub.when(ages, lambda found: found == {0.0})


@asynccontextmanager
async def looking(hub: HubOnKafka) -> AsyncIterator[Ages]:
    """Ages of a hub of which nothing works, with a look behind it."""
    brokers, names = hub.brokers, hub.brokers.names
    inputs = [
        Input("facts", names.group(CORRELATE), [names.topic("facts")]),
        Input("in", names.group(INTAKE), [names.topic(IN + CORPORATIE)]),
    ]
    async with aclosing(Ends(brokers)) as ends:
        await ends.start()
        yield Ages(brokers, ends, inputs)


async def found_by(hub: HubOnKafka, ages: Ages) -> Mapping[str, Instant]:
    """What two looks find: that something stands still is known from the second on."""
    async with hub.brokers.asking() as admin:
        for _ in range(2):
            await ages.look(admin)
    return ages.waits_since()


async def test_what_nobody_takes_is_as_old_as_its_first_record(hub: HubOnKafka) -> None:
    clock = SystemClock()
    async with looking(hub) as ages:
        assert await found_by(hub, ages) == {}
        begun = clock.now()
        await hub.send(signed())
        between = clock.now()
        await hub.publish(CORPORATIE, SIGNAL)
        await hub.send(*quiet_household()[1:])
        found = await found_by(hub, ages)
        assert begun <= found["facts"] <= between <= found["in"]
        async with hub.working():
            await hub.when_told(GEMEENTE, "signal")
            assert (await found_by(hub, ages)).keys() <= {"facts"}

            async def still() -> Mapping[str, Instant]:
                return await found_by(hub, ages)

            await hub.when(still, lambda it: it == {})


async def test_one_that_was_fenced_counts_what_it_lost(hub: HubOnKafka) -> None:
    place, metrics = Place(CORRELATE, "facts", 0), Metrics(Role.WORKER)
    async with aclosing(Ends(hub.brokers)) as ends:
        await ends.start()
        former = await KafkaShard.take(hub.brokers, place, Ways(ends, metrics=metrics))
        owner = await KafkaShard.take(hub.brokers, place, Ways(ends))
        with pytest.raises(Fenced):
            await former.commit(None, Effects({("t", b"k"): b"v"}, []))
        for it in (former, owner):
            await it.close()
    text = metrics.exposition(is_ready=True).decode()
    told = {
        it.labels["outcome"]: it.value
        for it in read(text)["seintje_transactions"].samples
        if it.labels["shard"] == "facts"
    }
    assert told == {"committed": 1, "aborted": 1, "unknown": 0}


async def of_hub(caller: Caller) -> Mapping[str, object]:
    """What a gateway tells of the hub as a whole."""
    shown = read((await caller.http.get("/metrics")).text)
    names = [it for it, family in FAMILIES.items() if family.of is Of.HUB and it in shown]
    return {name: shown[name].samples for name in names}


async def test_gateways_tell_the_same_of_the_hub(site: Site) -> None:
    async with site.correlating(), site.gateway("one") as one, site.gateway("other") as other:
        await one.send(signed())
        for caller in (one, other):
            await patiently(caller.told(GEMEENTE, "intake-missing"))

        async def are_alike() -> bool:
            told = await of_hub(one)
            return bool(told) and told == await of_hub(other)

        await until(are_alike)

        async def have_seen_it() -> bool:
            texts = [(await it.http.get("/metrics")).text for it in (one, other)]
            count = "seintje_fact_to_view_seconds_count"
            return [value_of(it, count) for it in texts] == [1, 1]

        await until(have_seen_it)
        text = (await one.http.get("/metrics")).text
    assert differences(Role.GATEWAY, text, known()) == []
    assert promtool_says(text) == ""
