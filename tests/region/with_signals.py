"""The vroegsignalering system of Weert: corporatie-maas gives it the statutory signal of arrears;
the gemeente tells what it picks up there as its act."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from connectors.index import Name
from hub.domain.facts import AlertAcknowledged
from hub.domain.time import local_date, start_of_day
from hub.streams.backtest import Alert
from tests.region import housing
from tests.region.acting import Deed
from tests.region.checking import Check, shown
from tests.region.connected import Connected, Desired, connected
from tests.region.housing import lease_of
from tests.region.life import Said
from tests.region.mirror import Mirror
from tests.region.stage import Stage
from tests.systems.vroegsignalering import KEY, VroegsignaleringSystem, serving

CORPORATIE: Final = "corporatie-maas"
GEMEENTE: Final = "gemeente-weert"
_CODE: Final = "0988"
_RULES: Final = ("first-rent-missed", "rent-arrears")
_FROM_DAYS: Final = 30
_PICKED_UP_AFTER: Final = timedelta(days=5)
_LIVING: Final = frozenset({"open", "acknowledged", "agreed"})
# A signal stays with the gemeente when its alert ended so: the arrears are still there.
_LEFT: Final = frozenset({"approach", "expired", "scope-ended", "closed"})


class WithSignals:
    """The system, with the connector of the corporatie and that of the gemeente."""

    def __init__(
        self, at_work: tuple[Connected, Connected], system: VroegsignaleringSystem, mirror: Mirror
    ) -> None:
        self.connectors = at_work
        self._system = system
        self._mirror = mirror
        self._seen = 0
        self._since: dict[str, str] = {}
        self._picked_up: set[str] = set()
        self._wrong: list[str] = []

    def takes(self, said: Said) -> bool:
        return False

    async def hear(self, said: Said) -> None:
        raise AssertionError("it hears of nothing but signals")

    async def turn(self) -> None:
        stage = self._mirror.stage
        await stage.settled()
        giving, telling = self.connectors
        await giving.turn()
        await self._look_at_new()
        deeds = list(self._pick_up())
        await telling.turn()
        await self._mirror.hear_acts(deeds, stage.now())

    async def checks(self, stage: Stage) -> list[Check]:
        alerts = {it.alert_id: it for it in await self._mirror.of_the_hub(stage.now())}
        wrong = [*self._wrong, *self._standing(alerts), *self._missing(alerts)]
        given = len(self._since)
        return [
            Check("rent signals: exactly those that are allowed", given, shown(wrong), False),
            await self._told_as_acts(),
        ]

    async def _told_as_acts(self) -> Check:
        """What was picked up there is an act of the gemeente here, each once."""
        source = f"{self._mirror.stage.hub.parties.by_id[GEMEENTE].urn}:systeem:vroegsignalering"
        accepted = await self._mirror.stage.accepted()
        acts = [it.own for it in accepted if it.source == source]
        told = sorted(it.alert_id for it in acts if isinstance(it, AlertAcknowledged))
        wrong = [] if told == sorted(self._picked_up) else [f"told {told}"]
        return Check("rent signals: picked up = acts", len(self._picked_up), wrong, False)

    async def _look_at_new(self) -> None:
        """A signal that was given must have been allowed at that moment."""
        stage = self._mirror.stage
        new, self._seen = self._system.calls[self._seen :], len(self._system.calls)
        given = [it.id for it in new if it.method == "PUT" and it.status == 201]
        if not given:
            return
        alerts = {it.alert_id: it for it in await self._mirror.of_the_hub(stage.now())}
        for id_ in given:
            self._since.setdefault(id_, local_date(stage.now()).isoformat())
            why = _why_not(alerts.get(id_))
            self._wrong += [f"{id_}: given, and {why}"] if why else []

    def _pick_up(self) -> Iterator[Deed]:
        """Every second signal is picked up some days later."""
        now = self._mirror.stage.now()
        today = local_date(now)
        for number, (id_, since) in enumerate(self._since.items()):
            due = today - _PICKED_UP_AFTER
            if number % 2 or id_ in self._picked_up or id_ not in self._system.signals:
                continue
            if since <= due.isoformat():
                self._picked_up.add(id_)
                self._system.pick_up(id_, on=today.isoformat())
                at = start_of_day(today)
                yield Deed(at, GEMEENTE, id_, "alert-acknowledged", {})

    def _standing(self, alerts: Mapping[str, Alert]) -> Iterator[str]:
        """What stands at the end and may not."""
        for id_ in self._system.signals.keys() - self._picked_up:
            alert = alerts.get(id_)
            if _why_not(alert) and (alert is None or alert.resolution not in _LEFT):
                yield f"{id_}: stands, and {_why_not(alert)}"

    def _missing(self, alerts: Mapping[str, Alert]) -> Iterator[str]:
        """What may be signalled for some time, of a household of which nothing ever was."""
        given = {_household(alerts[it]) for it in self._since if it in alerts}
        today = local_date(self._mirror.stage.now())
        since = (today - timedelta(days=_FROM_DAYS + 2)).isoformat()
        for id_, alert in alerts.items():
            is_due = alert.raised_at[:10] <= since and not _why_not(alert)
            if is_due and _household(alert) not in given:
                yield f"{id_}: allowed, and never given"


def _why_not(alert: Alert | None) -> str | None:
    """Why nothing may be signalled of it; None if it may."""
    if alert is None:
        return "there is no such alert"
    if alert.rule not in _RULES or alert.gemeente != _CODE:
        return "it is none that is signalled"
    if alert.status not in _LIVING:
        return f"it is {alert.status}"
    if GEMEENTE in alert.held_for:
        return "it is held for the gemeente"
    return None if CORPORATIE in {it[1] for it in _household(alert)} else "it is of another"


def _household(alert: Alert) -> tuple[tuple[str, str, str], ...]:
    found: Any = alert.references
    return tuple((it.scheme, it.issuer, it.value) for it in found if it.scheme == "lease")


@asynccontextmanager
async def signals(
    stage: Stage, folder: Path, said: Iterable[Said], mirror: Mirror
) -> AsyncIterator[WithSignals]:
    """The system and both connectors for as long as the block runs."""
    async with serving() as system:
        own = folder / "vroegsignalering"
        ours, theirs = own / CORPORATIE, own / GEMEENTE
        for place in (ours, theirs):
            place.mkdir(parents=True)
            (place / "system.key").write_text(KEY)
        (ours / "addresses.csv").write_text(_addresses(said))
        common = {"address": system.address, "keyFile": "system.key", "gemeente": _CODE}
        terms = {"addresses": "addresses.csv", "rules": list(_RULES), "fromDays": _FROM_DAYS}
        name = Name.VROEGSIGNALERING
        giving = Desired(name, CORPORATIE, ours, lambda _: common | {"signals": terms})
        telling = Desired(name, GEMEENTE, theirs, lambda _: common | {"feedback": {}})
        async with connected(stage, giving) as one, connected(stage, telling) as other:
            yield WithSignals((one, other), system, mirror)


def _addresses(said: Iterable[Said]) -> str:
    """An address for each lease, all of them made up."""
    leases = sorted({lease_of(it.fact) for it in said if it.kind == housing.LEASE})
    lines = [f"{lease};6001AA;{number}" for number, lease in enumerate(leases, 1)]
    return "\n".join(["lease;Postcode;Huisnummer", *lines]) + "\n"
