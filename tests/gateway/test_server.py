"""The gateway under its real server, over loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.gateway.desk import BATCH, MAAS, STRUCTURED, WEERT, Desk, served, slug
from tests.streams.world import event, signed

SENT = event("damage-repaired", "e", "2024-02-01", cost=1, cause="wear")


@pytest.fixture
async def reached(desk: Desk) -> AsyncIterator[Desk]:
    """The same desk, by way of a socket."""
    async with served(desk) as opened:
        yield opened


async def test_an_event_is_kept_in_every_mode(reached: Desk) -> None:
    headers = {f"CE-{name.title()}": SENT[name] for name in ("specversion", "id", "source", "type")}
    body = msgspec.json.encode(SENT["data"])
    binary = await reached.call(
        "POST",
        "/v1/events",
        MAAS,
        content=body,
        headers=headers | {"Content-Type": "application/json"},
    )
    assert (binary.status_code, binary.json()["status"]) == (202, "accepted")
    structured = await reached.post(SENT, MAAS, STRUCTURED)
    batch = await reached.post([SENT], MAAS, BATCH)
    assert structured.json()["status"] == "duplicate"
    assert batch.json()["receipts"][0]["status"] == "duplicate"


async def test_too_large_a_body_is_declined_and_the_next_is_read(reached: Desk) -> None:
    answer = await reached.post(b" " * 1_000_000, MAAS)
    assert slug(answer) == "too-large"
    assert (await reached.post(SENT, MAAS)).status_code == 202


async def test_who_leaves_halfway_is_no_fault(reached: Desk) -> None:
    port = reached.client.base_url.port
    assert port is not None
    _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = reached.keys[MAAS]
    writer.write(
        b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\nAuthorization: Bearer " + key.encode() + b"\r\n\r\n{"
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await reached.post(SENT, MAAS)).status_code == 202


async def test_a_head_request_is_answered_without_a_body(reached: Desk) -> None:
    answer = await reached.call("HEAD", "/healthz", None)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_requests_are_answered_while_one_waits(reached: Desk) -> None:
    waiting = asyncio.create_task(reached.alerts(WEERT, order="cursor", wait=30))
    await reached.send(signed())
    assert await waiting


async def test_no_header_tells_what_the_server_is(reached: Desk) -> None:
    answer = await reached.call("GET", "/healthz", None)
    assert "server" not in answer.headers
