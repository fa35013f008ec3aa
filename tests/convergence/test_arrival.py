"""Arrival does not matter: order, duplication, batches, crashes and late links end the same."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.facts import Fact
from hub.domain.refusals import Refused
from hub.domain.time import parse_instant
from hub.streams.intake import Admission, judge
from hub.wire import cloudevents
from tests.convergence.households import expected, written
from tests.convergence.regions import (
    backtest,
    differences,
    facts_of_region,
    kept_of_erased,
    unanswered,
    with_erasures,
)
from tests.streams.world import PARTIES, World

# None, some, or whatever came before the last piece.
BACKLOGS = st.frozensets(st.integers(0, 60)) | st.just(frozenset(range(1000)))
SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("[0-9]*.json"))


def play(
    facts: list[Fact], at: int, batch: int, crashes: frozenset[int], backlogs: frozenset[int]
) -> World:
    """Send the facts in pieces of `batch`; the hub crashes after the pieces named, and sees that
    more has come when it takes those of `backlogs`."""
    world = World()
    for number, start in enumerate(range(0, len(facts), batch)):
        more = number in backlogs and start + batch < len(facts)
        world.send_facts(at, facts[start : start + batch], more=more)
        if number in crashes:
            world.reopen()
    world.close()
    return world


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 400),
    order=st.randoms(use_true_random=False),
    batch=st.sampled_from([1, 3, 17, 200]),
    crashes=st.frozensets(st.integers(0, 60), max_size=4),
    backlogs=BACKLOGS,
)
def test_a_region_ends_the_same_however_it_arrives(
    seed: int, order: Random, batch: int, crashes: frozenset[int], backlogs: frozenset[int]
) -> None:
    facts = facts_of_region(3, seed)
    now, alerts = backtest(facts)
    arriving = [*facts, *order.sample(facts, k=len(facts) // 4)]
    order.shuffle(arriving)
    world = play(arriving, now, batch, crashes, backlogs)
    assert not differences(world, alerts)
    assert written(world) == expected(world, facts, now)
    assert not unanswered(world, facts)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 400),
    order=st.randoms(use_true_random=False),
    batch=st.sampled_from([1, 3, 17, 200]),
    crashes=st.frozensets(st.integers(0, 60), max_size=4),
    backlogs=BACKLOGS,
)
def test_a_region_in_which_many_are_erased_ends_the_same_however_it_arrives(
    seed: int, order: Random, batch: int, crashes: frozenset[int], backlogs: frozenset[int]
) -> None:
    facts = with_erasures(facts_of_region(2, seed), order)
    now, alerts = backtest(tuple(facts))
    arriving = [*facts, *order.sample(facts, k=len(facts) // 4)]
    order.shuffle(arriving)
    world = play(arriving, now, batch, crashes, backlogs)
    assert not differences(world, alerts)
    assert written(world) == expected(world, facts, now)
    assert not kept_of_erased(world, facts, now)
    assert not unanswered(world, facts)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 40), order=st.randoms(use_true_random=False))
def test_backtest_finds_the_same_in_any_order(seed: int, order: Random) -> None:
    facts = facts_of_region(5, seed)
    shuffled = list(facts)
    order.shuffle(shuffled)
    assert backtest(tuple(shuffled)) == backtest(facts)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_scenario_ends_the_same_in_the_running_step(scenario: Path, seed: int) -> None:
    told: dict[str, Any] = json.loads(scenario.read_text())
    now = parse_instant(told["now"])
    facts = tuple(fact for fact in accepted(told["facts"]) if fact.at <= now)
    _, alerts = backtest(facts, now)
    order = Random(seed)
    arriving = list(facts) if seed == 0 else order.sample([*facts, *facts], k=2 * len(facts))
    world = World()
    world.send_facts(now, arriving, batch=[1000, 1, 4][seed], more=seed == 2)
    world.send_facts(now, [])
    world.close()
    assert not differences(world, alerts)
    assert written(world) == expected(world, facts, now)


def accepted(events: list[dict[str, Any]]) -> list[Fact]:
    admission = Admission(PARTIES)
    found = []
    for event in events:
        envelope = cloudevents.decode(json.dumps(event).encode())
        assert not isinstance(envelope, Refused)
        fact = judge(envelope, admission, None, None)
        if isinstance(fact, Fact):
            found.append(fact)
    return found
