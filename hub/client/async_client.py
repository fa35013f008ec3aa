"""The client for asyncio: what `hub.client.client` is for ordinary code. What waits for the disk
does so in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, assert_never

import httpx

from hub.client.address import connection, no_answer, timeout
from hub.client.answers import Outcome, Refusal
from hub.client.flows import Alone, Call, Flow, Hand, Pause, Step, Work
from hub.client.http import Answer, NoAnswer, Request
from hub.client.parts import Parts
from hub.client.policy import USUAL, Policy
from hub.errors import Bug

T = TypeVar("T")


class AsyncClient:
    """A party's access to a hub, for one event loop. Its methods are those of `Client`, awaited."""

    def __init__(
        self,
        address: str,
        key: str,
        state: Path | None = None,
        policy: Policy = USUAL,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = httpx.AsyncClient(**connection(address, key, policy))
        self._parts = Parts(state, str(self._http.base_url), policy)
        self._policy = policy
        self._sleep = sleep
        self._alone = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._http.base_url)!r})"

    async def close(self) -> None:
        await self._http.aclose()
        self._parts.close()

    async def hand_over(self, *events: Mapping[str, Any]) -> None:
        await self._run(self._parts.publishing.hand_over(events))

    async def publish(self, *events: Mapping[str, Any]) -> tuple[Outcome, ...]:
        return await self._run(self._parts.publishing.publish(events))

    async def flush(self) -> tuple[Outcome, ...]:
        return await self._run(self._parts.publishing.flush())

    @property
    def pending(self) -> int:
        return self._parts.publishing.spool.pending()

    async def refusals(self) -> tuple[Refusal, ...]:
        return await self._run(self._parts.publishing.refusals())

    async def dismiss(self, refusal: Refusal) -> None:
        await self._run(self._parts.publishing.dismiss(refusal))

    async def _run(self, flow: Flow[T]) -> T:
        reply: object = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration as ended:
                result: T = ended.value
                return result
            reply = await self._take(step)

    async def _take(self, step: Step) -> object:
        match step:
            case Call(request):
                return await self._call(request)
            case Pause(seconds):
                await self._sleep(seconds)
                return None
            case Work(job):
                return await asyncio.to_thread(job)
            case Alone(flow):
                async with self._alone:
                    return await self._run(flow)
            case Hand():
                raise Bug("only a follower is handed something")
            case _:
                assert_never(step)

    async def _call(self, request: Request) -> Answer | NoAnswer:
        try:
            response = await self._http.request(
                request.method,
                request.path,
                params=request.query,
                content=request.body,
                headers=request.headers,
                timeout=timeout(self._policy, request.wait),
            )
        except httpx.RequestError as error:
            return no_answer(error)
        return Answer(response.status_code, dict(response.headers), response.content)
