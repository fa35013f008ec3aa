"""The gemeente's side: startsituatie, aanspreekpunt, begeleiding, fases, inburgering, work."""

from __future__ import annotations

from typing import Final

from hub.simulation.chance import Weighted
from hub.simulation.days import DAY, Day, Wall, date_text
from hub.simulation.household import Household
from hub.simulation.stories.answers import answer

NAMES: Final = (
    "A. de Vries", "B. Jansen", "C. Peeters", "D. Yilmaz", "E. Hendriks", "F. Smeets", "G. Bakker",
)  # fmt: skip
ENDED: Final = ("own-request", "no-contact", "transferred", "assignment-ended")
# From the start of the lease: when it is usual, and when it is too late.
INTAKE: Final = ((-28, 0), (4, 20))
AANSPREEKPUNT: Final = ((-12, 4), (10, 35))
BEGELEIDING: Final = ((-7, 12), (17, 45))
INBURGERING: Final = ((-5, 62), (75, 120))
Spread = tuple[tuple[int, int], tuple[int, int]]


def day_of(home: Household, spread: Spread) -> Day | None:
    """When something is done that should be: in time, too late, or never."""
    chance = home.chance
    usual, late = spread
    if not chance.happens(0.55 if home.traits.neglected else 0.02):
        return home.start + chance.between(*usual)
    return None if chance.happens(0.4) else home.start + chance.between(*late)


def settle(home: Household) -> None:
    """Intake, aanspreekpunt, inburgering."""
    day = day_of(home, INTAKE)
    if day is None:
        answer(home, "intake", home.home.said, home.office(home.start + 4))
    else:
        own = {"familyReunificationExpected": home.traits.growing}
        home.gemeente_says("intake-completed", home.moment(day), **own)
    day = day_of(home, AANSPREEKPUNT)
    if day is None or day > home.start + 8:
        answer(home, "aanspreekpunt", home.home.said, home.office(home.start + 9))
    if day is not None:
        _appoint(home, day)
    day = day_of(home, INBURGERING)
    if day is not None:
        home.gemeente_says("inburgering-started", home.moment(day))
        if home.chance.happens(0.15):
            done = home.moment(day + home.chance.between(200, 330))
            home.gemeente_says("inburgering-completed", done)


def _appoint(home: Household, day: Day) -> None:
    """An aanspreekpunt; some leave, and their successor comes at once or weeks later."""
    chance = home.chance
    _tell_appointed(home, home.moment(day))
    if chance.happens(0.12):
        left = home.moment(day + chance.between(60, 240))
        home.gemeente_says("aanspreekpunt-withdrawn", left)
        gap = chance.weighed(((70, 0), (20, 16), (10, None)))
        if gap is not None:
            # At one instant: an end and a start that leave no gap.
            _tell_appointed(home, home.office(left // DAY + gap) if gap else left)


def _tell_appointed(home: Household, at: Wall) -> None:
    name = home.chance.pick(NAMES)
    begeleider = home.cast.begeleider
    by = begeleider if home.chance.happens(0.4) else home.gemeente
    home.gemeente_says(
        "aanspreekpunt-assigned",
        at,
        name=name,
        organisation=by.name,
        phone=f"088-0{home.chance.between(100, 999)}000",
        email=f"{name.lower().replace(' ', '')}@example.nl",
    )


def accompany(home: Household) -> None:
    """Begeleiding with its contacts; late, lapsed, ended early, taken over by another."""
    chance = home.chance
    day = day_of(home, BEGELEIDING)
    if day is None or day > home.start + 14:
        answer(home, "begeleiding", home.home.said, home.office(home.start + 16))
        home.alone.append(home.start + 2)
    if day is None:
        return
    _begin(home, day)
    early = chance.happens(0.4 if home.traits.neglected else 0.07)
    last = day + chance.between(60, 200) if early else day + chance.between(380, 420)
    _meet(home, day, last)
    if not early:
        home.begeleider_says("begeleiding-ended", home.office(last), reason="completed")
        return
    _end_early(home, last)


def _end_early(home: Household, last: Day) -> None:
    """Another takes over at once, or after weeks, or nobody does."""
    chance, at = home.chance, home.office(last)
    ended = home.begeleider_says("begeleiding-ended", at, reason=chance.pick(ENDED))
    gap = chance.weighed(((30, 1), (35, 25), (35, None)))
    if gap is None:
        home.left_alone = last
    if gap != 1:
        home.alone.append(last + 5)
        answer(home, "begeleiding ended", ended, home.office(last + 6))
    if gap is not None:
        again = at // DAY + gap
        _begin(home, again)
        _meet(home, again, again + 200)


def _begin(home: Household, day: Day) -> None:
    name, at = home.cast.begeleider.name, home.moment(day)
    planned = {"plannedUntil": date_text(day + 380)} if home.chance.happens(0.6) else {}
    home.begeleider_says("begeleiding-started", at, organisation=name, **planned)


# How long until the next contact, in days: weekly at first; lapsed is more than 42.
AT_FIRST: Final = (7, 12)
LATER: Final[Weighted[tuple[int, int]]] = ((994, (13, 28)), (6, (45, 75)))
NEGLECTED: Final[Weighted[tuple[int, int]]] = ((90, (14, 40)), (10, (45, 90)))


def _meet(home: Household, first: Day, last: Day) -> None:
    chance, closes = home.chance, home.window.closes
    seldom = NEGLECTED if home.traits.neglected else LATER
    day = first
    while True:
        spread = AT_FIRST if day < first + 60 else chance.weighed(seldom)
        day += chance.between(*spread)
        if day >= last or day >= closes:
            return
        if spread[0] > 42:
            home.alone.append(day - 2)
        home.begeleider_says("begeleiding-contact", home.office(day))


def go_through_phases(home: Household) -> None:
    """Pre-vestiging until signing, then coaching; in some the fases overlap for too long."""
    chance, signed = home.chance, home.home.signed // DAY
    if chance.happens(0.5):
        _phase(home, "started", "pre-vestiging", signed - chance.between(10, 25))
        _phase(home, "completed", "pre-vestiging", signed)
    began = signed + chance.between(0, 12)
    if chance.happens(0.01):
        began = signed - 40
    next_one = home.start + chance.pick((60, 75, 120, 150, 180))
    overlap = chance.weighed(((95, 0), (3, 14), (2, 50)))
    _phase(home, "started", "coaching-vestiging", began)
    _phase(home, "started", "coaching-integratie", next_one)
    _phase(home, "completed", "coaching-vestiging", next_one + overlap)
    if not chance.happens(0.6 if home.traits.neglected else 0.08):
        work = home.office(next_one + chance.between(40, 170))
        home.gemeente_says("work-placement-started", work)
    _phase(home, "completed", "coaching-integratie", next_one + chance.between(200, 260))


def _phase(home: Household, step: str, phase: str, day: Day) -> None:
    home.gemeente_says(f"phase-{step}", home.moment(day), phase=phase)
