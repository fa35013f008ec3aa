"""What happens during a demo, kept for whoever shows it: facts, households, notices.

Knows no screen and no hub. A household is what its facts and notices have in common: the lease or
dossier that they name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from hub.domain.facts import SIDE_OF, Fact, Side
from hub.domain.parties import Parties
from hub.domain.time import Instant, format_instant

KEPT: Final = 200  # of each kind; a board shows fewer, a year brings thousands
BOTH: Final = frozenset[Side]({"gemeente", "corporatie"})


class FactHeard(Struct, frozen=True, tag_field="event", tag="fact", rename="camel"):
    """A fact came in."""

    at: str
    party: str
    side: Side | None
    type: str
    household: str | None
    status: str


class NoticeTold(Struct, frozen=True, tag_field="event", tag="notice", rename="camel"):
    """A party was told a revision of an alert. `held`: the roles that do not get it yet."""

    at: str
    party: str
    side: Side | None
    alert_id: str
    rule: str
    title: str
    severity: str
    status: str
    revision: int
    notice: str
    household: str | None
    held: tuple[str, ...] = ()


class JointAlert(Struct, frozen=True, tag_field="event", tag="joint-alert", rename="camel"):
    """An alert of which both sides have now been told."""

    at: str
    alert_id: str
    rule: str
    title: str
    household: str | None


class Met(Struct):
    """A household on the board."""

    name: str
    gemeente: int = 0
    corporatie: int = 0
    alerts: dict[str, NoticeTold] = {}


class Story:
    """Everything that happened so far."""

    def __init__(self, parties: Parties) -> None:
        self._parties = parties
        self._names: dict[str, str] = {}  # a dossier → the lease it was linked with
        self._of_alert: dict[str, str] = {}
        self._titles: dict[str, str] = {}
        self._told: dict[str, set[Side | None]] = {}
        self.facts: dict[Side | None, deque[FactHeard]] = {
            side: deque(maxlen=KEPT) for side in ("gemeente", "corporatie", None)
        }
        self.notices: deque[NoticeTold] = deque(maxlen=KEPT)
        self.households: dict[str, Met] = {}
        self.held: dict[str, NoticeTold] = {}
        self.joint: list[JointAlert] = []
        self.heard = 0
        self.told = 0

    def fact(self, at: Instant, fact: Fact, status: str) -> FactHeard:
        """A fact came in with this receipt."""
        side = self._side_of(fact.party)
        household = self._household_of(fact)
        heard = FactHeard(format_instant(at), fact.party, side, fact.type, household, status)
        self.heard += 1
        self.facts[side].append(heard)
        if household is not None:
            met = self._met(household)
            met.gemeente += side == "gemeente"
            met.corporatie += side == "corporatie"
        return heard

    def notice(self, at: Instant, party: str, view: Mapping[str, Any]) -> list[Any]:
        """A party was told; the notice, and the joint alert if it made one."""
        told = self._noticed(at, party, view)
        self.told += 1
        self.notices.append(told)
        if told.household is not None:
            self._met(told.household).alerts[told.alert_id] = told
        self._hold(told)
        sides = self._told.setdefault(told.alert_id, set())
        is_new = told.side not in sides
        sides.add(told.side)
        if not (is_new and sides >= BOTH):
            return [told]
        joint = JointAlert(told.at, told.alert_id, told.rule, told.title, told.household)
        self.joint.append(joint)
        return [told, joint]

    def _noticed(self, at: Instant, party: str, view: Mapping[str, Any]) -> NoticeTold:
        household = self._named(view.get("references", ())) or self._of_alert.get(view["alertId"])
        if household is not None:
            self._of_alert[view["alertId"]] = household
        return NoticeTold(
            format_instant(at),
            party,
            self._side_of(party),
            view["alertId"],
            view["rule"],
            self._title_of(view),
            view["severity"],
            view["status"],
            view["revision"],
            view["notice"],
            household,
            tuple(it["role"] for it in view.get("held", ())),
        )

    def _title_of(self, view: Mapping[str, Any]) -> str:
        # the last revision of what was withdrawn has no title any more
        title: str = view.get("title") or self._titles.get(view["alertId"], view["rule"])
        self._titles[view["alertId"]] = title
        return title

    def _hold(self, told: NoticeTold) -> None:
        if told.held:
            self.held[told.alert_id] = told
        elif told.side == "corporatie":
            self.held.pop(told.alert_id, None)

    def _side_of(self, party: str) -> Side | None:
        found = self._parties.by_id.get(party)
        return None if found is None else SIDE_OF[found.role]

    def _household_of(self, fact: Fact) -> str | None:
        leases = [ref.value for ref in fact.references if ref.scheme == "lease"]
        dossiers = [ref.value for ref in fact.references if ref.scheme == "dossier"]
        for dossier in dossiers if leases else ():
            self._rename(dossier, leases[0])
        return self._first([*leases, *dossiers])

    def _named(self, references: Iterable[Mapping[str, str]]) -> str | None:
        named = sorted((ref["scheme"], ref["value"]) for ref in references)
        # a dossier may have a lease by now; of a lease there is only one name
        return self._first([value for scheme, value in named[::-1] if scheme != "address"])

    def _first(self, values: list[str]) -> str | None:
        return self._names.get(values[0], values[0]) if values else None

    def _rename(self, dossier: str, lease: str) -> None:
        """What the dossier brought before it was linked counts for the lease."""
        self._names[dossier] = lease
        before = self.households.pop(dossier, None)
        if before is not None:
            met = self._met(lease)
            met.gemeente += before.gemeente
            met.corporatie += before.corporatie
            met.alerts |= before.alerts

    def _met(self, name: str) -> Met:
        met = self.households.pop(name, None) or Met(name)
        self.households[name] = met  # the last that something happened to comes last
        return met
