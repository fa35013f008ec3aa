"""What was read, to the hub: in order, through the spool of the client, and what became of it.

That the hub took a fact is not the end: its receipt says whether it found its household. It is
looked up soon, and as long as the hub waits for something that belongs to it. What the hub refuses,
at once or later, becomes a dead letter with its reason, and the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from connectors.kept import Kept
from connectors.metrics import Metrics
from connectors.outbox import Waiting
from connectors.refusals import reason, told_no
from hub.client import (
    AsyncClient,
    Conflict,
    Declined,
    Outcome,
    Problem,
    Receipt,
    Unavailable,
)
from hub.client import EventStatus as Status
from hub.client.spool import written
from hub.domain.time import DAY_MS, HOUR_MS, MINUTE_MS, Instant

BATCH: Final = 500
"""Events that go in one call."""
_AT_ONCE: Final = 8  # receipts; a party may ask for far more
_SOON_MS: Final = 5000
_PATIENT_MS: Final = 100 * DAY_MS  # longer than a hub waits for what belongs to a fact
_TAKEN: Final = (Status.ACCEPTED, Status.DUPLICATE)
_REFUSED: Final = ("refused", "expired-unbound")
_UNBOUND: Final = "the hub found no household for it in all the time that it waits"
_SMALLER: Final = "leave out of the record, or of its mapping, what the hub does not need"
_CONFLICT: Final = "conflicting-duplicate"
_SAID_ANEW: Final = (
    "this id was published before with another content: the folder of this connector is older than"
    " what it published; run it with --from-start, until this is gone, and what holds now is said"
)


class Publisher:
    """Empties the outbox of a connector."""

    def __init__(self, kept: Kept, client: AsyncClient, metrics: Metrics) -> None:
        self._outbox, self._client, self._metrics = kept.outbox, client, metrics

    async def publish(self, now: Instant) -> int:
        """All that waits; how many events the hub answered about. Unavailable: some still wait.
        Misconfigured: the hub does not accept the key."""
        found = 0
        while batch := self._outbox.waiting(BATCH):
            try:
                outcomes = await self._client.publish(*(it.event for it in batch))
            except Conflict as conflict:
                await self._said_anew(batch[conflict.position], now)
                continue
            except Declined as declined:
                raise told_no(declined) from declined
            except ValueError:
                if not self._bury_what_no_event_can_be(batch, now):
                    raise
                continue
            found += await self._note(batch, outcomes, now)
        return found

    async def _note(
        self, batch: Sequence[Waiting], outcomes: Sequence[Outcome], now: Instant
    ) -> int:
        """How many were answered about."""
        # One that the client has long forgotten it sends anew with the next batch.
        by_name = {(told.source, told.id): told for told in outcomes}
        answered = [
            (it, told)
            for it in batch
            if (told := by_name.get((it.event["source"], it.event["id"]))) is not None
        ]
        done = [(it, told.receipt_id or "") for it, told in answered if told.status in _TAKEN]
        self._outbox.arrived(done, now, now + _SOON_MS)
        for it, told in answered:
            if told.status is not Status.PENDING:
                self._metrics.published(told.status.value)
            if told.problem is not None:
                self._refused(it, told.problem, now)
        # The dead letter is kept here; the spool need not keep it too.
        for refusal in await self._client.refusals():
            await self._client.dismiss(refusal)
        if any(told.status is Status.PENDING for told in outcomes):
            raise Unavailable("the hub is away; what was read is kept")
        return len(answered)

    async def look_up(self, now: Instant) -> int:
        """What became of what the hub took, as far as it is time to look; how many were settled.
        Unavailable: the hub is away."""
        settled = 0
        while batch := self._outbox.due(now, BATCH):
            for first in range(0, len(batch), _AT_ONCE):
                settled += await self._look(batch[first : first + _AT_ONCE], now)
        return settled

    async def _look(self, some: Sequence[Waiting], now: Instant) -> int:
        """What became of these, asked together; how many were settled."""
        told = await asyncio.gather(*map(self._receipt, some), return_exceptions=True)
        settled, again = list[Waiting](), list[tuple[Waiting, Instant]]()
        n_refused = 0
        for it, receipt in zip(some, told, strict=True):
            waited = now - (it.since or now)
            if isinstance(receipt, BaseException):
                continue
            if receipt is not None and receipt.status in _REFUSED:
                self._refused(it, receipt.problem, now)
                n_refused += 1
            elif _is_settled(receipt, waited):
                settled.append(it)
            else:
                again.append((it, now + _next_look(waited)))
        self._outbox.looked(settled, again)
        for error in told:
            if isinstance(error, BaseException):
                raise error
        return len(settled) + n_refused

    async def _receipt(self, it: Waiting) -> Receipt | None:
        try:
            return await self._client.receipt(it.receipt or "")
        except Declined as declined:
            if declined.status != 404:
                raise told_no(declined) from declined
            return None  # another gateway may not have read it yet

    def _bury_what_no_event_can_be(self, batch: Sequence[Waiting], now: Instant) -> bool:
        """Whether there was such a thing, like an event that is too large."""
        found = False
        for it in batch:
            try:
                written(0, it.event)
            except ValueError as error:
                self._metrics.published(Status.REFUSED.value)
                told = str(error).partition(": ")[2]
                self._outbox.refused(it, f"no event can be like this: {told}; {_SMALLER}", now)
                found = True
        return found

    async def _said_anew(self, it: Waiting, now: Instant) -> None:
        self._metrics.published(Status.REFUSED.value)
        self._outbox.refused(it, _SAID_ANEW, now, is_conflict=True)

    def _refused(self, it: Waiting, problem: Problem | None, now: Instant) -> None:
        is_conflict = problem is not None and problem.slug == _CONFLICT
        why = _SAID_ANEW if is_conflict else _reason(problem)
        self._outbox.refused(it, why, now, is_conflict=is_conflict)


def _is_settled(receipt: Receipt | None, waited: Instant) -> bool:
    """Whether there is nothing more to come: it has its household, or never needed one."""
    if receipt is None or receipt.status == "waiting":
        return waited > _PATIENT_MS
    return receipt.household is not None or receipt.status == "duplicate" or waited > HOUR_MS


def _reason(problem: Problem | None) -> str:
    if problem is None:
        return f"{_UNBOUND}; see whether its references are right, or whether the lease was sent"
    told = problem.detail or problem.title
    return reason("refuses", problem.slug, told, problem.violations)


def _next_look(waited: Instant) -> Instant:
    """After how long to look again at what has waited so long: the longer, the less often."""
    if waited < 10 * MINUTE_MS:
        return MINUTE_MS
    return HOUR_MS if waited < DAY_MS else DAY_MS
