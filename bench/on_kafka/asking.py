"""Who asks a gateway, in a process of its own: `python -m bench.on_kafka.asking`.

What to do comes as one line of JSON on stdin. `single` posts facts one by one at a steady rate,
whatever has been answered: how long each took counts from when it was to be sent. `batches` posts
hundreds over a few connections, each as soon as the one before was answered. `streams` opens event
streams and listens until stdin ends. Each says on stdout when it begins, and what it found. The
client is as little as it can be, for it has the same cores.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final, Literal

import msgspec
from msgspec import Struct

from bench.post import BATCH, Request, batched, requests

_STREAM: Final = (
    b"GET /v1/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %b\r\n"
    b"Accept: text/event-stream\r\n\r\n"
)
_POST: Final = (
    b"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %b\r\n"
    b"Content-Type: application/%b\r\nContent-Length: %d\r\n\r\n"
)


class Asked(Struct, frozen=True):
    """What to do. `count`: facts of `single` and `batches`, streams of `streams`. `warm`: facts of
    `single` that are sent before and not counted. `skip`: facts that were sent before, of a region
    that has at least `region` of them: the same for all who ask, or facts would differ."""

    what: Literal["single", "batches", "streams"]
    port: int
    keys: dict[str, str]
    count: int
    region: int = 0
    rate: int = 0
    warm: int = 0
    skip: int = 0
    connections: int = 1


class Found(Struct, frozen=True):
    """What came of it: the milliseconds of each call, seconds of all, how many facts were accepted;
    for streams how many ended, and how many lines came."""

    waits: list[float] = []
    seconds: float = 0.0
    accepted: int = 0
    ended: int = 0
    lines: int = 0


class Connection:
    """One connection that is kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self, request: bytes) -> int:
        """How many facts were accepted."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        body = await self._reader.readexactly(int(length))
        return body.partition(b"]")[0].count(b'"accepted"')  # of one the status stands there twice

    async def lines(self, request: bytes) -> int:
        """How many lines of a stream came until it was cancelled."""
        self._writer.write(request)
        count = 0
        with suppress(asyncio.CancelledError):
            while await self._reader.readline():
                count += 1
        self._writer.close()
        return count


async def single(asked: Asked) -> Found:
    feed = islice(requests(asked.region), asked.skip, None)
    posts = _posts(asked, islice(feed, asked.warm + asked.count))
    free = [await Connection.to(asked.port) for _ in range(asked.connections)]
    await _steadily(posts[: asked.warm], asked, free)
    _say("begins")
    return await _steadily(posts[asked.warm :], asked, free)


async def _steadily(posts: Sequence[bytes], asked: Asked, free: list[Connection]) -> Found:
    waits: list[float] = []
    accepted = 0

    async def post(request: bytes, due: float) -> None:
        nonlocal accepted
        connection = free.pop() if free else await Connection.to(asked.port)
        count = await connection.post(request)
        accepted += count
        waits.append((time.perf_counter() - due) * 1000)
        free.append(connection)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as sending:
        for position, request in enumerate(posts):
            due = begun + position / asked.rate
            await asyncio.sleep(due - time.perf_counter())
            sending.create_task(post(request, due))
    return Found(waits, time.perf_counter() - begun, accepted)


async def batches(asked: Asked) -> Found:
    feed = islice(requests(asked.region), asked.skip, None)
    posts = _posts(asked, islice(batched(feed), asked.count // BATCH))
    _say("begins")
    waits: list[float] = []
    accepted = 0
    left = iter(posts)

    async def post_some() -> None:
        nonlocal accepted
        connection = await Connection.to(asked.port)
        for request in left:
            begun = time.perf_counter()
            count = await connection.post(request)
            accepted += count
            waits.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as sending:
        for _ in range(asked.connections):
            sending.create_task(post_some())
    return Found(waits, time.perf_counter() - begun, accepted)


async def streams(asked: Asked) -> Found:
    keys = list(asked.keys.values())
    listening = []
    for number in range(asked.count):
        connection = await Connection.to(asked.port)
        key = keys[number % len(keys)].encode()
        listening.append(asyncio.create_task(connection.lines(_STREAM % key)))
    _say("begins")
    await asyncio.to_thread(sys.stdin.read)
    ended = sum(it.done() for it in listening)
    for it in listening:
        it.cancel()
    return Found(ended=ended, lines=sum(await asyncio.gather(*listening)))


def _posts(asked: Asked, feed: Iterable[Request]) -> list[bytes]:
    posts = []
    for party, body in feed:
        media = b"cloudevents-batch+json" if body.startswith(b"[") else b"cloudevents+json"
        posts.append(_POST % (asked.keys[party].encode(), media, len(body)) + body)
    return posts


def _say(told: str | Found) -> None:
    print(msgspec.json.encode(told).decode(), flush=True)


def main() -> None:
    asked = msgspec.json.decode(sys.stdin.readline(), type=Asked)
    work = {"single": single, "batches": batches, "streams": streams}[asked.what]
    _say(asyncio.run(work(asked)))


if __name__ == "__main__":
    main()
