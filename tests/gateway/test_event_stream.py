"""Alerts as an event stream, over a real server: in order, once, of oneself, and to an end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from itertools import pairwise
from typing import Any, Final, TypeVar

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from hub.errors import Unavailable
from hub.gateway import api_keys
from hub.gateway.event_stream import AT_ONCE
from hub.gateway.open_streams import OpenStreams
from hub.reading import alerts
from hub.reading.alerts import Wanted
from hub.reading.model import Answer, Reading
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from tests.gateway.desk import HUURDERS, MAAS, ONDERDAK, PEEL, ROERMOND, WEERT, Desk, served, slug
from tests.gateway.event_source import STREAM, EventSource, Told, opened
from tests.streams.world import signed

PATIENCE_SECONDS: Final = 60.0
NEVER: Final = 3600.0
EVENT: Final = b"\nevent: alert\n"
END: Final = b"\r\n0\r\n\r\n"

T = TypeVar("T")


@pytest.fixture
async def reached(desk: Desk) -> AsyncIterator[Desk]:
    """By way of a socket. No heartbeat comes by itself, so what is waited for must come by its
    own."""
    gateway = replace(desk.hub.gateway(), open_streams=OpenStreams(heartbeat_seconds=NEVER))
    async with served(desk, gateway) as served_desk:
        yield served_desk


@pytest.fixture
async def beating(desk: Desk) -> AsyncIterator[Desk]:
    """The same with a heart that beats fast."""
    gateway = replace(desk.hub.gateway(), open_streams=OpenStreams(heartbeat_seconds=0.02))
    async with served(desk, gateway) as served_desk:
        yield served_desk


def stream(
    desk: Desk, party: str, last: str | None = None, **query: Any
) -> AbstractAsyncContextManager[EventSource]:
    return opened(desk.client, desk.keys[party], last, **query)


async def ask(desk: Desk, party: str, **query: Any) -> httpx.Response:
    """Ask for a stream that is not given."""
    return await desk.call("GET", "/v1/alerts", party, query, headers=STREAM)


async def patiently(answer: Awaitable[T]) -> T:
    """The answer; what does not come fails a test instead of hanging it."""
    return await asyncio.wait_for(answer, PATIENCE_SECONDS)


async def cursor_of(desk: Desk, party: str) -> str:
    """Behind all that the party was told."""
    return str((await desk.get("/v1/alerts", party)).json()["cursor"])


async def act(desk: Desk, alert_id: str) -> None:
    """Change an alert, for all who are told of it."""
    answer = await desk.act(alert_id, "acknowledgement", WEERT)
    assert answer.status_code == 202, answer.text
    await desk.hub.settled()


async def test_all_that_is_told_comes_in_order_as_the_list_shows_it(reached: Desk) -> None:
    await reached.send(signed())
    listed = await reached.alerts(WEERT, order="cursor")
    async with stream(reached, WEERT) as source:
        assert [it.alert for it in await source.take(len(listed))] == listed
        await act(reached, listed[0]["alertId"])
        assert is_acknowledged(await source.next(), listed[0]["alertId"])
    assert source.retries == ["5000"]


async def test_the_answer_is_one_that_nothing_keeps_or_holds_back(reached: Desk) -> None:
    async with stream(reached, WEERT) as source:
        headers = source.answer.headers
    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"
    assert headers["api-version"]


async def test_who_waits_hears_at_once(reached: Desk) -> None:
    async with stream(reached, WEERT) as source:
        waiting = asyncio.create_task(source.next())
        await reached.send(signed())
        assert (await patiently(waiting)).alert["status"] == "open"


async def test_over_any_number_of_connections_nothing_is_lost_or_doubled(reached: Desk) -> None:
    """Every connection is cut after one event, while alerts go on changing."""
    await reached.send(signed())
    ids = [it["alertId"] for it in await reached.alerts(WEERT)]

    async def change() -> None:
        for alert_id in ids:
            await act(reached, alert_id)

    changing = asyncio.create_task(change())
    told: list[Told] = []
    while not (told and is_acknowledged(told[-1], ids[-1])):
        async with stream(reached, WEERT, told[-1].id if told else None) as source:
            told.append(await patiently(source.next()))
    await changing
    revisions = [it.revision for it in told]
    assert len(set(revisions)) == len(revisions)
    last = {it.alert["alertId"]: it.alert for it in told}
    assert last == {it["alertId"]: it for it in await reached.alerts(WEERT, order="cursor")}
    for alert_id in ids:
        own = [revision for name, revision in revisions if name == alert_id]
        assert all(one < other for one, other in pairwise(own))


def is_acknowledged(told: Told, alert_id: str) -> bool:
    return (told.alert["alertId"], told.alert["status"]) == (alert_id, "acknowledged")


async def test_a_stream_goes_on_from_a_cursor_of_the_list(reached: Desk) -> None:
    await reached.send(signed())
    page = (await reached.get("/v1/alerts", WEERT, order="cursor", limit=2)).json()
    rest = await reached.alerts(WEERT, cursor=page["cursor"])
    async with stream(reached, WEERT, cursor=page["cursor"]) as source:
        assert [it.alert for it in await source.take(len(rest))] == rest


async def test_what_came_last_counts_more_than_the_cursor_in_the_address(reached: Desk) -> None:
    await reached.send(signed())
    page = (await reached.get("/v1/alerts", WEERT, order="cursor", limit=1)).json()
    async with stream(reached, WEERT, cursor=page["cursor"]) as source:
        first = await source.next()
        second = await source.next()
    async with stream(reached, WEERT, first.id, cursor=page["cursor"]) as source:
        assert await source.next() == second


async def test_a_cursor_of_the_stream_is_one_of_the_list(reached: Desk) -> None:
    await reached.send(signed())
    async with stream(reached, WEERT) as source:
        first = await source.next()
    listed = await reached.alerts(WEERT, order="cursor")
    assert await reached.alerts(WEERT, cursor=first.id) == listed[1:]


async def test_only_alerts_of_a_status_that_is_asked_for_are_told(reached: Desk) -> None:
    await reached.send(signed())
    one, other, *_ = await reached.alerts(WEERT)
    async with stream(reached, WEERT, status="acknowledged,closed") as source:
        waiting = asyncio.create_task(source.take(2))
        await reached.act(one["alertId"], "closure", ONDERDAK, outcome="solved")
        await reached.hub.settled()
        await act(reached, other["alertId"])
        told = await patiently(waiting)
    assert [(it.alert["alertId"], it.alert["status"]) for it in told] == [
        (one["alertId"], "closed"),
        (other["alertId"], "acknowledged"),
    ]


async def test_each_party_is_told_its_own_and_nobody_else_s(beating: Desk) -> None:
    async with AsyncExitStack() as undo:
        sources = {
            party: await undo.enter_async_context(stream(beating, party)) for party in (WEERT, MAAS)
        }
        await beating.send(signed())
        for party, source in sources.items():
            listed = await beating.alerts(party, order="cursor")
            assert [it.alert for it in await source.take(len(listed))] == listed
        for source in sources.values():
            await source.silence()
    assert await beating.alerts(WEERT, order="cursor") != await beating.alerts(MAAS, order="cursor")
    for party in (PEEL, ROERMOND, HUURDERS):
        async with stream(beating, party) as source:
            await source.silence()


async def test_a_heart_beats_while_there_is_nothing_to_tell(beating: Desk) -> None:
    async with stream(beating, WEERT) as source:
        for _ in range(3):
            await patiently(source.silence())
        await beating.send(signed())
        assert await patiently(source.next())
    assert source.heartbeats >= 3
    assert len(source.retries) == 1


def revoke(desk: Desk, party: str) -> None:
    with api_keys.editing(desk.hub.settings.data) as keys:
        assert api_keys.revoke(keys, party, None, 1)


async def test_a_key_that_is_revoked_ends_a_silent_stream(beating: Desk) -> None:
    async with stream(beating, WEERT) as source:
        await source.silence()
        revoke(beating, WEERT)
        assert await patiently(source.rest()) == []


async def test_what_changes_after_a_key_is_revoked_is_not_told(reached: Desk) -> None:
    async with stream(reached, WEERT) as source:
        revoke(reached, WEERT)
        await reached.send(signed())
        assert await patiently(source.rest()) == []


async def test_a_hub_that_stops_ends_streams_that_wait(reached: Desk) -> None:
    await reached.send(signed())
    end = await cursor_of(reached, WEERT)
    async with stream(reached, WEERT) as source, stream(reached, PEEL) as other:
        await source.until(end)
        reached.hub.stopping.set()
        assert await patiently(source.rest()) == []
        assert await patiently(other.rest()) == []


async def test_a_read_model_that_does_not_answer_ends_a_stream_whole(desk: Desk) -> None:
    is_away = asyncio.Event()

    def check() -> None:
        if is_away.is_set():
            raise Unavailable("catching up", 2.0)

    reading = Reading(desk.hub.store.database, check)
    async with served(desk, replace(desk.hub.gateway(), reading=reading)) as reached:
        async with stream(reached, WEERT) as source:
            is_away.set()
            await desk.send(signed())  # by another gateway, whose read model is there
            assert await patiently(source.rest()) == []
        answer = await ask(reached, WEERT)
    reading.close()
    assert (answer.status_code, slug(answer)) == (503, "unavailable")
    assert answer.headers["retry-after"] == "2"


async def test_a_stream_ends_where_positions_become_those_of_another_hub(desk: Desk) -> None:
    hubs = ["0000000a"]
    gateway = replace(desk.hub.gateway(), numbered_by=lambda: hubs[-1])
    async with served(desk, gateway) as reached:
        await reached.send(signed())
        listed = await reached.alerts(WEERT, order="cursor")
        async with stream(reached, WEERT) as source:
            *_, last = await source.take(len(listed))
            hubs.append("0000000b")
            await act(reached, listed[0]["alertId"])
            assert await patiently(source.rest()) == []
        async with stream(reached, WEERT, last.id) as source:
            again = await source.take(len(listed))
    assert {it.alert["alertId"] for it in again} == {it["alertId"] for it in listed}


async def test_a_party_has_so_many_streams_and_no_more(desk: Desk) -> None:
    gateway = replace(desk.hub.gateway(), open_streams=OpenStreams(most=2, heartbeat_seconds=NEVER))
    async with served(desk, gateway) as reached, stream(reached, WEERT):
        async with stream(reached, WEERT):
            answer = await ask(reached, WEERT)
            assert (answer.status_code, slug(answer)) == (429, "too-many-streams")
            assert int(answer.headers["retry-after"]) > 0
            assert (await reached.get("/v1/alerts", WEERT)).status_code == 200
            async with stream(reached, MAAS):
                pass
        await until(lambda: can_open(reached, WEERT))  # the one that was left has gone


async def can_open(desk: Desk, party: str) -> bool:
    headers = {**STREAM, "Authorization": f"Bearer {desk.keys[party]}"}
    async with desk.client.stream("GET", "/v1/alerts", headers=headers) as answer:
        return answer.status_code == 200


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, until it is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await look():
            pass


async def test_streams_that_are_open_are_counted(reached: Desk) -> None:
    async def are_open(count: int) -> bool:
        told = (await reached.get("/metrics", None)).text
        return f"seintje_event_streams {count}.0" in told

    assert await are_open(0)
    async with stream(reached, WEERT), stream(reached, MAAS):
        assert await are_open(2)
    await until(lambda: are_open(0))


async def test_a_stream_that_ended_by_itself_makes_room(desk: Desk) -> None:
    gateway = replace(desk.hub.gateway(), open_streams=OpenStreams(most=1, heartbeat_seconds=0.02))
    async with served(desk, gateway) as reached:
        with api_keys.editing(desk.hub.settings.data) as keys:
            other = api_keys.create(keys, WEERT, 0)
        async with opened(reached.client, other.secret) as source:
            with api_keys.editing(desk.hub.settings.data) as keys:
                api_keys.revoke(keys, WEERT, other.digest[:12], 1)
            assert await patiently(source.rest()) == []
        await until(lambda: can_open(reached, WEERT))


class Watched(Reading):
    """A read model that counts the pages that were asked of it."""

    pages = 0

    def ask(self, question: Callable[..., Answer]) -> Answer:
        asked = getattr(question, "keywords", {}).get("wanted")
        self.pages += isinstance(asked, Wanted)
        return super().ask(question)


async def test_what_a_slow_reader_has_not_read_waits_in_the_read_model(desk: Desk) -> None:
    """At no time is more taken out of it than a page and what sockets hold."""
    told, held = 300, 150
    await tell(desk, WEERT, told)
    reading = Watched(desk.hub.store.database)
    async with served(desk, replace(desk.hub.gateway(), reading=reading)) as reached:
        with await asked_by_socket(reached, WEERT) as reader:
            read, tail, ahead, pause = 0, b"", [0], 0
            while read < told:
                if read >= pause:
                    pause += 150
                    await do_for_others(reached)
                tail += await received(reader)
                read += tail.count(EVENT)
                tail = tail[-len(EVENT) + 1 :]
                ahead.append(reading.pages * AT_ONCE - read)
    reading.close()
    assert max(ahead) < held


async def test_a_key_that_is_revoked_ends_a_stream_in_the_middle_of_a_page(reached: Desk) -> None:
    await tell(reached, WEERT, AT_ONCE)
    with await asked_by_socket(reached, WEERT) as reader:
        await do_for_others(reached)
        revoke(reached, WEERT)
        read = b""
        while not read.endswith(END):
            read += await received(reader)
    assert read.count(EVENT) < AT_ONCE


async def test_a_place_that_the_read_model_forgot_wakes_who_waits_once(desk: Desk) -> None:
    await desk.send(signed())
    last = "SELECT max(position) FROM read_alert WHERE party = ?"
    forget = f"DELETE FROM read_alert WHERE position = ({last})"
    await desk.hub.store.transact(lambda it: it.execute(forget, (WEERT,)))
    reading = Watched(desk.hub.store.database)
    silent = OpenStreams(heartbeat_seconds=NEVER)
    gateway = replace(desk.hub.gateway(), reading=reading, open_streams=silent)
    async with served(desk, gateway) as reached:
        end = await cursor_of(reached, WEERT)
        reading.pages = 0
        async with stream(reached, WEERT, end):
            await do_for_others(reached)
            assert reading.pages <= 2
    reading.close()


async def do_for_others(desk: Desk) -> None:
    """Requests that give the hub every chance to go on with a stream."""
    for _ in range(5):
        assert (await desk.get("/healthz", None)).status_code == 200


async def received(reader: socket.socket) -> bytes:
    return await patiently(asyncio.get_running_loop().sock_recv(reader, 8192))


async def tell(desk: Desk, party: str, count: int) -> None:
    """Put so many large views in the read model."""
    views = [told_to(party, number, 16384) for number in range(1, count + 1)]
    await desk.hub.store.transact(lambda it: alerts.put(it, views))


def told_to(party: str, number: int, size: int) -> tuple[Emit, int, int]:
    view = {
        "alertId": f"al-{number}",
        "revision": 1,
        "status": "open",
        "severity": "low",
        "rule": "a-rule",
        "title": "x" * size,
    }
    return Emit(OUT + party, b"", msgspec.json.encode(view)), number, 0


async def asked_by_socket(desk: Desk, party: str) -> socket.socket:
    """A stream, asked for by a socket that holds little."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
    reader.setblocking(False)
    loop = asyncio.get_running_loop()
    url = desk.client.base_url
    await loop.sock_connect(reader, (url.host, url.port))
    asked = f"GET /v1/alerts HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {desk.keys[party]}\r\n"
    await loop.sock_sendall(reader, f"{asked}Accept: text/event-stream\r\n\r\n".encode())
    return reader


async def test_the_head_of_a_stream_is_answered(reached: Desk) -> None:
    answer = await reached.call("HEAD", "/v1/alerts", WEERT, headers=STREAM)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")


@pytest.mark.parametrize(
    "accept",
    [
        pytest.param("*/*", id="anything"),
        pytest.param("application/json", id="JSON"),
        pytest.param("application/json, text/event-stream", id="both, JSON first"),
        pytest.param("text/event-stream;q=0.5, application/json;q=0.9", id="JSON rather"),
        pytest.param("text/event-stream;q=0", id="anything but a stream"),
        pytest.param("text/event-stream;q=best", id="nobody knows how much"),
        pytest.param("text/*", id="a range"),
    ],
)
async def test_the_list_is_for_who_accepts(accept: str, reached: Desk) -> None:
    answer = await reached.call("GET", "/v1/alerts", WEERT, headers={"Accept": accept})
    assert answer.json()["alerts"] == []


@pytest.mark.parametrize(
    "accept",
    [
        pytest.param("TEXT/Event-Stream; charset=utf-8", id="in capitals, with a charset"),
        pytest.param("text/event-stream, */*;q=0.1", id="that first"),
        pytest.param("application/json;q=0.9, text/event-stream ; q=1.0", id="that rather"),
    ],
)
async def test_the_stream_is_for_who_accepts(accept: str, reached: Desk) -> None:
    headers = {"Accept": accept, "Authorization": f"Bearer {reached.keys[WEERT]}"}
    async with reached.client.stream("GET", "/v1/alerts", headers=headers) as answer:
        assert answer.headers["content-type"] == "text/event-stream"


@pytest.mark.parametrize("name", ["wait", "limit", "order"])
async def test_a_stream_does_not_have_the_parameter(name: str, reached: Desk) -> None:
    answer = await ask(reached, WEERT, **{name: "1"})
    assert (answer.status_code, slug(answer)) == (400, "unknown-parameter")


@pytest.mark.parametrize(
    ("query", "last", "path"),
    [
        pytest.param({"cursor": "afterwards"}, "", "query.cursor", id="no cursor"),
        pytest.param({"cursor": "YmVmb3JlOjQ"}, "", "query.cursor", id="one of what is older"),
        pytest.param({}, "7", "Last-Event-ID", id="a number for an id"),
        pytest.param({"status": "sleeping"}, "", "query.status", id="no such status"),
    ],
)
async def test_a_stream_cannot_begin_with(
    query: dict[str, str], last: str, path: str, reached: Desk
) -> None:
    headers = {**STREAM, "Last-Event-ID": last}
    answer = await reached.call("GET", "/v1/alerts", WEERT, query, headers=headers)
    assert (answer.status_code, slug(answer)) == (400, "invalid-parameter")
    assert [it["path"] for it in answer.json()["violations"]] == [path]
