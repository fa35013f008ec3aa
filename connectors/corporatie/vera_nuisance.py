"""What a signal says: that there was nuisance. Pure.

`Signalering.soort` OVE is nuisance. The others are no facts here: SCH says what bookings say
better, and ONB (needs support) is about care, which no corporatie shares. They are not read.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from connectors.corporatie.vera_codes import NUISANCE, ours
from connectors.corporatie.vera_lease import Household
from connectors.corporatie.vera_settings import Nuisance
from connectors.corporatie.vera_shapes import Signalering, code_of
from connectors.corporatie.vera_values import instant
from connectors.seam import Draft
from hub.domain.time import Instant, end_of_day, start_of_day


def is_nuisance(signal: Signalering, settings: Nuisance) -> bool:
    return code_of(signal.soort) in settings.kinds


def is_of(signal: Signalering, tenants: Collection[str], begin: date, end: date | None) -> bool:
    """Whether it is about this tenancy, and not about who lived there before or after: by its date,
    and by the tenants of the lease where both name one."""
    named = signal.relatie.id if signal.relatie is not None else None
    if named and tenants and named not in tenants:
        return False
    at = _at(signal)
    return start_of_day(begin) <= at and (end is None or at < end_of_day(end))


def nuisance_drafts(
    signal: Signalering, household: Household, settings: Nuisance, now: Instant
) -> tuple[Draft, ...]:
    at = _at(signal)
    if at > now:
        return ()
    category = ours(
        (("SIGNALERINGDETAILSOORT", signal.detail_soort),), settings.categories, NUISANCE
    )
    return (Draft("nuisance-reported", household.data(at, category=category)),)


def _at(signal: Signalering) -> Instant:
    return instant(signal.begindatum, "begindatum")
