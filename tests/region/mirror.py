"""The life as it would be found without any connector, acts included.

An act names an alert, and the hub has another id for it than the life: so each act is matched, at
the moment at which it is done, with the alert that is found in the life for the same rule, the same
household and the same instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from hub.domain.facts import Fact
from hub.domain.parties import Parties
from hub.domain.time import Instant, format_instant
from hub.simulation.event import line_of
from hub.streams.backtest import Alert
from tests.region.acting import Deed
from tests.region.findings import Backtests, Raised, raised_of
from tests.region.life import Said
from tests.region.stage import Stage


class Mirror:
    """The facts of the life that were said so far. `unmatched`: acts on alerts that the life does
    not know."""

    def __init__(self, stage: Stage, backtests: Backtests) -> None:
        self.stage = stage
        self._backtests = backtests
        self.lines: list[bytes] = []
        self.facts: list[Fact] = []
        self.acts = 0
        self.unmatched: list[Raised] = []

    def hear(self, said: Said) -> None:
        self._add(line_of(said.fact))

    async def hear_acts(self, deeds: Sequence[Deed], now: Instant) -> None:
        """What parties did at `now`, before anything else is said."""
        if not deeds:
            return
        theirs = {it.alert_id: it for it in await self.of_the_hub(now)}
        ours: dict[Raised, list[Alert]] = {}
        for alert in self._backtests.of_facts(self.facts, now):
            ours.setdefault(raised_of(alert), []).append(alert)
        for deed in deeds:
            named = raised_of(theirs[deed.alert_id])
            same = ours.get(named)
            if same is None:
                self.unmatched.append(named)
            else:
                self._add(self._act(deed, same[0]))

    async def of_the_hub(self, now: Instant) -> list[Alert]:
        """What is found in all that the hub accepted."""
        return self._backtests.of_facts(await self.stage.accepted(), now)

    def _act(self, deed: Deed, alert: Alert) -> bytes:
        self.acts += 1
        parties: Parties = self.stage.hub.parties
        place = raised_of(alert).place
        where = {"gemeente": place} if place.isdigit() else {"region": place}
        data: dict[str, Any] = {"occurredAt": format_instant(deed.at), "alertId": alert.alert_id}
        event = {
            "specversion": "1.0",
            "id": f"act-{_letters(self.acts)}",
            "source": f"{parties.by_id[deed.party].urn}:systeem:bureau",
            "type": f"nl.seintje.{deed.kind}.v1",
            "data": {**data, **where, **deed.said},
        }
        return msgspec.json.encode(event)

    def _add(self, line: bytes) -> None:
        self.lines.append(line)
        self.facts.append(self._backtests.fact(line))


def _letters(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "abcdefghij"))
