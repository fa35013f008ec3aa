"""An event stream as a client reads it (HTML standard, 9.2.6), strictly: what the hub does not send
is a fault."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import httpx

STREAM: Final = {"Accept": "text/event-stream"}
_NAMES: Final = {"id", "event", "data", "retry"}


class Told(NamedTuple):
    """An alert that changed, and the id to go on from."""

    id: str
    alert: dict[str, Any]

    @property
    def revision(self) -> tuple[str, int]:
        return self.alert["alertId"], self.alert["revision"]


class EventSource:
    """Reads a stream that was answered. `retries` and `heartbeats` are those that came."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.retries: list[str] = []
        self.heartbeats = 0
        self._blocks = self._read_blocks()

    async def next(self) -> Told:
        """The next alert."""
        told = await self.next_or_end()
        assert told is not None, "the stream ended"
        return told

    async def next_or_end(self) -> Told | None:
        """The next alert; None when the stream has come to its end, whole."""
        async for fields in self._blocks:
            if told := self._told(fields):
                return told
        return None

    async def take(self, count: int) -> list[Told]:
        return [await self.next() for _ in range(count)]

    async def until(self, id_: str) -> list[Told]:
        """The alerts up to and with this id."""
        found = [await self.next()]
        while found[-1].id != id_:
            found.append(await self.next())
        return found

    async def rest(self) -> list[Told]:
        """Everything until the stream ends."""
        found = []
        while told := await self.next_or_end():
            found.append(told)
        return found

    async def silence(self) -> None:
        """Until a heartbeat comes; nothing may be told before it."""
        fields = await anext(self._blocks)
        while "retry" in fields:
            self._told(fields)
            fields = await anext(self._blocks)
        assert fields == {"": ""}
        self._told(fields)

    def _told(self, fields: Mapping[str, str]) -> Told | None:
        if "data" in fields:
            assert fields["event"] == "alert"
            return Told(fields["id"], json.loads(fields["data"]))
        if "retry" in fields:
            self.retries.append(fields["retry"])
        else:
            self.heartbeats += 1
        return None

    async def _read_blocks(self) -> AsyncIterator[Mapping[str, str]]:
        fields: dict[str, str] = {}
        async for line in self.answer.aiter_lines():
            if not line:
                yield fields
                fields = {}
                continue
            name, _, value = line.partition(":")
            assert name in _NAMES - fields.keys() or line == ":", line
            fields[name] = value.removeprefix(" ")
        assert not fields, "the stream ended within an event"


@asynccontextmanager
async def opened(
    client: httpx.AsyncClient, key: str, last: str | None = None, **query: Any
) -> AsyncIterator[EventSource]:
    """The stream of the party with this key, after the event `last`."""
    resumed = {} if last is None else {"Last-Event-ID": last}
    headers = {**STREAM, **resumed, "Authorization": f"Bearer {key}"}
    async with client.stream("GET", "/v1/alerts", params=query, headers=headers) as answer:
        if answer.status_code != 200:
            await answer.aread()
        assert answer.status_code == 200, answer.text
        yield EventSource(answer)
