"""What a lease says: that it was signed, and when it ends. Pure.

`Huurovereenkomst.status` goes from GOE (approved, waits for the signature of the tenant) to LOP
(signed, and runs). VERA has no field for the date of signing: it is that of an extra attribute if
the settings name one, else when the change was seen, and no later than the lease began.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from msgspec import Struct

from connectors.corporatie.vera_codes import END_REASONS, ours
from connectors.corporatie.vera_memory import Remembered
from connectors.corporatie.vera_settings import Leases
from connectors.corporatie.vera_shapes import Huurovereenkomst, code_of, many
from connectors.corporatie.vera_values import Unreadable, day, real
from connectors.seam import Draft
from hub.domain.time import Instant, format_instant, start_of_day
from hub.wire.bsn import holds_bsn

_NOT_SIGNED: Final = ("VOO", "GOE", "GEA")


class Home(Struct, frozen=True):
    """Where the lease is: CBS code, BAG id, and how many persons the dwelling is fit for."""

    gemeente: str
    bag: str
    max_persons: int | None = None


class Household(Struct, frozen=True):
    """How the facts of a lease name it: what every one of them begins with."""

    gemeente: str
    lease: str
    party: str

    def data(self, at: Instant, **own: Any) -> dict[str, Any]:
        """The fields that all facts have, and its own."""
        reference = {"scheme": "lease", "issuer": self.party, "value": self.lease}
        common = {"occurredAt": format_instant(at), "gemeente": self.gemeente}
        return {**common, "references": [reference], **own}


class Extras(Struct, frozen=True):
    """What is known of the lease from elsewhere."""

    persons: int | None = None
    first_rent_due: date | None = None
    is_target_group: bool = True


class Tenancy(Struct, frozen=True):
    """Whose lease it is, and where."""

    household: Household
    home: Home
    extras: Extras = Extras()


def number(lease: Huurovereenkomst, settings: Leases) -> str:
    """The number that the parties know the lease by."""
    found = {"code": lease.code, "id": lease.id, "idExtern": lease.id_extern}[settings.number]
    if not found:
        raise Unreadable(f"it has no `{settings.number}`; fill it in, or set leases.number")
    if settings.pattern and not re.fullmatch(settings.pattern, found):
        raise Unreadable("its number does not fit leases.pattern; mend the one or the other")
    if not settings.pattern and holds_bsn(found):
        do = "if numbers of leases are like that, write leases.pattern"
        raise Unreadable(f"its number may be a burgerservicenummer; {do}")
    return found


def is_signed(lease: Huurovereenkomst, settings: Leases) -> bool:
    """Unreadable: a status that is neither a signed lease nor one that is not."""
    status = code_of(lease.status)
    if status not in (*settings.signed, *_NOT_SIGNED):
        raise Unreadable("its `status` is unknown; write its code in leases.signed if it is signed")
    return status in settings.signed


def lease_drafts(
    lease: Huurovereenkomst,
    tenancy: Tenancy,
    settings: Leases,
    remembered: Remembered,
    now: Instant,
) -> tuple[Draft, ...]:
    """`lease-signed`, and `lease-ended` once the end is certain; nothing before it is signed."""
    if not is_signed(lease, settings):
        return ()
    at = _signed_at(lease, settings, remembered, now)
    signed = Draft("lease-signed", _signed(lease, tenancy, settings, at))
    return (signed, *_ended(lease, tenancy.household, settings, remembered, now))


def _signed_at(
    lease: Huurovereenkomst, settings: Leases, remembered: Remembered, now: Instant
) -> Instant:
    seen = remembered.first("signed", now)
    for extra in many(lease.extra_attributen):
        if settings.signed_on and extra.naam == settings.signed_on and extra.waarde:
            return min(start_of_day(day(extra.waarde, settings.signed_on)), seen)
    return min(start_of_day(day(lease.begindatum, "begindatum")), seen)


def _signed(
    lease: Huurovereenkomst, tenancy: Tenancy, settings: Leases, at: Instant
) -> Mapping[str, Any]:
    home, extras = tenancy.home, tenancy.extras
    is_temporary = lease.bepaalde_tijd
    if is_temporary is None:
        is_temporary = code_of(lease.detail_soort) in settings.temporary
    data = tenancy.household.data(
        at,
        startDate=day(lease.begindatum, "begindatum").isoformat(),
        targetGroup="vergunninghouder" if extras.is_target_group else "regular",
        temporary=is_temporary,
    )
    data["references"].append({"scheme": "address", "issuer": "bag", "value": home.bag})
    if not extras.is_target_group:
        return data
    due = extras.first_rent_due
    more = {
        "firstRentDue": due.isoformat() if due else None,
        "maxPersons": home.max_persons,
        "persons": extras.persons,
    }
    return data | {name: value for name, value in more.items() if value is not None}


def _ended(
    lease: Huurovereenkomst,
    household: Household,
    settings: Leases,
    remembered: Remembered,
    now: Instant,
) -> tuple[Draft, ...]:
    if code_of(lease.status) not in settings.ended:
        return ()
    last = day(lease.einddatum, "einddatum")
    seen = remembered.first("ended", now)
    told = start_of_day(day(lease.opzegdatum, "opzegdatum")) if real(lease.opzegdatum) else None
    at = min(seen, start_of_day(last) if told is None else told)
    reason = ours(
        (
            ("EINDEDETAILREDEN", lease.einde_detail_reden),
            ("REDENOPZEGGING", lease.reden_opzegging),
        ),
        settings.end_reasons,
        END_REASONS,
    )
    data = household.data(at, endDate=last.isoformat(), reason=reason)
    return (Draft("lease-ended", data),)
