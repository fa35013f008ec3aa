"""What was read, to the hub: in order, through the spool of the client, and what became of it.

That the hub took a fact is not the end: its receipt says whether it found its household. It is
looked up soon, and as long as the hub waits for something that belongs to it. What the hub refuses,
at once or later, becomes a dead letter with its reason, and the others go on.
"""

from __future__ import annotations

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
from hub.domain.time import DAY_MS, HOUR_MS, MINUTE_MS, Instant

_BATCH: Final = 500
_SOON_MS: Final = 5000
_PATIENT_MS: Final = 100 * DAY_MS  # longer than a hub waits for what belongs to a fact
_TAKEN: Final = (Status.ACCEPTED, Status.DUPLICATE)
_REFUSED: Final = ("refused", "expired-unbound")
_UNBOUND: Final = "the hub found no household for it in all the time that it waits"
_SAID_ANEW: Final = (
    "this id was published before with another content: the folder of this connector is older than"
    " what it published; restore its folder, or retract the fact by hand"
)


class Publisher:
    """Empties the outbox of a connector."""

    def __init__(self, kept: Kept, client: AsyncClient, metrics: Metrics) -> None:
        self._outbox, self._client, self._metrics = kept.outbox, client, metrics

    async def publish(self, now: Instant) -> int:
        """All that waits; how many events the hub answered about. Unavailable: some still wait.
        Misconfigured: the hub does not accept the key."""
        found = 0
        while batch := self._outbox.waiting(_BATCH):
            try:
                outcomes = await self._client.publish(*(it.event for it in batch))
            except Conflict as conflict:
                await self._said_anew(batch[conflict.position], now)
                continue
            except Declined as declined:
                raise told_no(declined) from declined
            found += len(batch)
            await self._note(batch, outcomes, now)
        return found

    async def _note(
        self, batch: Sequence[Waiting], outcomes: Sequence[Outcome], now: Instant
    ) -> None:
        done = [
            (it, told.receipt_id or "")
            for it, told in zip(batch, outcomes, strict=True)
            if told.status in _TAKEN
        ]
        self._outbox.arrived(done, now, now + _SOON_MS)
        for it, told in zip(batch, outcomes, strict=True):
            if told.status is not Status.PENDING:
                self._metrics.published(told.status.value)
            if told.problem is not None:
                self._outbox.refused(it, _reason(told.problem), now)
        # The dead letter is kept here; the spool need not keep it too.
        for refusal in await self._client.refusals():
            await self._client.dismiss(refusal)
        if any(told.status is Status.PENDING for told in outcomes):
            raise Unavailable("the hub is away; what was read is kept")

    async def look_up(self, now: Instant) -> int:
        """What became of what the hub took, as far as it is time to look; how many were settled.
        Unavailable: the hub is away."""
        settled = 0
        while batch := self._outbox.due(now, _BATCH):
            for it in batch:
                settled += await self._look(it, now)
        return settled

    async def _look(self, it: Waiting, now: Instant) -> bool:
        waited = now - (it.since or now)
        try:
            receipt = await self._client.receipt(it.receipt or "")
        except Declined as declined:
            if declined.status != 404:
                raise told_no(declined) from declined
            receipt = None  # another gateway may not have read it yet
        if receipt is not None and receipt.status in _REFUSED:
            self._outbox.refused(it, _reason(receipt.problem), now)
        elif _is_settled(receipt, waited):
            self._outbox.settled(it)
        else:
            self._outbox.look_again(it, now + _next_look(waited))
            return False
        return True

    async def _said_anew(self, it: Waiting, now: Instant) -> None:
        self._metrics.published(Status.REFUSED.value)
        self._outbox.refused(it, _SAID_ANEW, now)


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
