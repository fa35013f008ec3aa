"""A hub on loopback that can go away and come back, with something in front that may say no.

The real hub under its real server; what stands in front is what parties have there too (a proxy, a
load balancer): it answers in place of the hub as the test planned, or loses an answer.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.client import AsyncClient, Client, Policy
from hub.compose.embedded import Hub, build
from hub.domain.time import parse_instant
from hub.gateway import api_keys
from hub.gateway.app import app
from hub.gateway.server import Server, open_socket
from hub.settings import Listen, Settings
from tests.gateway.desk import IMPATIENT, MAAS, NOW
from tests.streams.world import LEASE, Event, StillClock, event

# Pauses of 1, 2 and 4 seconds, none of which is waited.
FEW: Final = Policy(attempts=4, first_pause=1.0, jitter=lambda: 1.0)

Connect = Callable[..., AsyncClient]


class Plan(NamedTuple):
    """An answer in place of the hub's. `kept`: the hub did what was asked all the same."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""
    kept: bool = False


class Front:
    """Answers calls as planned; lets through those for which None was planned, or nothing."""

    def __init__(self, hub: ASGIApp, plans: deque[Plan | None], sent: list[list[Event]]) -> None:
        self._hub, self._plans, self._sent = hub, plans, sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._plans and scope["method"] == "GET":
            await self._hub(scope, receive, send)
            return
        whole = await _whole(receive)
        if scope["path"].endswith("/v1/events"):
            self._sent.append(msgspec.json.decode(whole["body"]))
        plan = self._plans.popleft() if self._plans else None
        if plan is None:
            await self._hub(scope, _once(whole, receive), send)
            return
        if plan.kept:
            await self._hub(scope, _once(whole, receive), _unheard)
        headers = [(name.lower().encode(), it.encode()) for name, it in plan.headers.items()]
        await send({"type": "http.response.start", "status": plan.status, "headers": headers})
        await send({"type": "http.response.body", "body": plan.body})


async def _whole(receive: Receive) -> Message:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return {"type": "http.request", "body": body, "more_body": False}


def _once(message: Message, then: Receive) -> Receive:
    waiting = [message]

    async def receive() -> Message:
        return waiting.pop() if waiting else await then()

    return receive


async def _unheard(_message: Message) -> None:
    pass


class Site:
    """The hub, its address, a key for each party, and what went past its front."""

    def __init__(self, data: Path, holder: socket.socket) -> None:
        self.plans = deque[Plan | None]()
        self.sent: list[list[Event]] = []  # the events of each call, the planned ones included
        self.keys: dict[str, str] = {}
        self.clock = StillClock(parse_instant(NOW))
        self.port = int(holder.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        self.hub: Hub
        self._data = data
        self._serving: asyncio.Task[None] | None = None

    async def come(self) -> None:
        """Up again, on the same data, at the same address."""
        ready = asyncio.Event()
        self._serving = asyncio.create_task(self._serve(ready))
        await ready.wait()

    async def go(self) -> None:
        """Away: nobody listens there."""
        if self._serving is not None:
            self.hub.stopping.set()
            await self._serving
            self._serving = None

    async def _serve(self, ready: asyncio.Event) -> None:
        self.hub = build(Settings(data=self._data), self.clock, IMPATIENT)
        async with self.hub.started():
            if not self.keys:
                with api_keys.editing(self._data) as keys:
                    parties = self.hub.parties.by_id
                    self.keys |= {it: api_keys.create(keys, it, 0).secret for it in parties}
            served = app(self.hub.gateway())
            served.add_middleware(Front, self.plans, self.sent)
            listening = open_socket(Listen("127.0.0.1", self.port))
            ready.set()
            await Server(served, listening).serve(self.hub.stopping)


@asynccontextmanager
async def a_site(data: Path) -> AsyncIterator[Site]:
    """A site that is up."""
    # Bound and not listening: nobody else takes the port while the hub is away.
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        site = Site(data, holder)
        await site.come()
        try:
            yield site
        finally:
            await site.go()


class Naps:
    """The pauses of a client: noted, not taken. In a pause the test may do something."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.meanwhile: dict[int, Callable[[], Awaitable[None]]] = {}
        self._loop = asyncio.get_running_loop()

    async def nap(self, seconds: float) -> None:
        self.taken.append(seconds)
        if act := self.meanwhile.get(len(self.taken)):
            await act()

    def nap_in_thread(self, seconds: float) -> None:
        asyncio.run_coroutine_threadsafe(self.nap(seconds), self._loop).result()


class InThread:
    """The client for ordinary code as if it were that for asyncio: each call in a thread."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def pending(self) -> int:
        return self._client.pending

    def __repr__(self) -> str:
        return repr(self._client)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name in ("follow", "catch_up"):
            return lambda: _iterated(method())

        async def call(*given: Any, **named: Any) -> Any:
            return await asyncio.to_thread(method, *given, **named)

        return call


async def _iterated(alerts: Any) -> AsyncIterator[Any]:
    end = object()
    while (alert := await asyncio.to_thread(next, alerts, end)) is not end:
        yield alert


def repaired(id_: str, **own: Any) -> Event:
    """A fact about the household of the usual lease."""
    usual: dict[str, Any] = {"cost": 1, "cause": "wear", "party": MAAS}
    return event("damage-repaired", id_, "2024-02-01", LEASE, **(usual | own))
