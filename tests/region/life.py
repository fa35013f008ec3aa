"""A life of a region as its systems hear of it: who said what of which thing, and when.

Made of `hub.simulation`, so a seed gives the same life. What it holds beside the facts is the thing
of a system behind each: a thing that is written better becomes a fact that replaces, one that is
removed a retraction. It never knows how a system or a connector writes any of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.time import Instant
from hub.simulation.amending import AMENDED, NOT_CORRECTED
from hub.simulation.cast import Cast, Voice, the_cast
from hub.simulation.chance import Chance, Weighted
from hub.simulation.days import DAY, HOUR, MINUTE, Wall, instant, midnight
from hub.simulation.event import Event, line_of
from hub.simulation.household import Household, Naming, Traits
from hub.simulation.life import NAMINGS, Plan, told
from hub.simulation.region import dwellings_of, regional
from hub.simulation.simulate import START, Region
from tests.region.housing import Thing, as_a_housing_system, is_regular

# Who acts looks at what the hub told; and how far a feed has come is known to its connector alone.
ELSEWHERE: Final = frozenset(
    {"alert-acknowledged", "approach-agreed", "alert-closed", "feed-complete"}
)
CHANGED_SHARE: Final = 0.06
REMOVED_SHARE: Final = 0.03
LATE_SHARE: Final = 0.04
TWICE_SHARE: Final = 0.05
_LATE_DAYS: Final = (3, 20)
# More goes wrong here than in other simulated regions: three months must hold some of everything.
_TROUBLED: Final = 0.3


class Said(Struct, frozen=True):
    """What the system of a party hears at one instant.

    `thing` names what it is about, there, and stays, as does its `kind`, a type of facts; `now` is
    what that says from now on, None if it was removed. `fact` is the same as a fact of the life.
    `again`: nothing new, said once more.
    """

    at: Instant
    voice: Voice
    thing: str
    kind: str
    fact: Event
    now: Event | None
    again: bool = False


class Size(Struct, frozen=True):
    """How much life: equal ones give equal lives."""

    households: int = 40
    months: int = 3
    seed: int = 1
    start: date = START


class Known(Struct, frozen=True):
    """What the systems of a region can say, by party: of which kinds of things they know the day
    alone, which kinds they never correct, and which they never remove; and by gemeente how its side
    names a household. `housing`: corporaties that say what their housing system knows.
    `caseload`: the begeleider has a number of its own for every household.
    """

    dated: Mapping[str, frozenset[str]] = {}
    fixed: Mapping[str, frozenset[str]] = {}
    lasting: Mapping[str, frozenset[str]] = {}
    namings: Mapping[str, Weighted[Naming]] = {}
    housing: frozenset[str] = frozenset()
    caseload: bool = False


class Life(Struct, frozen=True):
    """All that is said from `begins` up to `ends`, in order."""

    begins: Instant
    ends: Instant
    said: tuple[Said, ...]

    def lines(self) -> Iterator[bytes]:
        """The facts as CloudEvents, as they would be without any connector."""
        return (line_of(it.fact) for it in self.said)


def the_life(size: Size, known: Known) -> Life:
    """The life of a region, in which nothing is said that its systems cannot say."""
    region = Region(size.households, size.months, size.seed, start=size.start)
    opens, closes = midnight(region.window.opens) + 6 * HOUR, midnight(region.window.closes)
    said: list[tuple[Wall, Said]] = []
    for thing in _things(region, known, opens):
        event = thing.event
        chance = Chance(size.seed, "said", event.voice.source, event.id)
        said += _said_of(_Told(thing, opens, known), chance)
    within = [(arrival, it) for arrival, it in said if arrival < closes - DAY]
    within.sort(key=itemgetter(0))  # what is said at once is in the order in which it is told
    return Life(instant(opens), instant(closes), tuple(it for _, it in within))


def _things(region: Region, known: Known, opens: Wall) -> Iterator[Thing]:
    cast, plan = the_cast(), Plan(region.seed, region.window)
    for event in regional(cast, region.window, region.seed):
        if _is_of_a_thing(event):
            yield Thing(event, event.arrival)
    for index in range(region.households):
        home = _home(index, plan, cast, known)
        events = [*home.events, *dwellings_of(home, region.seed)]
        events = [_as_known(it, known) for it in events if _is_of_a_thing(it)]
        if home.corporatie.party in known.housing:
            yield from as_a_housing_system(events, home.corporatie.party, opens)
        else:
            yield from (Thing(event, event.arrival) for event in events)


def _home(index: int, plan: Plan, cast: Cast, known: Known) -> Household:
    chance = Chance(plan.seed, "home", index)
    home = Household(index, chance, cast, plan.window)
    home.naming = chance.weighed(known.namings.get(home.gemeente.code, NAMINGS))
    home.has_caseload_number = known.caseload or chance.happens(0.08)
    home.traits = Traits(*(chance.happens(_TROUBLED) for _ in Traits.__struct_fields__))
    return told(home, plan.start_of(index))


def _is_of_a_thing(event: Event) -> bool:
    """What corrects is told of the things themselves, below; and of others than vergunninghouders
    nothing leaves a system."""
    corrects = event.type == "fact-retracted" or "replaces" in event.own
    return event.type not in ELSEWHERE and not corrects and not is_regular(event)


def _as_known(event: Event, known: Known) -> Event:
    """The event as far as its system knows it: which fact of somebody else it concerns is not
    known, and of some kinds only the day."""
    own = {name: value for name, value in event.own.items() if name != "concerns"}
    is_dated = event.type in known.dated.get(event.voice.party, ())
    return replace(event, own=own, at=event.at // DAY * DAY if is_dated else event.at)


class _Told(Struct, frozen=True):
    """A thing in a region that begins to be told at `opens`."""

    thing: Thing
    opens: Wall
    known: Known

    def is_in(self, kinds: Mapping[str, frozenset[str]]) -> bool:
        event = self.thing.event
        return event.type in kinds.get(event.voice.party, ())


def _said_of(told: _Told, chance: Chance) -> Iterator[tuple[Wall, Said]]:
    """All that is ever said of one thing, with the wall time at which it is."""
    event = told.thing.event
    for at, fact, now in _versions(told, chance):
        said = Said(instant(at), event.voice, event.id, event.type, fact, now)
        yield at, said
        if chance.happens(TWICE_SHARE):
            later = at + chance.pick((5 * MINUTE, 20 * HOUR))
            yield later, replace(said, at=instant(later), again=True)


def _versions(told: _Told, chance: Chance) -> Iterator[tuple[Wall, Event, Event | None]]:
    """The thing as it is first, as it is written better, and that it is removed."""
    thing = told.thing
    current, arrival = thing.event, max(thing.arrival, told.opens)
    if not thing.is_plain and chance.happens(LATE_SHARE):
        arrival += chance.between(*_LATE_DAYS) * DAY
    yield arrival, current, current
    for at, now in thing.later or _by_chance(told, arrival, chance):
        arrival = max(at, arrival)
        fact = _taken_back(current, arrival) if now is None else _instead(current, now, arrival)
        yield arrival, fact, None if now is None else fact
        current = fact


def _by_chance(told: _Told, arrival: Wall, chance: Chance) -> Iterator[tuple[Wall, Event | None]]:
    """How a thing that nothing else is known of goes on."""
    event, known = told.thing.event, told.known
    if told.thing.is_plain or event.type in NOT_CORRECTED or told.is_in(known.fixed):
        return
    while chance.happens(CHANGED_SHARE):
        arrival += chance.between(1, 20) * DAY
        event = _written_better(event, chance)
        yield arrival, event
    if chance.happens(REMOVED_SHARE) and not told.is_in(known.lasting):
        yield arrival + chance.between(1, 20) * DAY, None


def _written_better(event: Event, chance: Chance) -> Event:
    own: dict[str, Any] = {
        field: AMENDED[field](value, chance) if field in AMENDED else value
        for field, value in event.own.items()
    }
    back = chance.between(1, 3) * DAY if chance.happens(0.4) else 0
    if event.at % DAY:
        back += chance.between(0, 59)
    return replace(event, at=event.at - back, own=own)


def _instead(event: Event, now: Event, arrival: Wall) -> Event:
    """The fact that `now` says in the place of `event`."""
    own = {**now.own, "replaces": event.identity}
    return replace(now, id=event.id + "c", own=own, logged=arrival, arrival=arrival)


def _taken_back(event: Event, arrival: Wall) -> Event:
    own = {"retracts": event.identity, "reason": "did-not-happen"}
    return replace(
        event,
        id=event.id + "r",
        type="fact-retracted",
        at=arrival - MINUTE,
        own=own,
        logged=arrival,
        arrival=arrival,
    )


def by_type(said: Iterable[Said]) -> Mapping[tuple[str, str], Sequence[Said]]:
    """What is said, by party and kind of thing; for whoever asks what a life holds."""
    found: dict[tuple[str, str], list[Said]] = {}
    for it in said:
        found.setdefault((it.voice.party, it.kind), []).append(it)
    return found
