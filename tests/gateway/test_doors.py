"""Connections: how many, how long they may wait, and what is no request at all."""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

import pytest
import trustme
from msgspec.structs import replace

from hub.gateway.doors import Doors
from tests.gateway.desk import MAAS, Desk
from tests.gateway.raw import Line, listening, request
from tests.gateway.test_limits import Held, held_by

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEALTH: Final = request("GET /healthz")
NEVER: Final = 3600.0
SOON: Final = 0.05


async def test_a_connection_that_says_nothing_is_let_go(shared: Desk) -> None:
    doors = Doors(idle_seconds=SOON, head_seconds=NEVER)
    async with listening(shared, doors) as port, port.line() as line:
        assert await line.ended()


async def test_a_connection_that_was_answered_and_says_nothing_more_is_let_go(
    shared: Desk,
) -> None:
    doors = Doors(idle_seconds=SOON, head_seconds=NEVER)
    async with listening(shared, doors) as port, port.line() as line:
        await line.send(HEALTH)
        assert await answered(line) == 200
        await line.send(b"\r\n")  # no beginning of anything
        assert await line.ended()


async def test_a_head_that_comes_a_drop_at_a_time_is_not_waited_for(shared: Desk) -> None:
    async with listening(shared, Doors(head_seconds=SOON)) as port, port.line() as line:
        await line.send(HEALTH[:-4])
        reply = await line.reply()
        assert reply is not None
        assert (reply.status, reply.slug) == (408, "too-slow")
        assert await line.ended()


async def test_what_is_left_of_a_body_that_was_declined_is_not_read_for_ever(
    shared: Desk,
) -> None:
    async with listening(shared, Doors(head_seconds=SOON)) as port, port.line() as line:
        await line.send(request("POST /v1/events", Content_Length="9000000"))
        assert await answered(line) == 401
        await line.send(b" " * 1000)
        assert await line.ended()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(request("GET /healthz", X="x" * 40_000), id="one header"),
        pytest.param(request("GET /healthz?" + "x" * 40_000), id="the address"),
        pytest.param(request("GET /healthz", **{f"X{it}": "" for it in range(101)}), id="many"),
        pytest.param(request("GET /healthz", X="x" * 400_000)[:-4], id="one that has no end"),
        pytest.param(b"GET /" + b"x" * 400_000, id="an address that has no end"),
    ],
)
async def test_a_head_that_is_too_large_is_told_so(sent: bytes, shared: Desk) -> None:
    async with listening(shared) as port:
        reply = await port.ask(sent)
        assert reply is not None
        assert (reply.status, reply.slug) == (431, "headers-too-large")
        assert reply.headers["connection"] == "close"
        assert reply.headers["api-version"] == "1.0.0"


async def test_a_head_as_large_as_may_be_is_read(shared: Desk) -> None:
    async with listening(shared) as port:
        reply = await port.ask(request("GET /healthz", X="x" * 32_000))
        assert reply is not None
        assert reply.status == 200


async def test_for_one_connection_too_many_the_longest_waiting_goes(shared: Desk) -> None:
    async with (
        listening(shared, Doors(connections=2)) as port,
        port.line() as first,
        port.line() as second,
    ):
        await first.send(HEALTH)
        assert await answered(first) == 200
        await second.send(b"GET /healthz HTTP/1.1\r\nHost: h")  # waits for longer than the first
        async with port.line() as third:
            await third.send(HEALTH)
            assert await answered(third) == 200
        assert await second.ended()
        await first.send(HEALTH)
        assert await answered(first) == 200


async def test_a_connection_that_is_worked_for_does_not_go(shared: Desk) -> None:
    gateway = shared.hub.gateway()
    reception: Held = held_by(gateway)
    gateway = replace(gateway, reception=reception)
    sent = request("POST /v1/events", shared.keys[MAAS], b"{}", Content_Type="application/json")
    async with (
        listening(shared, Doors(connections=1), gateway) as port,
        port.line() as working,
    ):
        await working.send(sent)
        await reception.began.acquire()
        reply = await port.ask(HEALTH)
        assert reply is not None
        assert (reply.status, reply.slug) == (503, "unavailable")
        assert reply.headers["retry-after"] == "1"
        reception.let.set()
        assert await answered(working) == 400


async def test_a_hub_that_stops_answers_what_it_began_and_nothing_else(shared: Desk) -> None:
    gateway = shared.hub.gateway()
    reception: Held = held_by(gateway)
    gateway = replace(gateway, reception=reception)
    sent = request("POST /v1/events", shared.keys[MAAS], b"{}", Content_Type="application/json")
    async with (
        listening(shared, gateway=gateway) as port,
        port.line() as working,
        port.line() as other,
    ):
        await working.send(sent)
        await reception.began.acquire()
        await other.send(HEALTH)
        assert await answered(other) == 200
        port.stopping.set()
        await other.send(HEALTH)
        reply = await other.reply()
        assert reply is None or (reply.status, reply.slug) == (503, "unavailable")
        assert reply is None or reply.headers["connection"] == "close"
        reception.let.set()
        assert await answered(working) == 400
        assert await working.ended()


def tls_both_ways() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of the server, and of a client that trusts it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def test_a_handshake_that_does_not_come_is_not_waited_for(shared: Desk) -> None:
    server, _ = tls_both_ways()
    async with (
        listening(shared, Doors(head_seconds=SOON), tls=server) as port,
        port.line() as line,
    ):
        await line.send(b"\x16")
        assert await line.ended()


async def test_behind_tls_it_is_told_as_well(shared: Desk) -> None:
    server, client = tls_both_ways()
    async with listening(shared, tls=server) as port:
        for sent, status in (
            (request("GET /healthz", X="x" * 400_000), 431),
            (b"nonsense\r\n", 400),
        ):
            async with port.line(client) as line:
                await line.send(sent)
                assert await answered(line) == status


async def test_requests_on_one_connection_are_answered_in_their_order(shared: Desk) -> None:
    async with listening(shared) as port, port.line() as line:
        await line.send(HEALTH + request("GET /v1/nothing") + HEALTH)
        assert [await answered(line) for _ in range(3)] == [200, 404, 200]


async def test_what_is_declined_at_the_door_is_counted(shared: Desk) -> None:
    gateway = shared.hub.gateway()
    before = count_of(gateway.metrics.exposition(is_ready=True))
    async with listening(shared, gateway=gateway) as port:
        await port.ask(b"nonsense\r\n\r\n")
    assert count_of(gateway.metrics.exposition(is_ready=True)) == before + 1


def count_of(exposition: bytes) -> float:
    name = b'seintje_http_declined_total{reason="malformed-request"} '
    return float(exposition.partition(name)[2].split()[0])


async def answered(line: Line) -> int | None:
    reply = await asyncio.wait_for(line.reply(), 30)
    return None if reply is None else reply.status
