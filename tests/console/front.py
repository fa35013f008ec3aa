"""A console as people use it: a real hub behind it, clocks of our own, no network.

`Visitor` is what a browser does without a person: it keeps cookies, follows where it is sent, and
sends the forms that it finds on a page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
from msgspec.structs import replace
from starlette.applications import Starlette

from hub.compose.console import console_of
from hub.compose.embedded import Hub, build
from hub.console import links
from hub.console.app import routes
from hub.console.console import Console
from hub.domain.time import parse_instant
from hub.gateway.app import app
from hub.settings import Settings
from hub.wire import cloudevents
from tests.console.html import Form, Page, page_of
from tests.gateway.desk import IMPATIENT, NOW
from tests.streams.world import Event, StillClock

URL: Final = "http://127.0.0.1:8300"


class Front:
    """A hub with its console. `clock` is that of the facts, `wall` that of the people."""

    def __init__(self, hub: Hub, clock: StillClock, console: Console, wall: StillClock) -> None:
        self.hub = hub
        self.clock = clock
        self.wall = wall
        self.serve(console)

    def serve(self, console: Console) -> None:
        """This console, to who visits from now on."""
        self.console = console
        self.app: Starlette = app(self.hub.gateway(), routes(console))

    async def send(self, *events: Event) -> None:
        """Keep events of any parties, and wait until all was looked at."""
        await self.keep(map(cloudevents.decode, map(_json, events)))

    async def keep(self, events: Iterable[Any]) -> None:
        answers = await self.hub.reception.receive(list(events), None)
        assert not [it.refused for it in answers if it.refused]
        await self.hub.settled()

    async def wait_until(self, now: str) -> None:
        """Let time pass, and what is due then happen."""
        self.clock.at = parse_instant(now)
        await self.hub.settled()

    async def link(self, party: str = "") -> str:
        make = partial(links.create, party=party, now=self.wall.now())
        path: str = await self.hub.store.transact(make)
        return path

    def visitor(self, url: str = URL, **headers: str) -> Visitor:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        usual = {"Accept-Language": "nl"} | headers
        return Visitor(httpx.AsyncClient(transport=transport, base_url=url, headers=usual))

    async def signed_in(self, party: str, **headers: str) -> Visitor:
        """Somebody who looks for a party."""
        visitor = self.visitor(**headers)
        page = await visitor.get(await self.link(party))
        await visitor.submit(page.form("/sign-in/link"), party=party)
        return visitor


class Visitor:
    """A browser without a person."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, status: int = 200) -> Page:
        return await self._followed(await self.client.get(path), status)

    async def submit(self, form: Form, status: int = 200, /, **fields: str) -> Page:
        """Send a form with what stands in it, and these fields filled in."""
        answer = await self.client.request(form.method, form.action, data=form.fields | fields)
        return await self._followed(answer, status)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        return await self.client.post(path, data=fields, headers=headers)

    async def _followed(self, answer: httpx.Response, status: int) -> Page:
        while answer.status_code == 303:
            answer = await self.client.get(answer.headers["location"])
        assert answer.status_code == status, answer.text
        return page_of(answer)


@asynccontextmanager
async def a_front(data: Path, now: str = NOW, /, **settings: Any) -> AsyncIterator[Front]:
    """A hub with its console on this data directory, for as long as the block runs."""
    clock, wall = StillClock(parse_instant(now)), StillClock(parse_instant(now))
    hub = build(Settings(data=data, **settings), clock, IMPATIENT)
    async with hub.started():
        console = console_of(hub.gateway(), hub.settings, hub.links())
        yield Front(hub, clock, replace(console, wall=wall), wall)


def _json(event: Event) -> bytes:
    return msgspec.json.encode(event)
