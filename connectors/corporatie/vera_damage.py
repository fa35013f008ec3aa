"""What a request for maintenance says: damage that was reported, and repaired. Pure.

Of an `Onderhoudsverzoek` of soort REP (a defect that somebody found), each `Defect` is one damage:
`oorzaak` is what was said at the report, `aangetroffenOorzaak` what the repairer found. BEW: by the
resident.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from connectors.corporatie.vera_codes import CAUSES, DAMAGE, ours
from connectors.corporatie.vera_lease import Household
from connectors.corporatie.vera_memory import Remembered
from connectors.corporatie.vera_settings import Damage
from connectors.corporatie.vera_shapes import Code, Defect, Onderhoudsverzoek, Verrekening, code_of
from connectors.corporatie.vera_shapes import Onderhoudsorder as Order
from connectors.corporatie.vera_values import cents, instant, real
from connectors.seam import Draft
from hub.domain.time import Instant


class Request(Struct, frozen=True):
    """A request with its parts."""

    itself: Onderhoudsverzoek
    defects: Sequence[Defect]
    orders: Sequence[Order] = ()
    charges: Sequence[Verrekening] = ()


def is_damage(request: Onderhoudsverzoek, settings: Damage) -> bool:
    """Whether it is about damage, and was not cancelled."""
    is_kind = code_of(request.onderhoud_soort) in settings.kinds
    return is_kind and code_of(request.status) not in settings.cancelled


def is_repaired(request: Onderhoudsverzoek, settings: Damage) -> bool:
    return code_of(request.status) in settings.repaired


def damage_drafts(
    request: Request,
    defect: Defect,
    household: Household,
    settings: Damage,
    seen: tuple[Remembered, Instant],
) -> tuple[Draft, ...]:
    """`damage-reported` of one defect of the request, and `damage-repaired` if it was."""
    remembered, now = seen
    reported_at = _reported_at(request, defect)
    category, cause = _category(defect, settings), _cause(defect.oorzaak, settings)
    data = household.data(reported_at, category=category, cause=cause)
    drafts = [Draft("damage-reported", data)]
    if is_repaired(request.itself, settings):
        first_seen = remembered.first(f"repaired/{request.itself.id}", now)
        found = _cause(defect.aangetroffen_oorzaak, settings)
        at = max(_repaired_at(request.orders, first_seen), reported_at)
        data = household.data(at, cost=_cost(request, defect), cause=found)
        drafts.append(Draft("damage-repaired", data, concerns=("damage-reported", "")))
    return tuple(drafts) if reported_at <= now else ()


def _reported_at(request: Request, defect: Defect) -> Instant:
    return instant(real(defect.melddatum) or request.itself.melddatum, "melddatum")


def _repaired_at(orders: Sequence[Order], first_seen: Instant) -> Instant:
    """When the last order was done; without a date, when that was seen."""
    told = [real(order.technisch_gereeddatum) or real(order.einddatum) for order in orders]
    known = [instant(it, "technischGereeddatum") for it in told if it is not None]
    return min(max(known), first_seen) if known else first_seen


def _cost(request: Request, defect: Defect) -> int:
    """What is charged on, in cents; of several defects the first carries it."""
    if defect.id != request.defects[0].id:
        return 0
    return max(0, sum(cents(it.bedrag, "bedrag") for it in request.charges))


def _category(defect: Defect, settings: Damage) -> str:
    codes: tuple[tuple[str, Code], ...] = (
        ("DEFECTLOCATIE", defect.locatie),
        ("DEFECTSOORT", defect.soort),
    )
    return ours(codes, settings.categories, DAMAGE)


def _cause(code: Code, settings: Damage) -> str:
    return ours((("DEFECTOORZAAK", code),), settings.causes, CAUSES)
