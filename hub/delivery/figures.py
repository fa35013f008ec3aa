"""Figures of deliveries for the metrics: how attempts end, how subscriptions live, who waits.

Labels are closed lists and the ids of parties, which stand in a file of the operators; never an
address or an alert.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Mapping
from typing import Final

from hub.delivery.outcome import Reason
from hub.delivery.subscription import Lanes, Life, Subscription
from hub.domain.time import Instant
from hub.telemetry.board import Shown, by_one

_NEWEST: Final = 0.0


class Figures:
    """What is counted while delivering. `now` is asked when somebody looks."""

    def __init__(
        self, now: Callable[[], Instant], called: Callable[[float], None] = lambda _took: None
    ) -> None:
        self._now = now
        self._called = called  # hears how many seconds each attempt took
        self.attempts: Tally[Reason] = Tally()
        self._waiting: dict[str, tuple[str, Instant]] = {}
        self.lives: Callable[[], Mapping[Life, int]] = dict
        self.broken = 0  # subscriptions that stopped by a fault of ours

    def attempted(self, reason: Reason, took: float) -> None:
        """An attempt ended, after so many seconds."""
        self.attempts[reason] += 1
        self._called(took)

    def waiting(self, id_: str, subscription: Subscription, lanes: Lanes) -> None:
        """What was read of what lies ahead of a subscription."""
        ahead = (it for it in lanes.live.revisions if it.at > subscription.cursor)
        told = [it.told_at for it in ahead if subscription.wants.wants(it)]
        if told:
            self._waiting[id_] = (subscription.party, told[0])
        else:
            self.forget(id_)

    def forget(self, id_: str) -> None:
        """A subscription is gone, or nothing of it waits."""
        self._waiting.pop(id_, None)

    def shown(self) -> Shown:
        """What the metrics show of it now."""
        lives = self.lives()
        return {
            "seintje_webhook_attempts": by_one({it.value: self.attempts[it] for it in Reason}),
            "seintje_subscriptions": by_one({it.value: lives.get(it, 0) for it in Life}),
            "seintje_webhook_oldest_seconds": by_one(self._oldest()),
            "seintje_webhook_broken": {(): self.broken},
        }

    def _oldest(self) -> Mapping[str, float]:
        now = self._now()
        found: dict[str, float] = {}
        for party, since in self._waiting.values():
            found[party] = max(found.get(party, _NEWEST), (now - since) / 1000)
        return found
