"""Figures of deliveries for the metrics: how attempts end, how subscriptions live, who waits.

Labels are closed lists and the ids of parties, which stand in a file of the operators; never an
address or an alert.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.delivery.outcome import Reason
from hub.delivery.subscription import Lanes, Life, Subscription
from hub.domain.time import Instant

_NEWEST: Final = 0.0


class Figures(Collector):
    """What is counted while delivering. `now` is asked when somebody looks."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        self._now = now
        self.attempts: Tally[Reason] = Tally()
        self._waiting: dict[str, tuple[str, Instant]] = {}
        self.lives: Callable[[], Mapping[Life, int]] = dict
        self.broken = 0  # subscriptions that stopped by a fault of ours

    def attempted(self, reason: Reason) -> None:
        """An attempt ended."""
        self.attempts[reason] += 1

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

    def describe(self) -> Iterable[Metric]:
        return ()  # or the registry would ask while the hub is being made

    def collect(self) -> Iterable[Metric]:
        attempts = CounterMetricFamily(
            "seintje_webhook_attempts", "Webhooks sent, by how it ended.", labels=["reason"]
        )
        for reason in Reason:
            attempts.add_metric([reason.value], self.attempts[reason])
        yield attempts
        lives = GaugeMetricFamily("seintje_subscriptions", "Subscriptions.", labels=["life"])
        found = self.lives()
        for life in Life:
            lives.add_metric([life.value], found.get(life, 0))
        yield lives
        oldest = GaugeMetricFamily(
            "seintje_webhook_oldest_seconds",
            "Age of the oldest revision that is to be delivered to a party.",
            labels=["party"],
        )
        for party, seconds in self._oldest().items():
            oldest.add_metric([party], seconds)
        yield oldest
        told = "Subscriptions that cannot be delivered by a fault of the hub."
        yield GaugeMetricFamily("seintje_webhook_broken", told, value=self.broken)

    def _oldest(self) -> Mapping[str, float]:
        now = self._now()
        found: dict[str, float] = {}
        for party, since in self._waiting.values():
            found[party] = max(found.get(party, _NEWEST), (now - since) / 1000)
        return found
