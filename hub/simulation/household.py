"""One synthetic household while its life is told.

It owns what its parties call it and everything that they say of it. Stories (`hub.simulation.
stories`) decide what happens; here is decided who names the household how, which id an event gets
and when it arrives.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from msgspec import Struct

from hub.simulation.cast import Cast, Corporatie, Gemeente, Voice
from hub.simulation.chance import Chance
from hub.simulation.days import DAY, HOUR, Day, Wall, midnight, office
from hub.simulation.event import Event, References

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


class Naming(Enum):
    """How the gemeente and its begeleider name the household once there is a lease."""

    LEASE = "dossier and lease"
    DOSSIER = "dossier, linked once"
    ADDRESS = "dossier and address"
    BARE = "address alone"
    APART = "dossier, never linked"


class Traits(Struct, frozen=True):
    """What sets its life apart from a smooth one."""

    neglected: bool = False  # nobody is in time
    short_of_money: bool = False
    unlucky: bool = False  # damage
    loud: bool = False  # nuisance
    worrying: bool = False  # signals
    growing: bool = False  # a family is on its way


class Window(Struct, frozen=True):
    """The days that are simulated: from `opens` up to, without, `closes`."""

    opens: Day
    closes: Day


class Tenancy(Struct):
    """A lease of the household. `said` is its first `lease-signed`."""

    lease: str
    address: str
    start: Day
    signed: Wall
    said: Event | None = None
    end: Day | None = None


class Household:
    """Its parties, its references and the events so far."""

    def __init__(self, index: int, chance: Chance, cast: Cast, window: Window) -> None:
        self.index = index
        self.number = based(index)
        self.chance = chance
        self.cast = cast
        self.window = window
        self.gemeente: Gemeente = chance.weighed(cast.weighed_gemeenten())
        self.corporatie: Corporatie = chance.weighed(cast.weighed_corporaties())
        self.dossier = f"D-{self.number}"
        self.naming = Naming.LEASE
        self.has_caseload_number = False
        self.traits = Traits()
        self.tenancies: list[Tenancy] = []
        self.events: list[Event] = []
        self._said = 0
        # What later stories hang on: days on which nobody looks in, and since when nobody does.
        self.alone: list[Day] = []
        self.left_alone: Day | None = None

    @property
    def home(self) -> Tenancy:
        """The first tenancy: the one that stories are about."""
        return self.tenancies[0]

    @property
    def start(self) -> Day:
        return self.home.start

    def office(self, day: Day) -> Wall:
        return office(day, self.chance)

    def moment(self, day: Day) -> Wall:
        """As administrations write it down: a date, or a time in office hours."""
        return midnight(day) if self.chance.happens(0.3) else self.office(day)

    def address(self, turn: int) -> str:
        """A BAG number: the gemeente, the kind of object, a number of its own."""
        return f"{self.gemeente.code}20{self.index * 10 + turn:010d}"

    def rented(self, start: Day, signed: Wall) -> Tenancy:
        """A new lease of this household."""
        turn = len(self.tenancies)
        lease = f"H-{self.number}" + (f"/{turn}" if turn else "")
        tenancy = Tenancy(lease, self.address(turn), start, signed)
        self.tenancies.append(tenancy)
        return tenancy

    def lived_in(self, at: Wall) -> Tenancy | None:
        """The lease that people have in mind at `at`: the last signed by then."""
        known = [tenancy for tenancy in self.tenancies if tenancy.signed <= at]
        return known[-1] if known else None

    def corporatie_says(self, kind: str, at: Wall, **own: Any) -> Event:
        tenancy = self.lived_in(at) or self.home
        return self.says(self.corporatie, kind, at, (self.lease_of(tenancy),), **own)

    def gemeente_says(self, kind: str, at: Wall, **own: Any) -> Event:
        return self.says(self.gemeente, kind, at, self.named(at), **own)

    def begeleider_says(self, kind: str, at: Wall, **own: Any) -> Event:
        named = (self.caseload_reference(),) if self.has_caseload_number else self.named(at)
        return self.says(self.cast.begeleider, kind, at, named, **own)

    def says(self, voice: Voice, kind: str, at: Wall, references: References, **own: Any) -> Event:
        """One more event about this household, its id the next of this household's."""
        self._said += 1
        return self.tell(
            Event(
                voice=voice,
                id=f"{self.number}-{self._said}",
                type=kind,
                at=at,
                logged=at,
                arrival=at,
                place={"gemeente": self.gemeente.code},
                own=own,
                references=references,
            )
        )

    def tell(self, event: Event) -> Event:
        """Let an event travel, and remember it."""
        event.logged = _logged(event, self.chance)
        event.arrival = arrival(event, self.chance)
        self.events.append(event)
        return event

    def named(self, at: Wall) -> References:
        """The references that the gemeente's side uses at `at`."""
        tenancy = self.lived_in(at)
        dossier = self.dossier_reference()
        if tenancy is None or self.naming in (Naming.DOSSIER, Naming.APART):
            return (dossier,)
        if self.naming is Naming.ADDRESS:
            return (dossier, address_of(tenancy))
        if self.naming is Naming.BARE:
            return (address_of(tenancy),) if at >= midnight(tenancy.start) else (dossier,)
        return (dossier, self.lease_of(tenancy))

    def dossier_reference(self) -> dict[str, str]:
        return {"scheme": "dossier", "issuer": self.gemeente.party, "value": self.dossier}

    def caseload_reference(self) -> dict[str, str]:
        """The number that the begeleider gave the household itself."""
        issuer = self.cast.begeleider.party
        return {"scheme": "dossier", "issuer": issuer, "value": f"C-{self.number}"}

    def lease_of(self, tenancy: Tenancy) -> dict[str, str]:
        return {"scheme": "lease", "issuer": self.corporatie.party, "value": tenancy.lease}

    def answered(self, word: str, opener: Event) -> str:
        """The id of the alert that `opener` opens here (agreement document, Identity)."""
        return alert_id(self.cast.answers[word], self.home.said, opener)


def address_of(tenancy: Tenancy) -> dict[str, str]:
    return {"scheme": "address", "issuer": "bag", "value": tenancy.address}


def alert_id(rule: str, lease: Event | None, opener: Event) -> str:
    """Five lines: rule, source and id of the lease (empty for a region), those of the opener."""
    signed = (lease.voice.source, lease.id) if lease else ("", "")
    lines = "\n".join((rule, *signed, opener.voice.source, opener.id))
    digest = base64.b32encode(hashlib.sha256(lines.encode()).digest())
    return f"al-{digest.decode().lower()[:26]}"


def based(number: int) -> str:
    """A short name for a number, to the base of 36."""
    digits: list[str] = []
    while number or not digits:
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def arrival(event: Event, chance: Chance) -> Wall:
    """Seconds after it was logged, or with the file of next morning."""
    if event.voice.nightly:
        return (event.logged // DAY + 1) * DAY + 6 * HOUR + chance.between(0, 1800)
    return event.logged + chance.between(2, 40)


def _logged(event: Event, chance: Chance) -> Wall:
    late = chance.between(0, event.voice.slow) if event.voice.slow and chance.happens(0.3) else 0
    if late or not event.at % DAY:
        return office(event.at // DAY + late, chance) + chance.between(0, 59)
    return event.at + chance.between(20, 1800)


def in_order(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.arrival, event.voice.source, event.id))
