"""Backtest: what the agreement finds in a set of facts at one instant (interfaces, `backtest`).

The same intake and the same evaluation as in a running hub, without anything that depends on when
facts arrive: no waiting limits, feeds, pauses or retention. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from hub.domain.acts import Resolution
from hub.domain.agreement import Agreement, Agreements
from hub.domain.corrections import in_force
from hub.domain.facts import Fact
from hub.domain.findings import Finding, known_at
from hub.domain.gate import held_for
from hub.domain.parties import Parties
from hub.domain.refusals import Refused, Slug
from hub.domain.region import region_of, search_region
from hub.domain.search import search
from hub.domain.tenancy import Resolution as Resolved
from hub.domain.tenancy import acts_in, resolve
from hub.domain.time import BEGINNING, Instant, format_instant
from hub.domain.timeline import Household
from hub.streams.collected import WHOLE, Collected, Collection, Share
from hub.streams.intake import Admission, judge, reduced
from hub.wire import cloudevents
from hub.wire.state import Book, PartyOf


class Reference(Struct, frozen=True):
    scheme: str
    issuer: str
    value: str


class Evidence(Struct, frozen=True, rename="camel"):
    source: str
    id: str
    type: str
    occurred_at: str


class Absent(Struct, frozen=True, rename="camel"):
    type: str
    expected_by: str


class Version(Struct, frozen=True):
    id: str
    version: str


class Alert(Struct, frozen=True, rename="camel", kw_only=True):
    """One alert as `backtest` prints it; the order of the fields is the order on the line."""

    alert_id: str
    rule: str
    status: str
    raised_at: str
    resolved_at: str | None
    resolution: str | None
    severity: str
    region: str | msgspec.UnsetType = msgspec.UNSET
    gemeente: str | msgspec.UnsetType = msgspec.UNSET
    references: tuple[Reference, ...] | msgspec.UnsetType = msgspec.UNSET
    evidence: tuple[Evidence, ...]
    absent: tuple[Absent, ...]
    held_for: tuple[str, ...]
    agreement: Version


class Evaluated(Struct, frozen=True):
    """A household with all its findings, past and to come, and how it was resolved."""

    household: Household
    findings: Sequence[Finding]
    resolved: Resolved


class Backtest:
    """Facts in, alerts out, once all facts are there."""

    def __init__(self, agreements: Agreements, parties: Parties) -> None:
        self.agreements = agreements
        self.parties = parties
        self._admission = Admission(parties)
        self._party_of = PartyOf(parties.find_by_source)
        self._book = Book()
        self._gemeenten: dict[str, Collection] = {}
        self._regions: dict[str, Collection] = {}
        self.outcomes: dict[str, int] = {}

    def put(self, line: bytes) -> Refused | None:
        """One structured CloudEvent; the refusal if it is refused."""
        envelope = cloudevents.decode(line)
        answer = (
            envelope
            if isinstance(envelope, Refused)
            else judge(envelope, self._admission, None, None)
        )
        outcome = answer if isinstance(answer, Refused) else self.put_fact(answer)
        if isinstance(outcome, Refused):
            self._count("refused")
            return outcome
        self._count(outcome.value)
        return None

    def put_fact(self, fact: Fact) -> Collected | Refused:
        """A fact that intake has accepted."""
        if fact.type == "lease-signed":
            fact = _kept(fact)
        place, kept = self._place_of(fact)
        collection = kept.get(place)
        if collection is None:
            collection = kept[place] = Collection(self._party_of, self._book)
        outcome = collection.put(fact)
        if outcome is Collected.CONFLICTING:
            told = "This source and id came before, with other content; the first one counts."
            return Refused(Slug.CONFLICTING_DUPLICATE, told)
        return outcome

    def _place_of(self, fact: Fact) -> tuple[str, dict[str, Collection]]:
        if fact.is_regional:
            return fact.region, self._regions
        return fact.gemeente, self._gemeenten

    def _count(self, outcome: str) -> None:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    @property
    def last(self) -> Instant:
        """The last `occurredAt` of all facts; the default of virtual time."""
        every = (*self._gemeenten.values(), *self._regions.values())
        return max((collection.last for collection in every), default=BEGINNING)

    @property
    def size_bytes(self) -> int:
        """How many bytes the facts take, encoded, keys included."""
        every = (*self._gemeenten.values(), *self._regions.values())
        return sum(collection.size_bytes for collection in every)

    def households(self, now: Instant, share: Share = WHOLE) -> Iterator[Evaluated]:
        """Every household of a share with its findings at `now`, gemeente by gemeente."""
        for gemeente, collection in self._gemeenten.items():
            versions = self.agreements.of_gemeente(gemeente)
            lead_days = _lead_days(versions, now)
            acts = acts_in(in_force(collection.acts(now)).facts)
            for facts in collection.clusters(now, share):
                resolved = resolve(facts, gemeente, self.parties, lead_days)
                for household in resolved.households.values():
                    findings = search(household, versions, self.parties, acts)
                    yield Evaluated(household, findings, resolved)

    def regions(self, now: Instant) -> Iterator[tuple[str, Sequence[Finding]]]:
        """Every region with its findings at `now`."""
        for name, collection in self._regions.items():
            region = region_of(name, collection.all(now))
            yield name, search_region(region, self.agreements.of_region(name), self.parties)

    def alerts(self, now: Instant, share: Share = WHOLE) -> list[Alert]:
        """Every finding raised at or before `now`, by raisedAt, rule and alertId.

        Of several shares the first has the regions too.
        """
        found: list[tuple[tuple[Instant, str, str], Alert]] = []
        for evaluated in self.households(now, share):
            for finding in known_at(evaluated.findings, now):
                alert = self._household_alert(finding, evaluated.household, now)
                found.append((finding.sort_key, alert))
        for _, findings in self.regions(now) if share.part == 0 else ():
            found += [(it.sort_key, alert_of(it, (), ())) for it in known_at(findings, now)]
        found.sort(key=lambda pair: pair[0])
        return [alert for _, alert in found]

    def _household_alert(self, finding: Finding, household: Household, now: Instant) -> Alert:
        held: tuple[str, ...] = ()
        sharing = self.agreements.find(self.agreements.of_gemeente(household.gemeente), now)
        if sharing is not None:
            held = held_for(finding, household, sharing, self.parties)
        references = tuple(Reference(*reference) for reference in household.references)
        return alert_of(finding, references, held)


def _kept(fact: Fact) -> Fact:
    group = getattr(fact.own, "target_group", "")
    return fact if group == "vergunninghouder" else reduced(fact)


def _lead_days(versions: Sequence[Agreement], now: Instant) -> int:
    version = next((v for v in reversed(versions) if v.begins <= now), None)
    return 60 if version is None else version.thresholds.address_lead_days


def alert_of(finding: Finding, references: tuple[Reference, ...], held: tuple[str, ...]) -> Alert:
    """A finding as a line of output."""
    end = finding.end
    places: Mapping[str, object] = (
        {"region": finding.region} | ({"gemeente": finding.gemeente} if finding.gemeente else {})
        if finding.region
        else {"gemeente": finding.gemeente, "references": references}
    )
    return Alert(
        alert_id=finding.alert_id,
        rule=finding.rule.id,
        status=finding.status.value,
        raised_at=format_instant(finding.raised_at),
        resolved_at=None if end is None else format_instant(end.at),
        resolution=None if end is None else Resolution(end.why).value,
        severity=finding.rule.severity,
        evidence=tuple(
            Evidence(fact.source, fact.id, fact.type, format_instant(fact.at))
            for fact in finding.evidence
        ),
        absent=tuple(Absent(name, format_instant(by)) for name, by in finding.absent),
        held_for=held,
        agreement=Version(finding.agreement.id, finding.agreement.version),
        **places,  # type: ignore[arg-type]  # two shapes of one struct
    )
