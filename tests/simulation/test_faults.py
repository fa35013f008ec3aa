"""Each fault does what it says, and what is bad is refused for the reason it was made for."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from hub.agreement_files import load
from hub.domain.facts import Fact
from hub.domain.refusals import Refused
from hub.domain.time import DAY_MS, parse_instant
from hub.shipped import shipped
from hub.simulation import Fault, Region
from hub.simulation.cast import the_cast
from hub.simulation.chance import Chance
from hub.simulation.event import Event, line_of
from hub.simulation.household import Window
from hub.simulation.life import Plan, life_of
from hub.simulation.spoiling import KINDS, spoiled
from hub.streams.intake import Admission, judge
from hub.wire.cloudevents import decode
from hub.wire.digest import digest
from tests.simulation.region import SEED, events, lines, short_type

NOW: Final = parse_instant("2025-01-01")
# Known by history only: intake by itself accepts it.
BY_HISTORY: Final = "conflicting-duplicate"


@pytest.fixture(scope="module")
def admission() -> Admission:
    return Admission(load(shipped("agreements"))[1])


@pytest.fixture(scope="module")
def life() -> list[Event]:
    window = Window(738_886, 739_252)  # 2024
    return life_of(3, Plan(SEED, window), the_cast()).events


def slug_of(line: bytes, admission: Admission) -> str:
    envelope = decode(line)
    answer = envelope if isinstance(envelope, Refused) else judge(envelope, admission, None, NOW)
    return answer.slug.value if isinstance(answer, Refused) else "accepted"


@pytest.mark.parametrize("slug", sorted(set(KINDS) - {BY_HISTORY}))
def test_a_spoiled_line_is_refused_with_its_slug(
    slug: str, life: list[Event], admission: Admission
) -> None:
    chance = Chance("test", slug)
    for event in life:
        assert slug_of(spoiled(event, slug, chance), admission) == slug


def test_a_conflicting_duplicate_has_the_id_and_another_content(life: list[Event]) -> None:
    for event in life:
        [copy] = events([spoiled(event, BY_HISTORY, Chance("test"))])
        [sound] = events([line_of(event)])
        assert (copy["source"], copy["id"]) == (sound["source"], sound["id"])
        assert copy["data"] != sound["data"]


def test_bad_lines_are_of_every_kind(admission: Admission) -> None:
    added = Counter(lines(300, 12, Fault.BAD)) - Counter(lines(300, 12))
    found = Counter(slug_of(line, admission) for line in added)
    assert set(found) == {*KINDS, "accepted"} - {BY_HISTORY}
    assert found["accepted"] >= 20
    assert max(found.values()) < len(added) / 4


def test_a_conflicting_duplicate_comes_after_what_it_conflicts_with(admission: Admission) -> None:
    """Whoever is first stays, so the other way round would be another region."""
    sound = set(lines(200, 12, *(fault for fault in Fault if fault is not Fault.BAD)))
    first: dict[tuple[str, str, str], tuple[bytes, bytes]] = {}
    conflicts = 0
    for line in lines(200, 12, *Fault):
        fact = read(line, admission)
        if fact is None:
            continue
        key, said = (*fact.identity, fact.gemeente or fact.region), digest(fact)
        before, its_line = first.setdefault(key, (said, line))
        if said != before:
            assert its_line in sound
            conflicts += 1
    assert conflicts >= 10


def test_duplicates_say_the_same_and_some_come_weeks_later(admission: Admission) -> None:
    seen: dict[tuple[str, str, str], tuple[bytes, int]] = {}
    gaps = []
    for arrival in Region(100, 12, SEED, frozenset({Fault.DUPLICATES})).arrivals():
        fact = read(arrival.line, admission)
        assert fact is not None
        key, said = (*fact.identity, fact.gemeente or fact.region), digest(fact)
        before, at = seen.setdefault(key, (said, arrival.at))
        assert said == before
        if at != arrival.at:
            gaps.append(arrival.at - at)
    assert 0.03 < len(gaps) / len(seen) < 0.06
    assert min(gaps) < 60_000
    assert max(gaps) > 30 * DAY_MS


@pytest.mark.parametrize(
    ("fault", "share", "longest"),
    [(Fault.LATE, 0.03, 57 * DAY_MS), (Fault.REORDER, 0.3, 3 * DAY_MS)],
)
def test_what_is_moved_arrives_later_within_bounds(
    fault: Fault, share: float, longest: int
) -> None:
    plain = {arrival.line: arrival.at for arrival in Region(100, 12, SEED).arrivals()}
    moved = Region(100, 12, SEED, frozenset({fault})).arrivals()
    delays = [arrival.at - plain[arrival.line] for arrival in moved]
    assert min(delays) == 0
    assert max(delays) <= longest + 3_600_000  # an hour more where summer time began
    assert 0.6 * share < sum(delay > 0 for delay in delays) / len(delays) < 1.2 * share


def test_corrections_come_in_every_shape() -> None:
    found = events(lines(200, 12, Fault.CORRECTIONS))
    order = {(event["source"], event["id"]): place for place, event in enumerate(found)}
    kinds = {named: short_type(found[place]) for named, place in order.items()}
    shapes: Counter[str] = Counter()
    replaced: set[tuple[str, str]] = set()
    replacements = {
        (event["source"], event["id"]) for event in found if "replaces" in event["data"]
    }
    for place, event in enumerate(found):
        if target := event["data"].get("replaces"):
            named = target["source"], target["id"]
            shapes["rival"] += named in replaced
            shapes["chain"] += named in replacements
            shapes["overtakes"] += place < order[named]
            shapes["of a lease"] += short_type(event) == "lease-signed"
            replaced.add(named)
        if target := event["data"].get("retracts"):
            named = target["source"], target["id"]
            shapes["retracted"] += 1
            shapes["of a replacement"] += named in replacements
            shapes["of a retraction"] += kinds[named] == "fact-retracted"
    assert all(shapes[shape] >= 3 for shape in shapes), shapes
    assert len(shapes) == 7


def read(line: bytes, admission: Admission) -> Fact | None:
    envelope = decode(line)
    fact = envelope if isinstance(envelope, Refused) else judge(envelope, admission, None, NOW)
    return None if isinstance(fact, Refused) else fact
