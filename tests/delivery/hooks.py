"""A receiver of webhooks on loopback that answers as a script says, and remembers what it got."""

from __future__ import annotations

import asyncio
import json
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import trustme
from msgspec import Struct

PATIENCE_SECONDS: Final = 60.0
OK: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


class Got(Struct, frozen=True):
    """A request, whole."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def position(self) -> int:
        """Of a revision as `told` makes it: its number says where it stands."""
        return int(json.loads(self.body)["data"]["revision"])


class Hangs(Struct, frozen=True):
    """No answer."""


class Resets(Struct, frozen=True):
    """The connection ends in a reset."""


Step: TypeAlias = bytes | Hangs | Resets


def status(code: int, *headers: str) -> bytes:
    """An answer with this status."""
    told = "".join(f"{it}\r\n" for it in headers)
    return f"HTTP/1.1 {code} Told\r\ncontent-length: 0\r\n{told}\r\n".encode()


class Hook:
    """`answer` decides by the request; `got` are all requests, `taken` those answered with 2xx."""

    def __init__(self, answer: Callable[[Got], Step]) -> None:
        self.port = 0
        self.got: list[Got] = []
        self.taken: list[Got] = []
        self._answer = answer
        self._over = asyncio.Event()
        self._going_on = asyncio.Event()
        self._going_on.set()
        self._changed = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                got = await _read(reader)
                self.got.append(got)
                step = self._answer(got)
                if isinstance(step, bytes) and step.startswith(b"HTTP/1.1 2"):
                    self.taken.append(got)
                async with self._changed:
                    self._changed.notify_all()
                await self._going_on.wait()
                if isinstance(step, Hangs):
                    await self._over.wait()
                    break
                if isinstance(step, Resets):
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(1, 13, linger)
                    writer.transport.abort()
                    break
                writer.write(step)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def hold(self) -> None:
        """Answer nothing, until `release`."""
        self._going_on.clear()

    def release(self) -> None:
        self._going_on.set()

    async def came(self, count: int) -> None:
        """Wait for so many requests."""
        await self.took(lambda: len(self.got) >= count)

    async def took(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so of what came."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(is_so)

    def end(self) -> None:
        self._over.set()


async def _read(reader: asyncio.StreamReader) -> Got:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (it.partition(": ") for it in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = first.split(" ")
    return Got(method, path, headers, body)


@asynccontextmanager
async def hook(
    ca: trustme.CA,
    answer: Callable[[Got], Step] | None = None,
    port: int = 0,
    wants: trustme.CA | None = None,
) -> AsyncIterator[Hook]:
    """A receiver over TLS; without `answer` it takes everything. `wants` a certificate of whom
    this one signed."""
    found = Hook(answer or (lambda _got: OK))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(tls)
    if wants is not None:
        tls.verify_mode = ssl.CERT_REQUIRED
        wants.configure_trust(tls)
    listening = await asyncio.start_server(found.serve, "127.0.0.1", port, ssl=tls)
    found.port = listening.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        found.end()
        listening.close()
        await listening.wait_closed()


def in_turn(steps: Sequence[Step]) -> Callable[[Got], Step]:
    """One step after the other, and then everything is taken."""
    left = list(steps)
    return lambda _got: left.pop(0) if left else OK
