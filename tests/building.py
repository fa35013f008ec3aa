"""Facts as people say them, and what is found in them: the words that tests of the hub share.

A builder has a default for all that a test does not care about: lease L-1 of corporatie-maas at
address 1 in gemeente 0988, said by the party that usually says such a thing. Naming a `dossier` or
an `address` leaves the lease out, unless the lease is named too. The id of a fact follows from what
it says: equal facts are duplicates, all others are different facts.

Times are wall time of Amsterdam (`2026-03-15`, `2026-03-15 10:00`) or carry an offset. Findings are
shown the same way (`spans`): `2026-03-15 .. 2026-04-01 condition`, without an end as long as they
last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, TypedDict, Unpack
from zoneinfo import ZoneInfo

from hub import agreement_files
from hub.domain import facts as own
from hub.domain.agreement import Agreement, Agreements
from hub.domain.facts import CATALOGUE, Fact, Identity, Own, Reference
from hub.domain.findings import Finding, known_at
from hub.domain.parties import Parties
from hub.domain.region import region_of, search_region
from hub.domain.search import search
from hub.domain.tenancy import Resolution, resolve
from hub.domain.time import Instant
from hub.domain.timeline import Household

MAAS: Final = "corporatie-maas"
PEEL: Final = "corporatie-peel"
WEERT: Final = "gemeente-weert"
ROERMOND: Final = "gemeente-roermond"
ONDERDAK: Final = "begeleider-onderdak"
HUURDERS: Final = "huurders-maas"
REGION: Final = "limburg-midden"
GEMEENTE_OF: Final = {"0988": WEERT, "0957": ROERMOND}

RENT: Final = 60_000  # cents
ALL_STEPS: Final = own.SocialCollection(True, True, True, True, False)
NO_STEPS: Final = own.SocialCollection(False, False, False, False, False)
LATER: Final = "2035-01-01"  # after everything that tests let happen
LEAD_DAYS: Final = 60

_AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FOLDER: Final = Path(__file__).resolve().parents[1] / "agreements"


# ---- Time ----------------------------------------------------------------------------------------


def instant(text: str) -> Instant:
    """`2026-03-15`, `2026-03-15 10:00` (wall time of Amsterdam), or with its own offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_AMSTERDAM)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def wall(at: Instant) -> str:
    """The shortest text that `instant` reads as this instant."""
    moment = (_EPOCH + timedelta(milliseconds=at)).astimezone(_AMSTERDAM)
    spec = "milliseconds" if moment.microsecond else "seconds" if moment.second else "minutes"
    text = moment.replace(tzinfo=None).isoformat(" ", spec)
    return text.removesuffix(" 00:00")


# ---- The default agreement and its parties -------------------------------------------------------


@cache
def _loaded() -> tuple[Agreements, Parties]:
    return agreement_files.load(_FOLDER)


def agreements() -> Agreements:
    """The agreements that ship."""
    return _loaded()[0]


def agreement() -> Agreement:
    """The one version of the default agreement."""
    [only] = agreements().all
    return only


def parties() -> Parties:
    """The parties that ship."""
    return _loaded()[1]


# ---- A fact of any type --------------------------------------------------------------------------


class About(TypedDict, total=False):
    """Whom a fact is about, who said it, and what it has to do with others."""

    lease: str | Reference
    dossier: str | Reference
    address: int
    references: tuple[Reference, ...]
    gemeente: str
    region: str
    by: str
    id: str
    replaces: Fact
    concerns: Fact


def lease(value: str, issuer: str = MAAS) -> Reference:
    return Reference("lease", issuer, value)


def dossier(value: str, issuer: str = WEERT) -> Reference:
    return Reference("dossier", issuer, value)


def address(number: int) -> Reference:
    return Reference("address", "bag", f"09882000{number:08}")


def fact(fact_type: str, at: str, fields: Own | None = None, **about: Unpack[About]) -> Fact:
    """Any fact; the builders below say it shorter."""
    kind = CATALOGUE[fact_type].kind
    gemeente = about.get("gemeente", "0988")
    references = about.get("references")
    if references is None:
        references = _references(about, gemeente, kind in ("household", "erasure"))
    by = about.get("by") or _publisher(fact_type, references, gemeente)
    replaces = about["replaces"].identity if "replaces" in about else None
    concerns = about["concerns"].identity if "concerns" in about else None
    fields = own.Empty() if fields is None else fields
    said = repr((at, fields, references, gemeente, by, replaces, concerns))
    digest = hashlib.blake2b(said.encode(), digest_size=4).hexdigest()
    return Fact(
        fact_type,
        source_of(by),
        about.get("id", f"{fact_type}-{digest}"),
        instant(at),
        by,
        fields,
        "" if fact_type == "consultation-held" else gemeente,
        about.get("region", REGION if kind == "region" else ""),
        references,
        replaces,
        concerns,
    )


def source_of(party: str) -> str:
    """A source that belongs to a party."""
    known = parties().by_id.get(party)
    return f"{known.urn if known else 'urn:nld:kvknr:99999999'}:systeem:primair"


def _references(about: About, gemeente: str, needs_one: bool) -> tuple[Reference, ...]:
    found = []
    named = about.get("lease")
    if named is None and needs_one and not ("dossier" in about or "address" in about):
        named = "L-1"
    if named is not None:
        found.append(named if isinstance(named, Reference) else lease(named))
    if "dossier" in about:
        known = about["dossier"]
        found.append(
            known if isinstance(known, Reference) else dossier(known, GEMEENTE_OF[gemeente])
        )
    if "address" in about:
        found.append(address(about["address"]))
    return tuple(found)


def _publisher(fact_type: str, references: Iterable[Reference], gemeente: str) -> str:
    if CATALOGUE[fact_type].roles != {"corporatie"}:
        return GEMEENTE_OF[gemeente]
    return next((ref.issuer for ref in references if ref.scheme == "lease"), MAAS)


# ---- The lease -----------------------------------------------------------------------------------


class Terms(TypedDict, total=False):
    """What a lease says besides its start."""

    first_rent_due: date
    max_persons: int
    persons: int


def signed(
    start: str,
    *,
    on: str = "",
    group: str = "vergunninghouder",
    terms: Terms | None = None,
    **about: Unpack[About],
) -> Fact:
    """A lease that begins on `start`; signed on that day too, unless `on` says otherwise."""
    about.setdefault("lease", "L-1")
    about.setdefault("address", 1)
    fields = own.LeaseSigned(date.fromisoformat(start), group, False, **(terms or Terms()))
    return fact("lease-signed", on or start, fields, **about)


def moved_out(last_day: str, *, on: str = "", **about: Unpack[About]) -> Fact:
    """The lease ends after `last_day`; said on that day, unless `on` says otherwise."""
    fields = own.LeaseEnded(date.fromisoformat(last_day), "notice-by-tenant")
    return fact("lease-ended", on or last_day, fields, **about)


# ---- Rent ----------------------------------------------------------------------------------------


def missed(
    period: str,
    at: str = "",
    due: int = RENT,
    *,
    steps: own.SocialCollection = ALL_STEPS,
    **about: Unpack[About],
) -> Fact:
    """No rent for a period; said on its 8th, unless `at` says otherwise."""
    fields = own.RentMissed(period, date.fromisoformat(f"{period}-01"), due, due, steps)
    return fact("rent-missed", at or f"{period}-08 10:00", fields, **about)


def paid(period: str, at: str, amount: int = RENT, **about: Unpack[About]) -> Fact:
    return fact("rent-paid", at, own.RentPaid(period, amount), **about)


def first_rent_arranged(at: str, period: str, **about: Unpack[About]) -> Fact:
    return fact("first-rent-arranged", at, own.FirstRentArranged(period), **about)


def arrangement(at: str, until: str, **about: Unpack[About]) -> Fact:
    fields = own.PaymentArrangementAgreed(date.fromisoformat(until))
    return fact("payment-arrangement-agreed", at, fields, **about)


def arrangement_broken(at: str, **about: Unpack[About]) -> Fact:
    return fact("payment-arrangement-broken", at, **about)


def support(at: str, **about: Unpack[About]) -> Fact:
    return fact("administrative-support-started", at, **about)


def support_ended(at: str, **about: Unpack[About]) -> Fact:
    return fact("administrative-support-ended", at, own.Reasoned("completed"), **about)


# ---- The dwelling --------------------------------------------------------------------------------


def damage(at: str, cause: str = "resident", **about: Unpack[About]) -> Fact:
    return fact("damage-reported", at, own.DamageReported("plumbing", cause), **about)


def repaired(at: str, cause: str = "resident", **about: Unpack[About]) -> Fact:
    return fact("damage-repaired", at, own.DamageRepaired(10_000, cause), **about)


def nuisance(at: str, **about: Unpack[About]) -> Fact:
    return fact("nuisance-reported", at, own.Categorised("noise"), **about)


def home_visit(at: str, concern: bool = True, **about: Unpack[About]) -> Fact:
    return fact("home-visit-made", at, own.HomeVisitMade(concern), **about)


def signal(at: str, **about: Unpack[About]) -> Fact:
    return fact("signal-raised", at, own.Categorised("no-contact"), **about)


def housing_information(at: str, **about: Unpack[About]) -> Fact:
    return fact(
        "housing-information-provided",
        at,
        own.HousingInformationProvided("ara", "conversation"),
        **about,
    )


def interpreter_requested(at: str, **about: Unpack[About]) -> Fact:
    return fact("interpreter-requested", at, own.Reasoned("rent"), **about)


def interpreter_provided(at: str, **about: Unpack[About]) -> Fact:
    return fact("interpreter-provided", at, **about)


# ---- The begeleiding -----------------------------------------------------------------------------


def intake(at: str, **about: Unpack[About]) -> Fact:
    return fact("intake-completed", at, own.IntakeCompleted(False), **about)


def aanspreekpunt(at: str, name: str = "A. de Vries", **about: Unpack[About]) -> Fact:
    fields = own.AanspreekpuntAssigned(name, "Onderdak", "0475-000000", "a@example.nl")
    return fact("aanspreekpunt-assigned", at, fields, **about)


def aanspreekpunt_withdrawn(at: str, **about: Unpack[About]) -> Fact:
    return fact("aanspreekpunt-withdrawn", at, **about)


def begeleiding(at: str, **about: Unpack[About]) -> Fact:
    return fact("begeleiding-started", at, own.BegeleidingStarted("Onderdak"), **about)


def contact(at: str, **about: Unpack[About]) -> Fact:
    return fact("begeleiding-contact", at, **about)


def begeleiding_ended(at: str, **about: Unpack[About]) -> Fact:
    return fact("begeleiding-ended", at, own.Reasoned("completed"), **about)


def phase(at: str, name: str, **about: Unpack[About]) -> Fact:
    return fact("phase-started", at, own.Phased(name), **about)


def phase_completed(at: str, name: str, **about: Unpack[About]) -> Fact:
    return fact("phase-completed", at, own.Phased(name), **about)


def inburgering(at: str, **about: Unpack[About]) -> Fact:
    return fact("inburgering-started", at, **about)


def inburgering_completed(at: str, **about: Unpack[About]) -> Fact:
    return fact("inburgering-completed", at, **about)


def work_placement(at: str, **about: Unpack[About]) -> Fact:
    return fact("work-placement-started", at, **about)


def introduction(at: str, **about: Unpack[About]) -> Fact:
    return fact("introduction-held", at, own.Formed("neighbours"), **about)


def family_expected(at: str, persons: int, **about: Unpack[About]) -> Fact:
    return fact(
        "family-reunification-expected", at, own.FamilyReunificationExpected(persons), **about
    )


def family_came(at: str, persons: int, **about: Unpack[About]) -> Fact:
    return fact(
        "family-reunification-completed", at, own.FamilyReunificationCompleted(persons), **about
    )


def temporary_housing(at: str, **about: Unpack[About]) -> Fact:
    return fact("temporary-housing-arranged", at, own.TemporaryHousingArranged(), **about)


# ---- Links, corrections, acts --------------------------------------------------------------------


def linked(at: str, **about: Unpack[About]) -> Fact:
    return fact("reference-linked", at, **about)


def unlinked(at: str, **about: Unpack[About]) -> Fact:
    return fact("reference-unlinked", at, **about)


def retracted(at: str, target: Fact, **about: Unpack[About]) -> Fact:
    """The publisher of `target` takes it back."""
    about.setdefault("by", target.party)
    about.setdefault("gemeente", target.gemeente or "0988")
    about.setdefault("region", target.region)
    fields = own.FactRetracted(Identity(*target.identity), "did-not-happen")
    return fact("fact-retracted", at, fields, **about)


def erased(at: str, **about: Unpack[About]) -> Fact:
    return fact("household-erased", at, own.HouseholdErased("request"), **about)


def acknowledged(at: str, alert: Finding | str, **about: Unpack[About]) -> Fact:
    return _act("alert-acknowledged", at, own.AlertAcknowledged(_id_of(alert)), alert, **about)


def approach(at: str, alert: Finding | str, **about: Unpack[About]) -> Fact:
    fields = own.ApproachAgreed(_id_of(alert), "joint-home-visit", date(2030, 1, 1))
    return _act("approach-agreed", at, fields, alert, **about)


def closed(at: str, alert: Finding | str, **about: Unpack[About]) -> Fact:
    return _act("alert-closed", at, own.AlertClosed(_id_of(alert), "solved"), alert, **about)


def _act(
    fact_type: str, at: str, fields: Own, alert: Finding | str, **about: Unpack[About]
) -> Fact:
    if isinstance(alert, Finding):
        about.setdefault("region", alert.region)
        about.setdefault("gemeente", alert.gemeente or "0988")
    return fact(fact_type, at, fields, **about)


def _id_of(alert: Finding | str) -> str:
    return alert if isinstance(alert, str) else alert.alert_id


# ---- The region ----------------------------------------------------------------------------------


def released(at: str, unit: str, **about: Unpack[About]) -> Fact:
    return fact("dwelling-released", at, own.DwellingReleased(unit), **about)


def allocated(
    at: str,
    unit: str,
    *,
    group: str = "vergunninghouder",
    persons: int | None = None,
    **about: Unpack[About],
) -> Fact:
    return fact("dwelling-allocated", at, own.DwellingAllocated(unit, group, persons), **about)


def target(at: str, half: str, persons: int, **about: Unpack[About]) -> Fact:
    """The taakstelling of a gemeente for `2026-1` or `2026-2`."""
    year, number = half.split("-")
    fields = own.TaakstellingSet(int(year), int(number), persons)
    return fact("taakstelling-set", at, fields, **about)


def consultation(at: str, **about: Unpack[About]) -> Fact:
    return fact("consultation-held", at, own.ConsultationHeld((WEERT, MAAS)), **about)


# ---- What is found -------------------------------------------------------------------------------


def resolved(*facts: Fact, at: str = LATER, gemeente: str = "0988") -> Resolution:
    """Where the facts of one gemeente that exist at `at` belong."""
    here = [f for f in facts if f.gemeente == gemeente and not f.is_regional]
    known = {f.identity: f for f in here if f.at <= instant(at)}
    assert all(known.get(f.identity, f) == f for f in here), "two facts with one id"
    return resolve(known.values(), gemeente, parties(), LEAD_DAYS)


def household(*facts: Fact, at: str = LATER) -> Household:
    """The one household that these facts are about."""
    [only] = resolved(*facts, at=at).households.values()
    return only


def place_of(wanted: Fact, *others: Fact) -> str:
    """Where a fact belongs among others: the lease or dossier, or why nowhere."""
    found = resolved(wanted, *others, gemeente=wanted.gemeente)
    for key, home in found.households.items():
        if wanted in home.facts:
            return key.value
    if wanted in found.erased:
        return "erased"
    return next(why.value for why, facts in found.unbound.items() if wanted in facts)


def found(
    facts: Iterable[Fact],
    rule: str = "",
    *,
    at: str = LATER,
    under: Sequence[Agreement] = (),
) -> list[Finding]:
    """The findings at `at`, of one rule or of all, in every household and region of the facts."""
    facts = list(facts)
    everything: list[Finding] = []
    for gemeente in sorted({f.gemeente for f in facts if not f.is_regional}):
        versions = under or agreements().of_gemeente(gemeente)
        resolution = resolved(*facts, at=at, gemeente=gemeente)
        for home in resolution.households.values():
            everything += search(home, versions, parties(), resolution.acts)
    for region in sorted({f.region for f in facts} - {""}):
        here = [f for f in facts if region == f.region and f.at <= instant(at)]
        versions = under or agreements().of_region(region)
        everything += search_region(region_of(region, here), versions, parties())
    return [it for it in known_at(everything, instant(at)) if rule in ("", it.rule.id)]


def alert(facts: Iterable[Fact], rule: str, *, at: str = LATER) -> Finding:
    """The one finding of a rule."""
    [only] = found(facts, rule, at=at)
    return only


def span(finding: Finding) -> str:
    """`2026-03-15 .. 2026-04-01 condition`; only its start as long as it lasts."""
    if finding.end is None:
        return wall(finding.raised_at)
    return f"{wall(finding.raised_at)} .. {wall(finding.end.at)} {finding.end.why}"


def spans(
    facts: Iterable[Fact],
    rule: str = "",
    *,
    at: str = LATER,
    under: Sequence[Agreement] = (),
) -> list[str]:
    """The findings of a rule, as `span` shows them."""
    return [span(finding) for finding in found(facts, rule, at=at, under=under)]
