"""What was read, to the hub: in order, through the spool of the client.

An event leaves the outbox when the hub has answered about it. One that the hub refuses becomes a
dead letter with its reason, and the others go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.kept import Kept, Waiting
from connectors.metrics import Metrics
from hub.client import AsyncClient, Conflict, Declined, Misconfigured, Outcome, Problem, Unavailable
from hub.client import EventStatus as Status
from hub.domain.time import Instant

_BATCH: Final = 500
_SAID_ANEW: Final = (
    "this id was published before with another content: the folder of this connector is older than"
    " what it published; restore its folder, or retract the fact by hand"
)


class Publisher:
    """Empties the outbox of a connector."""

    def __init__(self, kept: Kept, client: AsyncClient, metrics: Metrics) -> None:
        self._kept, self._client, self._metrics = kept, client, metrics

    async def publish(self, now: Instant) -> int:
        """All that waits; how many events the hub answered about. Unavailable: some still wait.
        Misconfigured: the hub does not accept the key."""
        found = 0
        while batch := self._kept.waiting(_BATCH):
            try:
                outcomes = await self._client.publish(*(it.event for it in batch))
            except Conflict as conflict:
                await self._said_anew(batch[conflict.position], now)
                continue
            except Declined as declined:
                told = f"the hub says: {declined.problem.title}; check the key and the party"
                raise Misconfigured("hub", told) from declined
            found += len(batch)
            await self._note(batch, outcomes, now)
        return found

    async def _note(
        self, batch: Sequence[Waiting], outcomes: Sequence[Outcome], now: Instant
    ) -> None:
        done = [it for it, told in zip(batch, outcomes, strict=True) if _is_taken(told)]
        self._kept.arrived(done)
        for it, told in zip(batch, outcomes, strict=True):
            if told.status is not Status.PENDING:
                self._metrics.published(told.status.value)
            if told.problem is not None:
                self._kept.refused(it, _reason(told.problem), now)
        # The dead letter is kept here; the spool need not keep it too.
        for refusal in await self._client.refusals():
            await self._client.dismiss(refusal)
        if any(told.status is Status.PENDING for told in outcomes):
            raise Unavailable("the hub is away; what was read is kept")

    async def _said_anew(self, it: Waiting, now: Instant) -> None:
        self._metrics.published(Status.REFUSED.value)
        self._kept.refused(it, _SAID_ANEW, now)


def _is_taken(told: Outcome) -> bool:
    return told.status in (Status.ACCEPTED, Status.DUPLICATE)


def _reason(problem: Problem) -> str:
    fields = "".join(f"; {it.path}: {it.expected}" for it in problem.violations)
    return f"the hub refuses it ({problem.slug}): {problem.detail or problem.title}{fields}"
