"""The end of a region, looked at from all sides: what must be equal, counted and compared.

A check says what it compared and how much of it there was: one that compared nothing has failed,
unless it is about something that a short life may not hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from hub.cli.kept import Kept
from hub.domain.acts import LIVING
from hub.domain.facts import Fact
from hub.domain.time import Instant
from hub.streams.backtest import Alert
from tests.convergence.regions import differences_in
from tests.region.findings import Backtests, differing, effective, found_of, printed
from tests.region.mirror import Mirror
from tests.region.stage import Stage

_SHOWN: Final = 8


class Check(Struct, frozen=True):
    """What was compared, how many of it, and what was wrong. `is_needed`: every life has some."""

    name: str
    compared: int
    wrong: Sequence[str]
    is_needed: bool = True

    @property
    def is_right(self) -> bool:
        return not self.wrong and (self.compared > 0 or not self.is_needed)


class Ended(Struct, frozen=True):
    """What is known once the life has ended: the facts of hub and life, and what is found in
    them."""

    now: Instant
    accepted: Sequence[Fact]
    hub: Sequence[Alert]
    life: Sequence[Alert]


async def ended(stage: Stage, mirror: Mirror, backtests: Backtests) -> Ended:
    """Look at the end, when everything has settled."""
    now, accepted = stage.now(), await stage.accepted()
    return Ended(
        now,
        accepted,
        backtests.of_facts(accepted, now),
        backtests.of_facts(mirror.facts, now),
    )


async def checks_of_findings(stage: Stage, mirror: Mirror, end: Ended) -> list[Check]:
    """What the hub found is what `backtest` finds in the facts it took, and in the life."""
    return [
        Check("kept by the hub = backtest of what it accepted", len(end.hub), _kept(stage, end)),
        Check("told to parties = backtest of the same", len(end.hub), await _told(stage, end)),
        Check("facts in force: hub = life", len(mirror.facts), _facts(mirror, end)),
        Check("acts: each has its alert in the life", mirror.acts, shown(mirror.unmatched)),
        Check("findings: hub = life, without ids", len(end.life), _findings(end)),
    ]


def _kept(stage: Stage, end: Ended) -> list[str]:
    """Where the line of an alert, made of the facts that the hub keeps, is another one."""
    kept, wrong = Kept(stage.hub.settings), []
    for alert, line in zip(end.hub, printed(end.hub), strict=True):
        run = kept.about_alert(alert.alert_id)
        lines = {it.alert_id: msgspec.json.encode(it) for it in run.alerts(end.now)}
        if lines.get(alert.alert_id) != line:
            wrong.append(f"{alert.rule} {alert.alert_id}")
    return shown(wrong)


async def _told(stage: Stage, end: Ended) -> list[str]:
    """Where the last that a party was told is not what is found."""
    told: dict[str, dict[str, str]] = {}
    for party in stage.keys:
        for view in await stage.views(party):
            told.setdefault(view["alertId"], {})[party] = view["status"]
    by_id = {it.alert_id: it for it in end.hub}
    # What ended while it was held back for somebody is never told, though nothing holds it now.
    for party, name in await stage.ever_held():
        alert = by_id.get(name)
        if alert and alert.status not in LIVING and party not in alert.held_for:
            told.setdefault(name, {}).setdefault(party, alert.status)
    return shown(differences_in(told, await stage.held(), by_id))


def _facts(mirror: Mirror, end: Ended) -> list[str]:
    return shown(differing(effective(end.accepted, end.now), effective(mirror.facts, end.now)))


def _findings(end: Ended) -> list[str]:
    ours, theirs = map(found_of, end.hub), map(found_of, end.life)
    return shown(differing(ours, theirs))


def nothing_twice(accepted: Iterable[Fact]) -> Check:
    """No fact stands twice in the log of the hub."""
    times = Counter((fact.gemeente or fact.region, *fact.identity) for fact in accepted)
    twice = [f"{source} {id_}" for (_, source, id_), n in times.items() if n > 1]
    return Check("no fact accepted twice", len(times), shown(twice))


def shown(wrong: Iterable[object]) -> list[str]:
    """The first few, and how many more there are."""
    texts = [str(it) for it in wrong]
    more = len(texts) - _SHOWN
    return [*texts[:_SHOWN], f"… and {more} more"] if more > 0 else texts
