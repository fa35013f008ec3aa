"""Real servers on loopback, for the systems of parties: up, away, and up again at the same port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send


class Place:
    """Where an application is served. While it is away nobody else takes its port."""

    def __init__(self, app: ASGIApp, holder: socket.socket) -> None:
        self._app = _unmoved(app)
        self.port = int(holder.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        self._serving: asyncio.Task[None] | None = None
        self._server: uvicorn.Server | None = None

    async def come(self) -> None:
        if self._serving is not None:
            return
        listening = _bound(self.port)
        listening.listen(128)
        config = uvicorn.Config(self._app, log_config=None, lifespan="off", http="h11")
        self._server = _Quiet(config)
        self._serving = asyncio.create_task(self._server.serve([listening]))

    async def go(self) -> None:
        if self._serving is None or self._server is None:
            return
        self._server.should_exit = self._server.force_exit = True
        await self._serving
        self._serving = None


def _unmoved(app: ASGIApp) -> ASGIApp:
    """The application, to which somebody who is killed in the middle of a call is no error."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientDisconnect):
            await app(scope, receive, send)

    return serve


class _Quiet(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # they are of the test


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[Place]:
    """The application at a place of its own, up."""
    with _bound(0) as holder:
        place = Place(app, holder)
        await place.come()
        try:
            yield place
        finally:
            await place.go()


def _bound(port: int) -> socket.socket:
    # Of TCP by name, or asyncio does not send small answers at once and each waits 40 ms.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    found.bind(("127.0.0.1", port))
    return found
