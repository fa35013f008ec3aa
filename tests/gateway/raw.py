"""A connection to a gateway that sends bytes as they are, and reads the answers to them.

For what no decent client sends: httpx would mend it, or refuse to.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import msgspec
from msgspec import Struct

from hub.gateway.app import app
from hub.gateway.doors import Doors
from hub.gateway.gateway import Gateway
from hub.gateway.server import Server, open_socket
from hub.settings import Listen
from tests.gateway.desk import Desk

_DOORS: Final = Doors()


class Reply(Struct, frozen=True):
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def slug(self) -> str:
        """Which problem it is."""
        assert self.headers["content-type"] == "application/problem+json", self
        problem = self.problem
        assert problem["status"] == self.status
        return str(problem["type"]).removeprefix("/problems/")

    @property
    def problem(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.body)
        return found


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, sent: bytes) -> None:
        """Send; that the other side has gone shows in what is read."""
        with suppress(ConnectionError):
            self.writer.write(sent)
            await self.writer.drain()

    async def reply(self, *, has_body: bool = True) -> Reply | None:
        """The next answer; None if the connection ended instead."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        first, *lines = head.decode().rstrip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (it.partition(": ") for it in lines)}
        length = int(headers.get("content-length", 0)) if has_body else 0
        return Reply(int(first.split()[1]), headers, await self.reader.readexactly(length))

    async def ended(self) -> bool:
        """Whether the other side has nothing more to say; waits until it says so."""
        with suppress(ConnectionError):
            return await self.reader.read() == b""
        return True

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()


class Port:
    """A gateway that listens, and how to get a connection to it."""

    def __init__(self, number: int, stopping: asyncio.Event) -> None:
        self.number = number
        self.stopping = stopping

    @asynccontextmanager
    async def line(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Line]:
        line = Line(*await asyncio.open_connection("127.0.0.1", self.number, ssl=tls))
        try:
            yield line
        finally:
            await line.close()

    async def ask(self, sent: bytes) -> Reply | None:
        """What is answered to this on a connection of its own."""
        async with self.line() as line:
            await line.send(sent)
            return await line.reply()


@asynccontextmanager
async def listening(
    desk: Desk,
    doors: Doors = _DOORS,
    gateway: Gateway | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Port]:
    """The gateway of a hub under its real server; only the server is stopped afterwards."""
    opened = open_socket(Listen("127.0.0.1", 0))
    stopping = asyncio.Event()
    server = Server(app(gateway or desk.hub.gateway()), opened, doors, tls=tls)
    port = opened.getsockname()[1]
    serving = asyncio.create_task(server.serve(stopping))
    try:
        yield Port(port, stopping)
    finally:
        stopping.set()
        await serving


def request(
    line: str, key: str | None = None, body: bytes | None = None, /, **headers: str
) -> bytes:
    """A request as bytes; `_` in the name of a header is `-`."""
    told = {"Host": "hub"} | {name.replace("_", "-"): it for name, it in headers.items()}
    told |= {} if key is None else {"Authorization": f"Bearer {key}"}
    told |= {} if body is None else {"Content-Length": str(len(body))}
    lines = [f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode() + (body or b"")
