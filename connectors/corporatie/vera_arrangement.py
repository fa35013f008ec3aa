"""What a payment arrangement says: that it was agreed, and that it was broken. Pure.

`Betalingsregeling.status`: AAN (asked for) and VER (recorded by mistake) are none; ACT, BEV
(suspended) and BEE (fulfilled) were agreed; ANN (stopped before its end) was broken, and so was one
that ended because it was irrecoverable or did not fit (`eindeReden` ONI, VOL).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from connectors.corporatie.vera_lease import Household
from connectors.corporatie.vera_memory import Remembered
from connectors.corporatie.vera_settings import Rent
from connectors.corporatie.vera_shapes import Betalingsregeling, code_of
from connectors.corporatie.vera_values import Unreadable, day, real
from connectors.seam import Draft
from hub.domain.time import Calendar, Instant, Span, add, local_date, start_of_day

_FULFILLED: Final = "BEE"
_NONE: Final = ("AAN", "VER")
_MONTHS: Final = re.compile(r"P([1-9][0-9]?)M")
_TERMS: Final = range(1, 601)
_ANY_DAY: Final = Calendar(frozenset())


def arrangement_drafts(
    one: Betalingsregeling,
    household: Household,
    settings: Rent,
    remembered: Remembered,
    now: Instant,
) -> tuple[Draft, ...]:
    """`payment-arrangement-agreed`, and `-broken` if it was."""
    status = code_of(one.status)
    if status in _NONE:
        return ()
    if status not in settings.agreed:
        raise Unreadable("its `status` is unknown; write its code in rent.agreed if it was agreed")
    is_broken = status in settings.broken or code_of(one.einde_reden) in settings.broken_reasons
    agreed_on = day(real(one.afspraakdatum) or one.begindatum, "afspraakdatum")
    until = max(_until(one), agreed_on)
    seen = remembered.first(f"agreed/{one.id}", now)
    data = household.data(min(start_of_day(agreed_on), seen), until=until.isoformat())
    agreed = Draft("payment-arrangement-agreed", data)
    if not is_broken:
        return (agreed,)
    seen = remembered.first(f"broken/{one.id}", now)
    end = real(one.einddatum)
    at = min(start_of_day(day(end, "einddatum")), seen) if end is not None else seen
    return (agreed, Draft("payment-arrangement-broken", household.data(at)))


def fulfilled_on(one: Betalingsregeling, settings: Rent) -> date | None:
    """When it was fulfilled, if it was."""
    was_broken = code_of(one.einde_reden) in settings.broken_reasons
    if code_of(one.status) != _FULFILLED or was_broken or real(one.einddatum) is None:
        return None
    return day(one.einddatum, "einddatum")


def _until(one: Betalingsregeling) -> date:
    """Its last day: `einddatum`, or so many terms after its begin."""
    if real(one.einddatum) is not None:
        return day(one.einddatum, "einddatum")
    months = _MONTHS.fullmatch(one.prolongatie_interval or "P1M")
    terms = one.termijnen_aantal
    if months is None or terms not in _TERMS:
        raise Unreadable("it has no `einddatum`; fill it in, or `termijnenAantal`")
    assert terms is not None
    begin = start_of_day(day(real(one.begindatum) or one.afspraakdatum, "begindatum"))
    return local_date(add(begin, Span(int(terms) * int(months[1]), "mo"), _ANY_DAY))
