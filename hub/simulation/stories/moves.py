"""Leaving: short tenancies, a second lease with the same dossier, regular tenants around it."""

from __future__ import annotations

from hub.simulation.days import DAY, Day, date_text, midnight
from hub.simulation.household import Household, Tenancy, address_of
from hub.simulation.stories.signing import leave, tell_signing


def move(home: Household) -> None:
    """Some leave within the year; half of them for another dwelling of the same corporatie."""
    chance = home.chance
    if not chance.happens(0.05):
        return
    last = home.start + chance.between(60, 300)
    home.events = [event for event in home.events if event.at < midnight(last + 10)]
    left = leave(home, home.home, last)
    if chance.happens(0.4):
        at = home.moment(last - chance.between(5, 15))
        second = home.rented(left // DAY, at)
        tell_signing(home, second)
    elif chance.happens(0.6):
        _let_to_regular(home, home.home, last + chance.between(10, 40), "b")


def come_after(home: Household) -> None:
    """The regular tenant who lived there before: filtered at the source, but not by everybody."""
    chance = home.chance
    if chance.happens(0.05):
        start = home.start - chance.between(300, 900)
        end = home.start - chance.between(1, 45) if chance.happens(0.8) else None
        _let_to_regular(home, home.home, start, "a", end)


def _let_to_regular(
    home: Household, tenancy: Tenancy, start: Day, mark: str, end: Day | None = None
) -> None:
    lease = {"scheme": "lease", "issuer": home.corporatie.party, "value": f"R-{home.number}{mark}"}
    both = (lease, address_of(tenancy))
    own = {"startDate": date_text(start), "targetGroup": "regular", "temporary": False}
    home.says(home.corporatie, "lease-signed", midnight(start - 10), both, **own)
    if home.chance.happens(0.3):
        at = home.office(start + 40)
        home.says(home.corporatie, "nuisance-reported", at, (lease,), category="noise")
    if end is not None:
        own = {"endDate": date_text(end), "reason": "notice-by-tenant"}
        home.says(home.corporatie, "lease-ended", midnight(end - 28), (lease,), **own)
