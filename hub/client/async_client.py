"""The client for asyncio: what `hub.client.client` is for ordinary code. What waits for the disk
does so in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, assert_never

import httpx

from hub.client.address import connection, no_answer, timeout, too_slow
from hub.client.answers import Act, Alert, Outcome, Receipt, Refusal
from hub.client.bounds import Body, seconds
from hub.client.flows import Alone, Call, Flow, Hand, Pause, Step, Work
from hub.client.households import FoundHousehold, Household
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

    def follow(self) -> AsyncIterator[Alert]:
        return self._hand_out(self._parts.following.follow())

    def catch_up(self) -> AsyncIterator[Alert]:
        return self._hand_out(self._parts.following.catch_up())

    async def acknowledge(self, alert_id: str, key: str | None = None) -> Act:
        return await self._run(self._parts.calling.acknowledge(alert_id, key))

    async def agree_approach(
        self, alert_id: str, action: str, review_on: date, key: str | None = None
    ) -> Act:
        return await self._run(self._parts.calling.agree_approach(alert_id, action, review_on, key))

    async def close_alert(self, alert_id: str, outcome: str, key: str | None = None) -> Act:
        return await self._run(self._parts.calling.close_alert(alert_id, outcome, key))

    async def receipt(self, receipt_id: str) -> Receipt:
        return await self._run(self._parts.calling.receipt(receipt_id))

    async def receipt_of(self, source: str, id_: str) -> Receipt:
        return await self._run(self._parts.calling.receipt_of(source, id_))

    async def settled_receipt(self, receipt_id: str, wait_seconds: float = 30.0) -> Receipt:
        return await self._run(self._parts.calling.settled_receipt(receipt_id, wait_seconds))

    async def lookup_household(self, scheme: str, issuer: str, value: str) -> FoundHousehold:
        return await self._run(self._parts.households.lookup(scheme, issuer, value))

    async def household(self, handle: str) -> Household:
        return await self._run(self._parts.households.read(handle))

    async def _run(self, flow: Flow[T]) -> T:
        reply: object = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration as ended:
                result: T = ended.value
                return result
            reply = await self._take(step)

    async def _hand_out(self, flow: Flow[None]) -> AsyncIterator[Alert]:
        reply: object = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration:
                return
            if isinstance(step, Hand):
                yield step.alert
                reply = None
            else:
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
            async with (
                asyncio.timeout(seconds(self._policy, request.wait)),
                self._http.stream(
                    request.method,
                    request.path,
                    params=request.query,
                    content=request.body,
                    headers=request.headers,
                    timeout=timeout(self._policy, request.wait),
                ) as response,
            ):
                body = Body(response.status_code, response.headers, self._policy)
                async for piece in response.aiter_raw():
                    body.add(piece)
                return body.answer()
        except TimeoutError:
            return too_slow()
        except httpx.RequestError as error:
            return no_answer(error)
