"""A household as one party may see it, put together: what it said itself, and what alerts told it.

Built from nothing, and from these two alone. So it discloses nothing that was not disclosed before,
when the party was told (ADR 0017). Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Raw, Struct, field

from hub.domain.acts import LIVING
from hub.domain.agreement import Agreement
from hub.domain.anchors import NO_LEASE, Anchors, anchors_of
from hub.domain.facts import Fact, Reference, Role
from hub.domain.sharing import AANSPREEKPUNT, own_fields
from hub.domain.time import NEVER, Instant, format_instant
from hub.domain.timeline import Household, Timeline
from hub.wire.household_views import OfHousehold

_HEAD: Final = frozenset({"type", "source", "id", "occurredAt"})
_LAST: Final = "~"  # after every instant, as text


class Standing(Struct, frozen=True):
    """A state that was or is in force."""

    state: str
    from_: str = field(name="from")
    until: str | None


class Entry(Struct, frozen=True, rename="camel"):
    """A fact on the timeline: the party's own, whole, or what alerts told. `told_only`: an alert
    says it, and it is not among what the party said that is in force: another's, or an own one that
    was corrected since, or that is not here yet."""

    own: bool
    told_only: bool
    type: str
    occurred_at: str | None
    source: str | None
    id: str | None
    fields: Mapping[str, Any]
    alerts: tuple[str, ...]


class Expected(Struct, frozen=True, rename="camel"):
    """What has not come yet, and by when it was to."""

    type: str
    expected_by: str
    alert_id: str


class HouseholdView(Struct, frozen=True, rename="camel", kw_only=True):
    """Everything that one party may see of one household."""

    household: str
    gemeente: str
    references: tuple[Mapping[str, str], ...]
    states: tuple[Standing, ...]
    aanspreekpunt: Mapping[str, str] | None
    timeline: tuple[Entry, ...]
    expected: tuple[Expected, ...]
    alerts: tuple[Raw, ...]


class Told(Struct, frozen=True, rename="camel"):
    """What of the view of an alert a household is put together from. `view` is all of it."""

    alert_id: str
    status: str
    revision: int = 0
    gemeente: str | None = None
    references: tuple[Mapping[str, str], ...] = ()
    aanspreekpunt: Mapping[str, str] | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()
    absent: tuple[Mapping[str, str], ...] = ()
    view: Raw = Raw(b"")


class Seen(NamedTuple):
    """What a party has of a household: what it said, and its alerts, the newest revision first."""

    handle: str
    said: OfHousehold
    told: Sequence[Told]


_told: Final = msgspec.json.Decoder(Told).decode
_canonical: Final = msgspec.json.Encoder(order="deterministic").encode


def told_by(views: Iterable[bytes]) -> list[Told]:
    """The views that still show something."""
    found = [msgspec.structs.replace(_told(view), view=Raw(view)) for view in views]
    return [it for it in found if it.gemeente is not None]


def household_view(seen: Seen, sharing: Agreement | None, roles: Mapping[str, Role]) -> bytes:
    """The household as JSON. `sharing` is the agreement in force: it says what states are."""
    said, told = seen.said, seen.told
    return msgspec.json.encode(
        HouseholdView(
            household=seen.handle,
            gemeente=said.gemeente,
            references=_references(said, told),
            states=() if sharing is None else tuple(_states(said, sharing, roles)),
            aanspreekpunt=told[0].aanspreekpunt if told else _own_aanspreekpunt(said.facts),
            timeline=tuple(_timeline(said.facts, told)),
            expected=tuple(_expected(told)),
            alerts=tuple(it.view for it in told),
        )
    )


def _references(said: OfHousehold, told: Sequence[Told]) -> tuple[Mapping[str, str], ...]:
    found = {(it["scheme"], it["issuer"], it["value"]) for alert in told for it in alert.references}
    names = ("scheme", "issuer", "value")
    return tuple(dict(zip(names, it, strict=True)) for it in sorted(found | {*said.references}))


def _expected(told: Sequence[Told]) -> list[Expected]:
    found = [
        Expected(it["type"], it["expectedBy"], alert.alert_id)
        for alert in told
        if alert.status in LIVING
        for it in alert.absent
    ]
    return sorted(found, key=lambda it: (it.expected_by, it.type, it.alert_id))


def _timeline(facts: Iterable[Fact], told: Sequence[Told]) -> list[Entry]:
    """By instant; what has none that the party may know comes last."""
    resting: dict[tuple[str, str], list[str]] = {}
    for alert in told:
        for item in alert.evidence:
            if "source" in item:
                resting.setdefault((item["source"], item["id"]), []).append(alert.alert_id)
    entries = [_own_entry(fact, resting.pop(fact.identity, ())) for fact in facts]
    entries += _from_evidence(told, resting)
    return sorted(entries, key=_place)


def _place(entry: Entry) -> tuple[str, str, str, str, bytes]:
    beside = entry.type, entry.source or "", entry.id or "", _canonical(entry.fields)
    return entry.occurred_at or _LAST, *beside


def _own_entry(fact: Fact, alerts: Sequence[str]) -> Entry:
    at = format_instant(fact.at)
    return Entry(True, False, fact.type, at, fact.source, fact.id, own_fields(fact), tuple(alerts))


def _from_evidence(
    told: Sequence[Told], left: Mapping[tuple[str, str], Sequence[str]]
) -> Iterator[Entry]:
    """What alerts rest on, but for own facts that are there already. Of another's fact there is no
    id: what two alerts say alike is one, and what one says twice is two."""
    items: dict[bytes, Mapping[str, Any]] = {}
    most: Counter[bytes] = Counter()
    alerts: dict[bytes, list[str]] = {}
    for alert in told:
        named = [it for it in alert.evidence if "source" not in it or _id_of(it) in left]
        counts = Counter(_canonical(it) for it in named)
        items |= {_canonical(it): it for it in named}
        most |= counts
        for key in counts:
            alerts.setdefault(key, []).append(alert.alert_id)
    for key in most.elements():
        yield _entry(items[key], alerts[key])


def _id_of(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["source"], item["id"]


def _entry(item: Mapping[str, Any], alerts: Sequence[str]) -> Entry:
    fields = {name: value for name, value in item.items() if name not in _HEAD}
    at, source, id_ = item.get("occurredAt"), item.get("source"), item.get("id")
    return Entry(source is not None, True, item["type"], at, source, id_, fields, tuple(alerts))


def _own_aanspreekpunt(facts: Sequence[Fact]) -> Mapping[str, str] | None:
    """The last that the party assigned, unless it withdrew it; others' come with alerts."""
    own = [fact for fact in facts if fact.type in AANSPREEKPUNT]
    if not own or own[-1].type != AANSPREEKPUNT[0]:
        return None
    return {name: str(value) for name, value in own_fields(own[-1]).items()}


def _states(said: OfHousehold, sharing: Agreement, roles: Mapping[str, Role]) -> list[Standing]:
    """What was or is in force, as the party's own facts say."""
    facts = [fact for fact in said.facts if fact.kind != "act"]
    anchors = _anchors(facts)
    key = Reference("lease", "", "")  # nothing asks for it
    household = Household(key, said.gemeente, facts, anchors=anchors)
    line = Timeline(household, sharing.states, sharing.calendar, roles)
    found = [
        Standing(name, format_instant(it.start), _or_none(it.end))
        for name, state in sharing.states.items()
        # who does not know of the lease cannot know that it is not signed yet
        if not state.until_signed or anchors.lease is not None
        for it in line.state(name)
    ]
    return sorted(found, key=lambda it: (it.from_, it.state))


def _anchors(facts: Sequence[Fact]) -> Anchors:
    signed = [fact for fact in facts if fact.type == "lease-signed"]
    ended = [fact for fact in facts if fact.type == "lease-ended"]
    return anchors_of(signed[-1], ended[-1] if ended else None) if signed else NO_LEASE


def _or_none(at: Instant) -> str | None:
    return None if at >= NEVER else format_instant(at)
