"""How a process with a gateway serves it, until it is told to stop: one way for both such roles."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

import structlog
import uvloop
from starlette.applications import Starlette

from hub.compose.console import console_of
from hub.console.app import routes
from hub.console.links import Links
from hub.gateway.app import app
from hub.gateway.doors import Doors
from hub.gateway.gateway import Gateway
from hub.gateway.limits import Limits, Most
from hub.gateway.server import Server, open_socket
from hub.gateway.tls import context_of
from hub.settings import Listen, Settings

# Who computes keeps the interpreter to itself for as long as this; a request waits for it several
# times. Measured: 200 µs lets a third more single facts in than the 5 ms of Python.
_SWITCH_SECONDS: Final = 0.0002
_OTHER_FILES: Final = 256  # SQLite, brokers, whoever is told by webhook
_LEAST_FREE_BYTES: Final = 16 << 20

_log = structlog.get_logger("seintje.serving")


class Served(Protocol):
    """What can be served. Used once: what was closed is built anew."""

    @property
    def settings(self) -> Settings: ...

    @property
    def stopping(self) -> asyncio.Event: ...

    def started(self) -> AbstractAsyncContextManager[object]:
        """Everything works while the block runs, and is closed afterwards."""
        ...

    def gateway(self) -> Gateway: ...

    def links(self) -> Links | None:
        """The links by which one signs in to the console, if there are any."""
        ...

    def close(self) -> None:
        """Of one that is not started."""
        ...


def run(served: Served, on_listening: Callable[[Listen], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises what made it stop by itself."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(served, on_listening))


def application_of(served: Served) -> Starlette:
    """What answers over HTTP: the gateway, and the console beside it."""
    gateway = served.gateway()
    return app(gateway, routes(console_of(gateway, served.settings, served.links())))


def obstacles(served: Served) -> list[str]:
    """Why no facts can be accepted now, of what does not depend on where they go."""
    reasons = ["stopping"] if served.stopping.is_set() else []
    disk = os.statvfs(served.settings.data)
    if disk.f_bavail * disk.f_frsize < _LEAST_FREE_BYTES:
        reasons.append("disk: almost full")
    return reasons


def limits_of(settings: Settings) -> Limits:
    """What parties may ask of this process."""
    return Limits(
        Most(
            calls_a_minute=settings.calls_a_minute,
            events_a_minute=settings.events_a_minute,
            attempts_a_minute=settings.attempts_a_minute,
            at_once=settings.calls_at_once,
            at_once_of_party=settings.party_at_once,
            body_bytes=settings.body_megabytes << 20,
        )
    )


def _with_files(connections: int) -> int:
    """As many connections, or as many as this process may have files open for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return connections
    wanted = connections + _OTHER_FILES
    if soft < wanted:  # the usual 1024 is for programs that cannot count further
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(connections, max(10, soft - _OTHER_FILES))


async def _serve(served: Served, on_listening: Callable[[Listen], None]) -> None:
    try:
        tls = context_of(served.settings)
        listening = open_socket(served.settings.listen)
    except BaseException:
        served.close()
        raise
    loop = asyncio.get_running_loop()
    async with served.started():
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, served.stopping.set)
        host, port = listening.getsockname()[:2]
        _log.info("listening", host=host, port=port)
        on_listening(Listen(host, port))
        doors = Doors(connections=_with_files(served.settings.connections))
        await Server(application_of(served), listening, doors, tls=tls).serve(served.stopping)
    _log.info("stopped")
