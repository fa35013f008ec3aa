"""The server under the gateway: uvicorn, on a socket that we open, stopped by us.

It leaves signals alone, logs no requests (an address and a path are in them), and lets those that
are being answered finish; a request that comes after that is told to try again elsewhere.
"""

from __future__ import annotations

import asyncio
import math
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette

from hub.errors import Misconfigured
from hub.gateway.doors import Doors, Guarded
from hub.gateway.tls import TlsProtocol
from hub.settings import Listen

_GRACE_SECONDS: Final = 10
_DOORS: Final = Doors()


class _Server(uvicorn.Server):
    config: Guarded

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As the one above, with sockets only; and who shakes hands must be done in time."""
        await self.lifespan.startup()
        loop, tls, seconds = asyncio.get_running_loop(), self.config.ssl, None
        if tls is not None:
            seconds = self.config.doors.head_seconds  # by itself it would be a minute
        self.servers = [
            await loop.create_server(
                self._connection, sock=it, ssl=tls, ssl_handshake_timeout=seconds
            )
            for it in sockets or ()
        ]
        self.started = True

    def _connection(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]  # as uvicorn calls it
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # they are the hub's


class Server:
    """Serves an application on a socket until it is stopped."""

    def __init__(
        self,
        app: Starlette,
        listening: socket.socket,
        doors: Doors = _DOORS,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls` None: in plain text."""
        self._listening = listening
        self._config = _config(app, doors)
        self._config.ssl = tls  # its own settings make one that is less strict
        self._server = _Server(self._config)

    async def serve(self, stopping: asyncio.Event) -> None:
        """Answer requests until `stopping` is set, then finish those that came."""
        self._config.stopping = stopping.is_set
        serving = asyncio.ensure_future(self._server.serve([self._listening]))
        stop = asyncio.ensure_future(stopping.wait())
        try:
            await asyncio.wait({serving, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            self._server.should_exit = True
            await serving


def _config(app: Starlette, doors: Doors) -> Guarded:
    config = Guarded(
        app,
        http=TlsProtocol,
        loop="none",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=math.ceil(doors.idle_seconds),
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    config.load()
    config.doors = doors
    config.told = getattr(app.state, "declined", config.told)
    return config


def open_socket(listen: Listen) -> socket.socket:
    """A socket that listens there; Misconfigured if that cannot be."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((listen.host, listen.port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        told = f"cannot listen there ({error.strerror}); give another HOST:PORT"
        raise Misconfigured(f"listen {listen}", told) from error
    listening.setblocking(False)
    return listening
