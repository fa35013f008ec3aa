"""Bad input over a real socket: each is told as a problem, nothing falls, memory stays flat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from bench.serve import served
from tests.gateway.bad_input import CORPUS, KEY, Bad
from tests.gateway.desk import BATCH, MAAS, Desk
from tests.gateway.raw import Port, Reply, listening, request

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEALTH: Final = request("GET /healthz")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def port(shared: Desk) -> AsyncIterator[Port]:
    async with listening(shared) as opened:
        yield opened


@pytest.mark.parametrize("bad", CORPUS, ids=lambda it: it.name)
async def test_is_told_as_a_problem(bad: Bad, port: Port, shared: Desk) -> None:
    reply = await port.ask(bad.sent.replace(KEY.encode(), shared.keys[MAAS].encode()))
    assert reply is not None
    judge(bad, reply)
    good = await port.ask(HEALTH)
    assert good is not None
    assert good.status == 200


def judge(bad: Bad, reply: Reply) -> None:
    """That it was answered as it must be, and that the answer says nothing else."""
    assert (reply.status, reply.body) == (bad.status, reply.body)
    if bad.slug:
        assert reply.slug in bad.slug.split(",")
    assert "x-injected" not in reply.headers
    assert reply.headers["api-version"] == "1.0.0"
    for leak in (b"Traceback", b'File "', b"hub/", b"site-packages"):
        assert leak not in reply.body


@pytest.mark.slow
async def test_memory_stays_flat(tmp_path: Path) -> None:
    """The same again and again, and as many of the largest at once as there is room for."""
    with served(tmp_path / "data", "fixed:2024-03-01T12:00:00Z") as (hub, process):
        key = hub.keys[MAAS].encode()
        there = Port(hub.port, asyncio.Event())
        corpus = [bad.sent.replace(KEY.encode(), key) for bad in CORPUS]
        for bad, sent in zip(CORPUS, corpus, strict=True):
            reply = await there.ask(sent)
            assert reply is not None, bad.name
            judge(bad, reply)  # by the loop that a hub has, too
        before = memory_of(process.pid, "VmRSS")
        for sent in corpus * 3:
            await there.ask(sent)
        assert memory_of(process.pid, "VmRSS") - before < 24
        await asyncio.gather(*(there.ask(sent) for sent in largest(key) * 16))
        await there.ask(HEALTH)
        assert memory_of(process.pid, "VmHWM") - before < 200
        assert memory_of(process.pid, "VmRSS") - before < 100
        good = await there.ask(HEALTH)
        assert good is not None
        assert good.status == 200


def largest(key: bytes) -> list[bytes]:
    """As large as may be, and of what is much once it is read."""
    many = [b"[]", b"{}", b"1", b'""', b"1e9"]
    bodies = [b"[" + b",".join([it] * ((8 << 20) // (len(it) + 1) - 2)) + b"]" for it in many]
    full = b"[" + b",".join([b'{"a":' + b"[" * 4_000 + b"]" * 4_000 + b"}"] * 1000) + b"]"
    return [
        request("POST /v1/events", key.decode(), body, Content_Type=BATCH)
        for body in (*bodies, full)
    ]


def memory_of(process: int, what: str) -> int:
    """In MB."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(status.partition(f"{what}:")[2].split()[0]) >> 10
