"""What a connector at work is made of: the composition root of `seintje connect`.

A connector is a program of its party: it speaks to the hub with the key of the party, over HTTP,
and knows nothing of where that runs. What it keeps lies in a folder of its own.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog
import uvloop
from msgspec import Struct, structs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from connectors.checking import Checked, Ear, check
from connectors.index import Kind, Name, kind_of
from connectors.kept import Kept
from connectors.metrics import Metrics
from connectors.pacing import Way
from connectors.patience import Patience
from connectors.publishing import Publisher
from connectors.pulse import Pulse
from connectors.refusals import told_no
from connectors.running import Counts, Runner
from connectors.seam import Connector, Site
from connectors.settings import Common, Settings, read
from connectors.telling import Teller
from hub.client import AsyncClient, Declined, Household, Policy
from hub.clocks import SystemClock
from hub.errors import Bug, Misconfigured, SeintjeError
from hub.gateway.server import Server, open_socket
from hub.outbound import GivenBy, Limits, Outbound, Peer, Transport
from hub.settings import Listen
from hub.streams.seam import Clock
from hub.telemetry.board import EXPOSITION

# The runner itself tries again, and tells; the client need not be patient for long.
_POLICY: Final = Policy(attempts=2, first_pause=0.2, longest_pause=2.0)
_FOLLOWING: Final = Policy(attempts=2, first_pause=0.5, longest_pause=60.0)
_ANSWERS: Final = Limits(whole=60.0, answer_bytes=16 << 20)

_log = structlog.get_logger("seintje.connect")


class Ready(Struct, frozen=True):
    """A connector that can work: once, or until it is cancelled. `pages` is what it serves."""

    runner: Runner
    tellers: list[Teller]
    way: Way
    kept: Kept
    pages: Starlette
    every: float

    async def once(self) -> Counts:
        """Raises what `Runner.once` does."""
        with _loudly():
            return await self.runner.once(self.tellers, self.way)

    async def run(self) -> None:
        with _loudly():
            await self.runner.run(self.tellers, self.every, self.way)


class Connecting:
    """The connector of a settings file."""

    def __init__(self, name: Name, file: Path, clock: Clock | None = None) -> None:
        """Misconfigured: everything that is wrong with the file. `clock` None: the machine's."""
        self._kind: Kind = kind_of(name)
        self._settings: Settings[Any] = read(file, name.value, self._kind.settings)
        self._clock = clock or SystemClock()

    @property
    def common(self) -> Common:
        return self._settings.common

    @asynccontextmanager
    async def ready(self, transport: Transport | None = None) -> AsyncIterator[Ready]:
        """The connector, open. Misconfigured: another process runs it, or what is wrong."""
        common = self.common
        async with AsyncExitStack() as stack:
            kept = Kept(common.state)
            stack.callback(kept.close)
            connector = await self._built(kept, stack, transport)
            metrics = Metrics(kept)
            publisher = Publisher(kept, await self._client("facts", stack), metrics)
            pulse = Pulse(time.monotonic)
            tellers = [
                Teller(sink, await self._follower(sink.name, metrics, stack), kept, metrics)
                for sink in connector.sinks
            ]
            yield Ready(
                Runner(connector, (kept, metrics), publisher, common.source),
                tellers,
                Way(self._clock.now, _pause, Patience(random.random), _log.warning, pulse),
                kept,
                _pages(connector, metrics, pulse),
                common.every_seconds,
            )

    async def check(self, looked: Callable[[int], None]) -> Checked:
        """What is wrong, without changing anything: on a copy of what is kept."""
        common = self.common
        async with AsyncExitStack() as stack:
            kept = Kept(common.state, is_copy=True)
            stack.callback(kept.close)
            connector = await self._built(kept, stack, None, only_looks=True)
            peer = Peer("hub.address", common.hub.address, GivenBy.OPERATOR)
            hub = await stack.enter_async_context(Outbound(peer, _ANSWERS))
            ear = Ear(hub, common.hub.key_file, common.source)
            with _loudly():
                return await check(connector, kept, ear, self._clock.now(), looked)

    async def _built(
        self,
        kept: Kept,
        stack: AsyncExitStack,
        transport: Transport | None,
        *,
        only_looks: bool = False,
    ) -> Connector:
        site = Site(
            **self._known(kept),
            household=partial(_household, await self._client(None, stack)),
            transport=transport,
            only_looks=only_looks,
        )
        connector = self._kind.build(self._settings.own, site)
        if connector.close is not None:
            stack.push_async_callback(connector.close)
        if connector.doors and self.common.listen is None:
            do = "write where the other side reaches this connector, like 127.0.0.1:8330"
            raise Misconfigured("listen", do)
        return connector

    def _known(self, kept: Kept) -> dict[str, Any]:
        """What a connector is given whatever it is opened for."""
        return {
            "party": self.common.party,
            "source": self.common.source,
            "shelf": kept.shelf,
            "inbox": kept.inbox,
            "graves": kept,
            "say": _log.info,
            "now": self._clock.now,
        }

    async def _follower(self, sink: str, metrics: Metrics, stack: AsyncExitStack) -> AsyncClient:
        """It tries again for ever by itself: each time is counted and told."""

        async def pause(seconds: float) -> None:
            metrics.failed("hub", "unavailable")
            _log.warning("it will be tried again", where=sink, reason="the hub is away")
            await _pause(seconds)

        return await self._client(f"alerts-{sink}", stack, _FOLLOWING, pause)

    async def _client(
        self,
        name: str | None,
        stack: AsyncExitStack,
        policy: Policy = _POLICY,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> AsyncClient:
        """`name` None: for single calls."""
        hub = self.common.hub
        policy = structs.replace(policy, plain_http=hub.plain_http)
        state = None if name is None else self.common.state / f"{name}.db"
        client = AsyncClient(hub.address, hub.key_file.reveal(), state, policy, pause)
        return await stack.enter_async_context(client)


def run(connecting: Connecting, on_listening: Callable[[Listen | None], None]) -> None:
    """Work until SIGTERM or SIGINT. Raises what made it stop by itself."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(connecting, on_listening))


async def _serve(connecting: Connecting, on_listening: Callable[[Listen | None], None]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with connecting.ready() as ready:
        works = [asyncio.create_task(ready.run())]
        if connecting.common.listen is not None:
            listening = open_socket(listen_of(connecting.common.listen))
            on_listening(Listen(*listening.getsockname()[:2]))
            works.append(asyncio.create_task(Server(ready.pages, listening).serve(stopping)))
        else:
            on_listening(None)
        stop = asyncio.create_task(stopping.wait())
        done, _ = await asyncio.wait({*works, stop}, return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        works[0].cancel()
        await asyncio.gather(*works, stop, return_exceptions=True)
        for task in done:
            task.result()


async def _household(client: AsyncClient, handle: str) -> Household | None:
    try:
        return await client.household(handle)
    except Declined as declined:
        if declined.status in (404, 410):
            return None
        raise told_no(declined) from declined


def listen_of(text: str) -> Listen:
    host, _, port = text.rpartition(":")
    return Listen(host.strip("[]"), int(port))


async def _pause(seconds: float) -> None:
    await asyncio.sleep(seconds)


@contextmanager
def _loudly() -> Iterator[None]:
    """What is no trouble of the other side is logged where it came from, and ends the process; what
    a library says about it may quote a fact, and is not shown."""
    try:
        yield
    except BaseExceptionGroup as faults:  # the first to fail took the others with it
        fault = faults.exceptions[0]
    except Exception as error:
        fault = error
    else:
        return
    if not isinstance(fault, SeintjeError):
        _log.error("this program has a mistake, and ends", exc_info=fault)
        fault = Bug(f"{type(fault).__name__}; the log says where")
    raise fault from None


def _pages(connector: Connector, metrics: Metrics, pulse: Pulse) -> Starlette:
    async def healthz(_request: Request) -> Response:
        if stuck := pulse.stuck():
            return PlainTextResponse(f"stuck: {', '.join(stuck)}\n", 503)
        return PlainTextResponse("ok\n")

    async def exposition(_request: Request) -> Response:
        return Response(metrics.exposition(), media_type=EXPOSITION)

    own = [Route("/healthz", healthz), Route("/metrics", exposition)]
    return Starlette(routes=[*own, *connector.doors])
