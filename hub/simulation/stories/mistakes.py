"""What goes wrong in any administration: wrong address, wrong lease, wrong dossier, typing errors.

These few are there without any fault switched on; `hub.simulation.faults` makes them many.
"""

from __future__ import annotations

from typing import Final

from hub.simulation.amending import REASONS
from hub.simulation.days import DAY, HOUR
from hub.simulation.event import Event
from hub.simulation.household import Household, address_of

BASES: Final = ("request", "objection", "unlawful", "collected-by-mistake")


def go_wrong(home: Household) -> None:
    """Each mistake in one household of fifty to a hundred."""
    for share, mistake in (
        (0.02, _unknown_address),
        (0.015, _other_corporatie),
        (0.012, _wrong_dossier),
        (0.008, _erased),
        (0.02, _retracted),
        (0.03, _corrected),
        (0.03, _by_address),
    ):
        if home.chance.happens(share):
            mistake(home)


def _unknown_address(home: Household) -> None:
    """A contact at a number where nobody lives: it waits."""
    at = home.office(home.start + home.chance.between(10, 100))
    nowhere = {"scheme": "address", "issuer": "bag", "value": home.address(9)}
    home.says(home.cast.begeleider, "begeleiding-contact", at, (nowhere,))


def _by_address(home: Household) -> None:
    """What the huurders see they tell by address."""
    at = home.office(home.start + home.chance.between(10, 100))
    here = (address_of(home.home),)
    home.says(home.cast.huurders, "introduction-held", at, here, form="neighbours")


def _other_corporatie(home: Household) -> None:
    """Another corporatie speaks about this lease: without standing it waits."""
    others = [it for it in home.cast.corporaties if it.party != home.corporatie.party]
    at = home.office(home.start + home.chance.between(10, 200))
    lease = (home.lease_of(home.home),)
    home.says(others[0], "nuisance-reported", at, lease, category="unknown")


def _wrong_dossier(home: Household) -> None:
    """A dossier is linked to the wrong lease, and unlinked when somebody notices."""
    at = home.office(home.start + home.chance.between(5, 60))
    stray = {**home.dossier_reference(), "value": f"D-{home.number}x"}
    pair = (home.lease_of(home.home), stray)
    home.says(home.gemeente, "signal-raised", at - 3 * DAY, (stray,), category="unknown")
    home.says(home.gemeente, "reference-linked", at, pair)
    apart = home.office(at // DAY + home.chance.between(2, 30))
    home.says(home.gemeente, "reference-unlinked", apart, pair)


def _erased(home: Household) -> None:
    at = home.office(home.start + home.chance.between(60, 250))
    home.gemeente_says("household-erased", at, basis=home.chance.pick(BASES))


def _retracted(home: Household) -> None:
    retract(home, _any(home), home.chance.between(1, 20))


def _corrected(home: Household) -> None:
    event = _any(home)
    correct(home, event, event.at + (HOUR if event.at % DAY else DAY))


def _any(home: Household) -> Event:
    """Something ordinary; a lease stays, or there is no household left to look at."""
    kinds = ("lease-signed", "reference-linked", "reference-unlinked", "household-erased")
    return home.chance.pick([event for event in home.events if event.type not in kinds])


def retract(home: Household, event: Event, days: int) -> Event:
    """The publisher takes `event` back some days later."""
    at = home.office(max(event.at, event.logged) // DAY + days)
    reason = home.chance.pick(REASONS)
    own = {"retracts": event.identity, "reason": reason}
    return home.says(event.voice, "fact-retracted", at, event.references, **own)


def correct(home: Household, event: Event, at: int) -> Event:
    """The publisher says it again, with another moment, in the place of the first."""
    own = {**event.own, "replaces": event.identity}
    return home.says(event.voice, event.type, at, event.references, **own)
