"""The lease: from the match to the first weeks, and its end.

Everything here is said by the corporatie, except that somebody says which dossier lives there.
"""

from __future__ import annotations

from typing import Any, Final

from hub.simulation.chance import Weighted
from hub.simulation.days import DAY, HOUR, Day, Wall, date_text, midnight
from hub.simulation.event import Event
from hub.simulation.household import Household, Naming, Tenancy, address_of
from hub.simulation.stories.answers import answer

LANGUAGES: Final = ("ara", "tir", "fas", "tur", "som", "ukr", "kur", "eng", "nld")
INFORMATION: Final = ("conversation", "home-visit", "group-session", "leaflet", "video", "app")
INTRODUCTION: Final = ("neighbours", "building-meeting", "walk-around", "buddy", "letter")
ENDINGS: Final = ("notice-by-tenant", "mutual-consent", "moved-within-corporatie", "unknown")
INTERPRETING: Final = ("contract-signing", "housing-information", "home-visit", "rent", "repair")
RESIDENTS: Final[Weighted[int]] = ((45, 1), (20, 2), (15, 3), (12, 4), (8, 6))
# Days until an interpreter came; five working days are agreed. None: nobody came.
INTERPRETED_AFTER: Final[Weighted[int | None]] = ((88, 2), (8, 12), (4, None))


def sign(home: Household, start: Day) -> Tenancy:
    """The first lease: signed one to three weeks before it starts."""
    signed = home.moment(start - home.chance.between(7, 21))
    tenancy = home.rented(start, signed)
    tenancy.said = tell_signing(home, tenancy)
    return tenancy


def tell_signing(home: Household, tenancy: Tenancy) -> Event:
    chance, persons = home.chance, home.chance.weighed(RESIDENTS)
    own: dict[str, Any] = {"startDate": date_text(tenancy.start), "targetGroup": "vergunninghouder"}
    if chance.happens(0.5):
        own["firstRentDue"] = date_text(tenancy.start + chance.between(3, 12))
    more = chance.between(3, 5) if home.traits.growing and chance.happens(0.85) else 1
    own |= {"maxPersons": persons + chance.between(0, more), "persons": persons}
    own["temporary"] = chance.happens(0.08)
    references = (home.lease_of(tenancy), address_of(tenancy))
    return home.says(home.corporatie, "lease-signed", tenancy.signed, references, **own)


def link(home: Household) -> None:
    """Somebody says that dossier and lease are one household, soon or weeks later."""
    chance, tenancy = home.chance, home.home
    at = home.office(tenancy.signed // DAY + chance.pick((1, 2, 3, 5, 25, 50)))
    pair = (home.lease_of(tenancy), home.dossier_reference())
    if home.naming in (Naming.DOSSIER, Naming.BARE):
        home.says(home.gemeente, "reference-linked", at, pair)
    if home.naming is Naming.ADDRESS and chance.happens(0.3):
        pair = (address_of(tenancy), home.dossier_reference())
        home.says(home.cast.begeleider, "reference-linked", at, pair)
    if home.has_caseload_number:
        both = (home.lease_of(tenancy), home.caseload_reference())
        home.says(home.cast.begeleider, "reference-linked", at, both)
    if home.naming is not Naming.APART and chance.happens(0.15):
        both = (home.lease_of(tenancy), home.dossier_reference())
        home.says(home.corporatie, "reference-linked", at + HOUR, both)


def welcome(home: Household) -> None:
    """Information, an introduction to the neighbours, visits."""
    chance, start = home.chance, home.start
    if not (home.traits.neglected and chance.happens(0.4)) and not chance.happens(0.02):
        day = start + chance.between(-3, 20)
        language = chance.pick(LANGUAGES)
        form = chance.pick(INFORMATION)
        at = home.moment(day)
        home.corporatie_says("housing-information-provided", at, language=language, form=form)
    _introduce(home)
    for day in (start + chance.between(20, 45), start + chance.between(150, 200)):
        if chance.happens(0.8):
            concern = chance.happens(0.25 if home.traits.worrying else 0.02)
            home.corporatie_says("home-visit-made", home.office(day), concern=concern)


def _introduce(home: Household) -> None:
    chance = home.chance
    if home.traits.neglected and chance.happens(0.5):
        if chance.happens(0.5):
            answer(home, "introduction", home.home.said, home.office(home.start + 63))
        return
    at, form = home.office(home.start + chance.between(10, 55)), chance.pick(INTRODUCTION)
    match chance.pick(("huurders", "corporatie", "begeleider")):
        case "huurders":
            lease = (home.lease_of(home.home),)
            home.says(home.cast.huurders, "introduction-held", at, lease, form=form)
        case "corporatie":
            home.corporatie_says("introduction-held", at, form=form)
        case _:
            home.begeleider_says("introduction-held", at, form=form)


def interpret(home: Household) -> None:
    """The corporatie asks for an interpreter; the gemeente's side sends one, mostly in time."""
    chance = home.chance
    for _ in range(chance.weighed(((65, 0), (25, 1), (10, 2)))):
        at = home.office(home.start + chance.between(-2, 200))
        asked = home.corporatie_says("interpreter-requested", at, reason=chance.pick(INTERPRETING))
        after = chance.weighed(INTERPRETED_AFTER)
        if after is None:
            answer(home, "interpreter", asked, home.office(at // DAY + 9))
            continue
        came = home.office(at // DAY + after)
        own = {"concerns": asked.identity} if chance.happens(0.5) else {}
        home.begeleider_says("interpreter-provided", max(came, at + HOUR), **own)


def leave(home: Household, tenancy: Tenancy, day: Day) -> Wall:
    """The end of a lease: `day` is the last; it is told some weeks ahead or just after."""
    chance = home.chance
    tenancy.end = day
    at = home.moment(day + chance.pick((-28, -28, -21, 1)))
    own: dict[str, Any] = {"endDate": date_text(day), "reason": chance.pick(ENDINGS)}
    if chance.happens(0.5):
        own["handoverCosts"] = chance.between(0, 60) * 5000
    home.says(home.corporatie, "lease-ended", at, (home.lease_of(tenancy),), **own)
    return midnight(day + 1)
