"""What one party may ask of a gateway: how often, how much at once, and how long it may take."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from hub.gateway import attempts
from hub.gateway.gateway import Gateway
from hub.gateway.limits import Limits, Most
from hub.gateway.reception import Reception
from tests.gateway.contract import Contract
from tests.gateway.desk import BATCH, MAAS, STRUCTURED, WEERT, Desk, a_desk, calling, slug
from tests.gateway.event_source import STREAM
from tests.streams.world import event, signed

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Watch:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@asynccontextmanager
async def limited(desk: Desk, watch: Watch | None = None, **most: Any) -> AsyncIterator[Desk]:
    """The same hub by a gateway with these limits."""
    limits = Limits(Most(**most), watch or Watch())
    gateway = replace(desk.hub.gateway(), limits=limits)
    async with calling(gateway, Contract()) as client:
        yield Desk(desk.hub, desk.clock, client)


def left(answer: httpx.Response) -> dict[str, tuple[int, int | None]]:
    """By policy what is left and after how long there is more."""
    told = re.findall(r'"(\w+)";r=(\d+)(?:;t=(\d+))?', answer.headers.get("ratelimit", ""))
    return {name: (int(units), int(more) if more else None) for name, units, more in told}


async def test_a_party_hears_what_it_may_ask_and_what_is_left(shared: Desk) -> None:
    async with limited(shared, calls_a_minute=10) as desk:
        answers = [await desk.get("/v1/alerts", WEERT) for _ in range(3)]
        assert [left(it) for it in answers] == [{"calls": (9 - it, 6)} for it in range(3)]
        assert answers[0].headers["ratelimit-policy"] == '"calls";q=10;w=60'


async def test_one_call_too_many_is_told_when_it_can_be(shared: Desk) -> None:
    watch = Watch()
    async with limited(shared, watch, calls_a_minute=2) as desk:
        for _ in range(2):
            assert (await desk.get("/v1/alerts", WEERT)).status_code == 200
        answer = await desk.get("/v1/alerts", WEERT)
        assert (answer.status_code, slug(answer)) == (429, "too-many-calls")
        assert answer.headers["retry-after"] == "30"
        assert left(answer) == {"calls": (0, 30)}
        watch.seconds += 30
        assert (await desk.get("/v1/alerts", WEERT)).status_code == 200


async def test_parties_do_not_share_what_they_may_ask(shared: Desk) -> None:
    async with limited(shared, calls_a_minute=1) as desk:
        assert (await desk.get("/v1/alerts", WEERT)).status_code == 200
        assert (await desk.get("/v1/alerts", WEERT)).status_code == 429
        assert (await desk.get("/v1/alerts", MAAS)).status_code == 200


async def test_a_batch_counts_by_its_events(shared: Desk) -> None:
    async with limited(shared, events_a_minute=5) as desk:
        three = [signed(id_=shared.fresh("e")) for _ in range(3)]
        first = await desk.post(three, MAAS)
        assert (first.status_code, left(first)["events"]) == (202, (2, 12))
        again = await desk.post(three, MAAS)
        assert (again.status_code, slug(again)) == (429, "too-many-calls")
        assert again.headers["retry-after"] == "12"
        one = await desk.post(signed(id_=shared.fresh("e")), MAAS)
        assert (one.status_code, left(one)["events"][0]) == (202, 1)


async def test_of_a_batch_that_is_too_many_nothing_is_kept(shared: Desk) -> None:
    new = [signed(id_=shared.fresh("e")) for _ in range(3)]
    async with limited(shared, events_a_minute=2) as desk:
        assert (await desk.post(new, MAAS)).status_code == 429
    answer = await shared.post(new, MAAS, dryRun="true")
    assert [it["status"] for it in answer.json()["receipts"]] == ["accepted"] * 3


async def test_what_is_declined_for_another_reason_tells_what_is_left_too(shared: Desk) -> None:
    async with limited(shared, calls_a_minute=10) as desk:
        for path in ("/v1/alerts?limit=0", "/v1/receipts/rc-nobodys"):
            assert "calls" in left(await desk.get(path, WEERT))


async def test_who_is_nobody_hears_of_no_quota(shared: Desk) -> None:
    for party_of_none in (None, "Bearer sk_wrong"):
        headers = {} if party_of_none is None else {"Authorization": party_of_none}
        answer = await shared.call("GET", "/v1/alerts", None, headers=headers)
        assert (answer.status_code, left(answer)) == (401, {})


async def test_guessing_is_slow(shared: Desk) -> None:
    watch = Watch()
    async with limited(shared, watch, attempts_a_minute=2) as desk:
        statuses = [(await guess(desk, f"sk_{it}")).status_code for it in range(4)]
        assert statuses == [401, 401, 429, 429]
        answer = await guess(desk, desk.keys[MAAS])  # a good one is not even looked at
        assert (answer.status_code, slug(answer)) == (429, "too-many-attempts")
        assert answer.headers["retry-after"] == "30"
        watch.seconds += 30
        assert (await guess(desk, desk.keys[MAAS])).status_code == 200


async def guess(desk: Desk, key: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return await desk.call("GET", "/v1/alerts", None, headers=headers)


async def test_who_guesses_keeps_out_nobody_who_was_in(shared: Desk) -> None:
    """Behind one address there may be a whole office."""
    async with limited(shared, attempts_a_minute=1) as desk:
        assert (await desk.get("/v1/alerts", MAAS)).status_code == 200
        for it in range(5):
            await guess(desk, f"sk_{it}")
        assert (await desk.get("/v1/alerts", MAAS)).status_code == 200
        assert (await desk.get("/v1/alerts", WEERT)).status_code == 429


async def test_who_guesses_elsewhere_keeps_nobody_out(shared: Desk) -> None:
    limits = Limits(Most(attempts_a_minute=1), Watch())
    gateway = replace(shared.hub.gateway(), limits=limits)
    for number in range(2):
        async with calling(gateway, Contract(), f"192.0.2.{number}") as client:
            desk = Desk(shared.hub, shared.clock, client)
            assert (await guess(desk, "sk_wrong")).status_code == 401


async def test_a_request_without_a_key_is_no_guess(shared: Desk) -> None:
    async with limited(shared, attempts_a_minute=1) as desk:
        for _ in range(5):
            assert (await desk.get("/v1/alerts", None)).status_code == 401
        assert (await desk.get("/v1/alerts", MAAS)).status_code == 200


async def test_addresses_are_forgotten_and_the_quiet_ones_first(
    shared: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "MOST_KEPT", 10)
    limits = Limits(Most(attempts_a_minute=1), Watch())
    gateway = replace(shared.hub.gateway(), limits=limits)
    for number in range(30):
        async with calling(gateway, Contract(), f"192.0.2.{number}") as client:
            await guess(Desk(shared.hub, shared.clock, client), "sk_wrong")
    assert list(limits.attempts.counted) == [f"192.0.2.{it}" for it in range(20, 30)]


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2::", "2001:0db8:0001:0002"),
        ("", ""),
    ],
)
async def test_an_address_is_counted_as_who_has_it(host: str, counted: str) -> None:
    assert attempts.counted_as(host) == counted


class Held(Reception, frozen=True, eq=False, kw_only=True):
    """Receives when it is let."""

    began: asyncio.Semaphore
    let: asyncio.Event

    async def receive(self, events: Any, sender: Any) -> Any:
        self.began.release()
        await self.let.wait()
        return await super().receive(events, sender)


def held_by(gateway: Gateway) -> Held:
    """The reception of a gateway, held."""
    parts = {it: getattr(gateway.reception, it) for it in Reception.__struct_fields__}
    return Held(**parts, began=asyncio.Semaphore(0), let=asyncio.Event())


@asynccontextmanager
async def at_work(desk: Desk, calls: int, **most: Any) -> AsyncIterator[Desk]:
    """So many calls of one party are being worked on."""
    gateway = desk.hub.gateway()
    held = held_by(gateway)
    limits = Limits(Most(**most), Watch())
    async with calling(replace(gateway, reception=held, limits=limits), Contract()) as client:
        reached = Desk(desk.hub, desk.clock, client)
        async with asyncio.TaskGroup() as group:
            sent = [signed(id_=desk.fresh("e")) for _ in range(calls)]
            calling_ = [group.create_task(reached.post(it, MAAS)) for it in sent]
            for _ in range(calls):
                await held.began.acquire()
            yield reached
            held.let.set()
        assert {it.result().status_code for it in calling_} == {202}
        assert (await reached.get("/v1/alerts", MAAS)).status_code == 200  # there is room again


async def test_a_party_has_so_many_calls_at_once_and_the_others_go_on(shared: Desk) -> None:
    async with at_work(shared, 2, at_once_of_party=2) as desk:
        answer = await desk.get("/v1/alerts", MAAS)
        assert (answer.status_code, slug(answer)) == (429, "too-many-at-once")
        assert answer.headers["retry-after"] == "1"
        assert (await desk.get("/v1/alerts", WEERT)).status_code == 200


async def test_a_process_has_so_many_calls_at_once(shared: Desk) -> None:
    async with at_work(shared, 2, at_once=2) as desk:
        answer = await desk.get("/v1/alerts", WEERT)
        assert (answer.status_code, slug(answer)) == (503, "unavailable")
        assert answer.headers["retry-after"] == "1"
        assert (await desk.get("/healthz", None)).status_code == 200


async def test_an_open_event_stream_is_no_call_that_is_worked_on(shared: Desk) -> None:
    async with limited(shared, at_once=1) as desk:
        answer = await desk.call("HEAD", "/v1/alerts", WEERT, headers=STREAM)
        assert answer.status_code == 200
        assert (await desk.get("/v1/alerts", WEERT)).status_code == 200


async def test_the_bodies_of_a_party_have_so_much_memory_together(shared: Desk) -> None:
    one = len(msgspec.json.encode(signed(id_=shared.fresh("e"))))
    async with at_work(shared, 2, body_bytes=one * 10) as desk:  # a party has a quarter of it
        answer = await desk.post(signed(id_=shared.fresh("e")), MAAS)
        assert (answer.status_code, slug(answer)) == (503, "unavailable")
        assert answer.headers["retry-after"] == "1"
        repaired = event("damage-repaired", shared.fresh("e"), "2024-02-01", cost=1, cause="wear")
        answer = await desk.post(repaired, WEERT, dryRun="true")
        assert answer.status_code != 503


async def test_the_bodies_of_all_have_so_much_memory_together() -> None:
    limits = Limits(Most(body_bytes=100))
    assert [limits.hold(party, 25) for party in "abcd"] == [True] * 4
    assert not limits.hold("e", 1)


async def test_a_body_that_does_not_come_is_not_waited_for(shared: Desk) -> None:
    async with limited(shared, body_seconds=0.01) as desk:
        answer = await desk.call("POST", "/v1/events", MAAS, content=never(), headers=STRUCTURED_)
        assert (answer.status_code, slug(answer)) == (408, "too-slow")
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(("rate", "told"), [(1, "malformed"), (1 << 30, "too-slow")])
async def test_what_came_of_a_body_earns_time_for_the_rest(
    rate: int, told: str, shared: Desk
) -> None:
    async with limited(shared, body_seconds=0.01, body_rate=rate) as desk:
        headers = {"Content-Type": BATCH}
        body = paused(b" " * 60, 0.05)
        assert (
            slug(await desk.call("POST", "/v1/events", MAAS, content=body, headers=headers)) == told
        )


STRUCTURED_ = {"Content-Type": STRUCTURED}


async def never() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def paused(piece: bytes, pause: float) -> AsyncIterator[bytes]:
    yield piece
    loop = asyncio.get_running_loop()
    later = loop.create_future()
    loop.call_later(pause, later.set_result, None)
    await later
    yield piece


async def test_what_was_declined_is_counted_by_its_reason(shared: Desk) -> None:
    async with limited(shared, calls_a_minute=1) as desk:
        before = await declined_of(desk)
        for _ in range(3):
            await desk.get("/v1/alerts", WEERT)
        now = await declined_of(desk)
    assert now["too-many-calls"] - before["too-many-calls"] == 2
    assert now.keys() >= {"too-many-at-once", "too-slow", "unauthenticated", "internal-error"}


async def declined_of(desk: Desk) -> dict[str, float]:
    text = (await desk.get("/metrics", None)).text
    found = re.findall(r'seintje_http_declined_total\{reason="([a-z-]+)"\} ([0-9.]+)', text)
    return {reason: float(count) for reason, count in found}


async def test_limits_are_those_of_the_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("hub")
    async with a_desk(folder / "data", calls_a_minute=7, events_a_minute=1000) as desk:
        answer = await desk.post(signed(), MAAS)
        assert answer.headers["ratelimit-policy"] == '"calls";q=7;w=60, "events";q=1000;w=60'


async def test_a_batch_that_cannot_be_read_costs_a_call_and_no_event(shared: Desk) -> None:
    async with limited(shared) as desk:
        answer = await desk.post(b"[", MAAS, BATCH)
        assert left(answer).keys() == {"calls"}
