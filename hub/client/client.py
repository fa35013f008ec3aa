"""The client for ordinary code; `hub.client.async_client` is the same for asyncio."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeVar, assert_never

import httpx

from hub.client.address import connection, no_answer, timeout
from hub.client.answers import Act, Alert, Outcome, Receipt, Refusal
from hub.client.bounds import Body, seconds
from hub.client.flows import Alone, Call, Flow, Hand, Pause, Step, Work
from hub.client.households import FoundHousehold, Household
from hub.client.http import Answer, NoAnswer, Request
from hub.client.parts import Parts
from hub.client.policy import USUAL, Policy
from hub.errors import Bug

T = TypeVar("T")


class Client:
    """A party's access to a hub; close it when done. May be used from several threads.

    Every call may raise `Unavailable` (the hub is away; all retries are used up), `Declined` (it
    says no) and `Misconfigured`.
    """

    def __init__(
        self,
        address: str,
        key: str,
        state: Path | None = None,
        policy: Policy = USUAL,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`state` is the file of this process in which events wait and the place of a follower is
        kept; without it only acts and receipts can be asked for."""
        self._http = httpx.Client(**connection(address, key, policy))
        self._parts = Parts(state, str(self._http.base_url), policy)
        self._policy = policy
        self._sleep = sleep
        self._alone = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._http.base_url)!r})"

    def close(self) -> None:
        """What waits in the spool stays there."""
        self._http.close()
        self._parts.close()

    def hand_over(self, *events: Mapping[str, Any]) -> None:
        """Keep events, in order, to be sent by `flush`. When it returns they are on disk.

        Conflict: other content under a source and id that were handed over before; nothing of this
        call was kept. ValueError: no event can be like this. Unavailable: the disk is full.
        """
        self._run(self._parts.publishing.hand_over(events))

    def publish(self, *events: Mapping[str, Any]) -> tuple[Outcome, ...]:
        """As `hand_over`, then send all that waits; what became of these, in order.

        Those that are `pending` because the hub is away go with the next `publish` or `flush`.
        """
        return self._run(self._parts.publishing.publish(events))

    def flush(self) -> tuple[Outcome, ...]:
        """Send all that waits; what the hub answered, in order. Unavailable: some still waits."""
        return self._run(self._parts.publishing.flush())

    @property
    def pending(self) -> int:
        """How many events wait."""
        return self._parts.publishing.spool.pending()

    def refusals(self) -> tuple[Refusal, ...]:
        """Every event that the hub refused, until it is dismissed or published again."""
        return self._run(self._parts.publishing.refusals())

    def dismiss(self, refusal: Refusal) -> None:
        """Forget a refusal that was dealt with."""
        self._run(self._parts.publishing.dismiss(refusal))

    def follow(self) -> Iterator[Alert]:
        """Alerts as they change, for ever, from where the last follower with this state file was.

        An alert is dealt with when the next one is asked for. Whatever ends the loop before that
        (an error, `break`, a crash), it comes again: at least once, and only newer revisions after
        newer ones.
        """
        return self._hand_out(self._parts.following.follow())

    def catch_up(self) -> Iterator[Alert]:
        """As `follow`, until there is nothing more now."""
        return self._hand_out(self._parts.following.catch_up())

    def acknowledge(self, alert_id: str, key: str | None = None) -> Act:
        """Say that your party has seen an alert. `key`: the same act, however often it is sent."""
        return self._run(self._parts.calling.acknowledge(alert_id, key))

    def agree_approach(
        self, alert_id: str, action: str, review_on: date, key: str | None = None
    ) -> Act:
        """Say which approach was agreed, and when to look again. Codes: docs/facts.md."""
        return self._run(self._parts.calling.agree_approach(alert_id, action, review_on, key))

    def close_alert(self, alert_id: str, outcome: str, key: str | None = None) -> Act:
        """Say how it ended. Codes: docs/facts.md."""
        return self._run(self._parts.calling.close_alert(alert_id, outcome, key))

    def receipt(self, receipt_id: str) -> Receipt:
        """What became of a fact. Declined: there is none (yet)."""
        return self._run(self._parts.calling.receipt(receipt_id))

    def receipt_of(self, source: str, id_: str) -> Receipt:
        """The same by source and id of the event."""
        return self._run(self._parts.calling.receipt_of(source, id_))

    def settled_receipt(self, receipt_id: str, wait_seconds: float = 30.0) -> Receipt:
        """The receipt once the hub has looked for the household; as it is after so many seconds."""
        return self._run(self._parts.calling.settled_receipt(receipt_id, wait_seconds))

    def lookup_household(self, scheme: str, issuer: str, value: str) -> FoundHousehold:
        """Your handle of the household of a reference of yours. Declined: it leads nowhere."""
        return self._run(self._parts.households.lookup(scheme, issuer, value))

    def household(self, handle: str) -> Household:
        """What your party may see of a household; the hub logs that you read it. Declined: there
        is none of this handle (any more)."""
        return self._run(self._parts.households.read(handle))

    def _run(self, flow: Flow[T]) -> T:
        reply: object = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration as ended:
                result: T = ended.value
                return result
            reply = self._take(step)

    def _hand_out(self, flow: Flow[None]) -> Iterator[Alert]:
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
                reply = self._take(step)

    def _take(self, step: Step) -> object:
        match step:
            case Call(request):
                return self._call(request)
            case Pause(seconds):
                self._sleep(seconds)
                return None
            case Work(job):
                return job()
            case Alone(flow):
                with self._alone:
                    return self._run(flow)
            case Hand():
                raise Bug("only a follower is handed something")
            case _:
                assert_never(step)

    def _call(self, request: Request) -> Answer | NoAnswer:
        until = time.monotonic() + seconds(self._policy, request.wait)
        try:
            with self._http.stream(
                request.method,
                request.path,
                params=request.query,
                content=request.body,
                headers=request.headers,
                timeout=timeout(self._policy, request.wait),
            ) as response:
                body = Body(response.status_code, response.headers, self._policy)
                for piece in _in_time(response, until):
                    body.add(piece)
                return body.answer()
        except httpx.RequestError as error:
            return no_answer(error)


def _in_time(response: httpx.Response, until: float) -> Iterator[bytes]:
    """The body, a piece at a time; a silence in between ends by the timeout of the call."""
    for piece in response.iter_raw():
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the whole answer takes too long")
        yield piece
