"""Publishing: events into the spool, and from there to the hub, in order and in batches.

An event leaves the spool when the hub has answered about it. If the answer is lost it is sent again
as it was, which the hub tells as a duplicate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import Struct

from hub.client.answers import EventStatus, Outcome, Refusal
from hub.client.errors import Declined
from hub.client.flows import Alone, Flow, Work, asked, decoded, not_a_hub
from hub.client.http import Answer, Request
from hub.client.policy import Policy
from hub.client.problems import Problem, problem, problem_of
from hub.client.spool import Spool, Written, written
from hub.errors import Unavailable
from hub.wire.problems import ProblemDetails

_BATCH: Final = "application/cloudevents-batch+json"
# Problems that are about what is in the call, not about who calls or where.
_OF_THE_BODY: Final = frozenset({"malformed", "invalid-body", "too-large", "http-413"})
_TAKEN: Final = frozenset({EventStatus.ACCEPTED, EventStatus.DUPLICATE})


class _Told(Struct, rename="camel"):
    position: int
    status: str
    receipt_id: str | None = None
    problem: ProblemDetails | None = None


class _Receipts(Struct):
    receipts: list[_Told]


class _Sent(Struct, frozen=True):
    """What was answered, and why it ended before all was."""

    outcomes: list[Outcome]
    away: Unavailable | None = None


_receipts: Final = msgspec.json.Decoder(_Receipts).decode


class Publishing(Struct, frozen=True, eq=False):
    """Flows over a spool."""

    spool: Spool
    policy: Policy

    def hand_over(self, events: Iterable[Mapping[str, Any]]) -> Flow[None]:
        """Keep the events; nothing is sent."""
        kept = _written(events)
        yield Work(partial(self.spool.keep, kept))

    def publish(self, events: Iterable[Mapping[str, Any]]) -> Flow[tuple[Outcome, ...]]:
        """Keep the events, send what waits, and tell what became of these."""
        kept = _written(events)
        yield Work(partial(self.spool.keep, kept))
        yield Alone(self._send_all())
        found: tuple[Outcome, ...] = yield Work(partial(self.spool.outcomes, kept))
        return found

    def flush(self) -> Flow[tuple[Outcome, ...]]:
        """Send what waits. Unavailable: some of it still does."""
        sent: _Sent = yield Alone(self._send_all())
        if sent.away is not None:
            raise sent.away
        return tuple(sent.outcomes)

    def refusals(self) -> Flow[tuple[Refusal, ...]]:
        found: tuple[Refusal, ...] = yield Work(self.spool.refusals)
        return found

    def dismiss(self, refusal: Refusal) -> Flow[None]:
        yield Work(partial(self.spool.dismiss, refusal))

    def _send_all(self) -> Flow[_Sent]:
        outcomes: list[Outcome] = []
        while True:
            batch: list[Written] = yield Work(self.spool.first)
            if not batch:
                return _Sent(outcomes)
            try:
                yield from self._send(batch, outcomes)
            except Unavailable as away:
                return _Sent(outcomes, away)

    def _send(self, batch: Sequence[Written], outcomes: list[Outcome]) -> Flow[None]:
        """Send a batch and note what is answered; adds that to `outcomes`."""
        body = b"[" + b",".join(event.body for event in batch) + b"]"
        request = Request("POST", "/v1/events", body=body, headers={"content-type": _BATCH})
        answer = yield from asked(request, self.policy)
        told = _answered(batch, answer)
        if isinstance(told, Problem):
            if told.slug not in _OF_THE_BODY:
                raise Declined(told)
            if len(batch) > 1:
                # One of them is the matter, or all together are too much for what lies between.
                half = len(batch) // 2
                yield from self._send(batch[:half], outcomes)
                yield from self._send(batch[half:], outcomes)
                return
            told = [_refused(batch[0], told)]
        yield Work(partial(self.spool.note, told))
        outcomes += told


def _written(events: Iterable[Mapping[str, Any]]) -> list[Written]:
    return [written(position, event) for position, event in enumerate(events)]


def _answered(batch: Sequence[Written], answer: Answer) -> list[Outcome] | Problem:
    """The outcome of each event, or what is wrong with the call."""
    # 400 with receipts: every event of the batch is refused.
    is_told = answer.status in (202, 400) and answer.media_type == "application/json"
    if not is_told:
        return problem_of(answer)
    told = decoded(answer, _receipts).receipts
    if [it.position for it in told] != list(range(len(batch))):
        raise not_a_hub()
    return [_outcome(event, it) for event, it in zip(batch, told, strict=True)]


def _outcome(event: Written, told: _Told) -> Outcome:
    if told.problem is not None:
        return _refused(event, problem(told.problem))
    if told.status not in _TAKEN:
        raise not_a_hub()
    return Outcome(event.source, event.id, EventStatus(told.status), told.receipt_id)


def _refused(event: Written, problem: Problem) -> Outcome:
    return Outcome(event.source, event.id, EventStatus.REFUSED, problem=problem)
