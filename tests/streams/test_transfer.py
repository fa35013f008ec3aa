"""State moves to another hub, with as many shards or not, and nothing is told or lost by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.parties import Feed, Parties
from hub.domain.time import Span
from hub.errors import Bug, Tampered
from hub.keys import Keys
from hub.streams.correlate import AGREEMENTS, META, NOW
from hub.streams.entries import FACTS
from hub.streams.nodes import COPIED, MARKS
from hub.streams.transfer import TABLES, pieces_of, rows_of
from tests.convergence.regions import backtest, differences, facts_of_region
from tests.streams.moving import STREAMS, PartitionedWorld
from tests.streams.world import (
    ADDRESS,
    CORPORATIE,
    GEMEENTE,
    LEASE,
    PARTIES,
    event,
    missed,
    quiet_household,
    signed,
    with_party,
)

PLACES = [(1, 1), (1, 5), (5, 1), (5, 3)]
ERASED = event("household-erased", "erase", "2024-03-01", basis="other")


def lived(partitions: int) -> PartitionedWorld:
    """A hub that took a region in, with every fault, in an order of its own."""
    facts = list(facts_of_region(12, 5))
    now, _ = backtest(tuple(facts))
    Random(partitions).shuffle(facts)
    world = PartitionedWorld(partitions)
    world.send_facts(now, facts, batch=50)
    return world


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[int, PartitionedWorld]]:
    made = {partitions: lived(partitions) for partitions in (1, 5)}
    yield made
    for world in made.values():
        world.close()


Make = Callable[..., PartitionedWorld]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes hubs with so many partitions."""
    made: list[PartitionedWorld] = []

    def make_one(partitions: int = 1, parties: Parties = PARTIES) -> PartitionedWorld:
        made.append(PartitionedWorld(partitions, parties))
        return made[-1]

    yield make_one
    for world in made:
        world.close()


@pytest.fixture(params=PLACES, ids=lambda it: f"{it[0]} to {it[1]}")
def move(
    request: pytest.FixtureRequest, worlds: dict[int, PartitionedWorld]
) -> tuple[PartitionedWorld, PartitionedWorld]:
    """A hub, and the one that it moved to."""
    before, after = request.param
    return worlds[before], worlds[before].moved_to(after)


def sent_again(world: PartitionedWorld) -> dict[str, tuple[str, str | None]]:
    """The answer to everything that was ever sent, sent once more; a feed only ever says more."""
    known = len(world.emitted("receipts"))
    facts = [fact for fact in facts_of_region(12, 5) if fact.kind != "feed"]
    world.send_facts(world.clock.at, facts)
    answers = world.emitted("receipts")[known:]
    assert len(answers) == len(facts)
    return {answer["receiptId"]: (answer["status"], answer["problem"]) for answer in answers}


def revisions(world: PartitionedWorld) -> int:
    return sum(len(world.notices(party)) for party in PARTIES.by_id)


def test_facts_deadlines_and_what_was_told_are_the_same(
    move: tuple[PartitionedWorld, PartitionedWorld],
) -> None:
    before, after = move
    assert after.facts() == before.facts()
    assert after.next_at() == before.next_at()
    assert all(len(before.table(FACTS, name)) for name in ("fact", "alert", "due", "node"))
    for name in ("fact", "cluster", "alert", "due", "feed", "mark"):
        for stream in STREAMS:
            assert after.table(stream, name).keys() == before.table(stream, name).keys()


def test_everything_sent_again_is_known_and_nobody_is_told_anything(
    move: tuple[PartitionedWorld, PartitionedWorld],
) -> None:
    before, after = move
    told = revisions(after)
    answers = sent_again(after)
    assert answers == sent_again(before)
    assert {status for status, _ in answers.values()} == {"duplicate"}
    assert revisions(after) == told == revisions(before)


def test_time_passes_as_it_would_have(worlds: dict[int, PartitionedWorld]) -> None:
    stayed, moved = worlds[1].moved_to(1), worlds[1].moved_to(5)
    for world in (stayed, moved):
        world.pass_time("2024-12-01T00:00:00Z")
    for party in PARTIES.by_id:
        assert moved.last(party) == stayed.last(party)
    assert revisions(moved) == revisions(stayed) > revisions(worlds[1])


def test_to_five_partitions_and_back_is_the_same_to_the_byte(
    worlds: dict[int, PartitionedWorld],
) -> None:
    there = worlds[1].moved_to(5)
    assert len({bool(state.get(META, NOW)) for state in there.states(FACTS)}) == 1
    assert sum(1 for state in there.states(FACTS) if next(state.scan("cluster"), None)) > 1
    back = there.moved_to(1)
    assert back.rows() == worlds[1].rows()


@pytest.mark.parametrize("seed", range(3))
def test_half_before_the_moves_and_half_after_is_all_at_once(make: Make, seed: int) -> None:
    facts = list(facts_of_region(6, seed))
    now, alerts = backtest(tuple(facts))
    Random(seed).shuffle(facts)
    thirds = [facts[number::4] for number in range(4)]
    world = make(1)
    for part, partitions in zip(thirds, (5, 2, 1, 3), strict=True):
        world.send_facts(now, part, batch=20)
        world = world.moved_to(partitions)
    assert not differences(world, alerts)
    known = {fact.identity for fact in world.facts()}
    assert known <= {fact.identity for fact in facts}


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 40),
    order=st.randoms(use_true_random=False),
    steps=st.lists(st.tuples(st.integers(1, 9), st.sampled_from([1, 7, 50])), min_size=1),
)
def test_a_hub_that_keeps_moving_has_the_state_of_one_that_stays(
    seed: int, order: Random, steps: list[tuple[int, int]]
) -> None:
    facts = list(facts_of_region(4, seed))
    now, _ = backtest(tuple(facts))
    facts += order.sample(facts, k=len(facts) // 4)
    order.shuffle(facts)
    first = moving = PartitionedWorld(1)
    staying = PartitionedWorld(1)
    for number, (partitions, batch) in enumerate(steps):
        for world in (moving, staying):
            world.send_facts(now, facts[number :: len(steps)], batch)
        moving = moving.moved_to(partitions).moved_to(1)
    assert _state(moving) == _state(staying.moved_to(1))
    for party in PARTIES.by_id:
        assert moving.notices(party) == staying.notices(party)
    for world in (first, staying):
        world.close()


def _state(world: PartitionedWorld) -> dict[tuple[str, str, bytes], bytes | None]:
    """All of it; of what is sealed only that it is there, for each hub has salts of its own."""
    return {
        (row.stream, row.table, row.key): None if row.table in ("fact", "cluster") else row.value
        for row in world.rows()
    }


def test_each_table_that_a_step_writes_is_moved(worlds: dict[int, PartitionedWorld]) -> None:
    written = {name for _, name in worlds[1].store.tables}
    assert written <= TABLES
    moved = {row.table for row in worlds[1].rows()}
    assert moved == {name for (_, name), table in worlds[1].store.tables.items() if table.values}


def test_an_erased_household_stays_erased_and_its_marks_go_on_working(make: Make) -> None:
    world = make(1)
    world.send("2024-02-20T00:00:00Z", signed())
    world.send("2024-03-02T00:00:00Z", ERASED)
    for partitions in (5, 2, 1):
        world = world.moved_to(partitions)
        late = event("nuisance-reported", f"n-{partitions}", "2024-02-15", category="other")
        world.send("2024-03-03T00:00:00Z", late, signed(), ERASED)
        answers = [world.receipt(sent) for sent in (late, signed(), ERASED)]
        assert [it and it["status"] for it in answers] == ["refused", "duplicate", "duplicate"]
        assert not world.table(FACTS, "fact")
        assert {it["status"] for it in world.last(GEMEENTE).values()} == {"erased"}


def test_a_mark_goes_along_with_what_is_connected_anew(make: Make) -> None:
    world = make(1)
    world.send("2024-02-20T00:00:00Z", signed())
    world.send("2024-03-02T00:00:00Z", ERASED)
    spread = world.moved_to(4)
    marked = spread.table(FACTS, MARKS)
    assert all(value.endswith(COPIED) for value in _marks(spread))
    # the lease is signed anew: what is about it from now on is about a household again, and what
    # was before stays away
    again = signed(id_="anew")
    again["data"]["occurredAt"] = "2024-04-02"
    spread.send("2024-04-03T00:00:00Z", again)
    together = spread.moved_to(1)
    assert together.table(FACTS, MARKS).keys() == marked.keys()
    assert not any(value.endswith(COPIED) for value in _marks(together))
    late = event("nuisance-reported", "late", "2024-02-15", category="other")
    for hub in (spread, together):
        hub.send("2024-04-04T00:00:00Z", late)
        receipt = hub.receipt(late)
        assert receipt is not None
        assert receipt["problem"] == "household-forgotten"
    taken_back = event(
        "fact-retracted",
        "back",
        "2024-04-04",
        LEASE,
        retracts={"source": again["source"], "id": "anew"},
        reason="other",
        party=CORPORATIE,
    )
    for hub in (spread, together):
        hub.send("2024-04-05T00:00:00Z", taken_back)
    assert spread.moved_to(1).facts() == together.facts()


def _marks(world: PartitionedWorld) -> list[bytes]:
    return [value for value in world.table(FACTS, "node").values() if len(value) != 8]


def test_old_marks_go_after_a_move_as_they_would_have(make: Make) -> None:
    world = make(1)
    world.send("2024-02-20T00:00:00Z", signed())
    world.send("2024-03-02T00:00:00Z", ERASED)
    spread = world.moved_to(3)
    other = signed("2025-06-01", id_="other")
    other["data"].update(occurredAt="2025-05-01", references=[{**LEASE, "value": "L-2"}, ADDRESS])
    spread.send("2025-06-01T00:00:00Z", other)
    for partition in spread.states(FACTS):
        if next(partition.scan("cluster"), None):
            assert not list(partition.scan(MARKS))
    together = spread.moved_to(1)
    assert not together.table(FACTS, MARKS)


def test_how_far_feeds_have_come_moves_along(make: Make) -> None:
    parties = with_party(GEMEENTE, feeds=(Feed(("intake-completed",), Span(7, "d")),))
    told = dict(event("feed-complete", "f", "2024-01-09", party=GEMEENTE))
    told["data"] = {
        "occurredAt": "2024-01-09",
        "gemeente": "0988",
        "upTo": "2024-01-09",
        "types": ["intake-completed"],
    }
    world = make(1, parties)
    world.send("2024-01-10T00:00:00Z", told)
    moved = world.moved_to(3)
    moved.send("2024-01-10T01:00:00Z", signed())
    assert moved.told(GEMEENTE, "intake-missing") is not None


def test_what_is_held_by_the_gate_is_told_after_a_move_once_it_may_be(make: Make) -> None:
    world = make(1)
    world.send(
        "2024-04-20T00:00:00Z",
        *quiet_household(),
        missed("r2", "2024-03-06", "2024-02", shared=False),
        missed("r3", "2024-04-06", "2024-03", shared=False),
    )
    moved = world.moved_to(5)
    assert moved.last(GEMEENTE) == world.last(GEMEENTE)
    for hub in (world, moved):
        hub.send(
            "2024-04-21T00:00:00Z",
            missed("r2b", "2024-03-06", "2024-02"),
            missed("r3b", "2024-04-06", "2024-03"),
        )
    assert moved.last(GEMEENTE) == world.last(GEMEENTE)


def test_shards_that_number_their_texts_differently_become_one(
    worlds: dict[int, PartitionedWorld],
) -> None:
    books = {tuple(value for _, value in it.scan("text")) for it in worlds[5].states(FACTS)}
    assert len(books) > 2
    one = worlds[5].moved_to(1)
    (state,) = one.states(FACTS)
    texts = [value for _, value in state.scan("text")]
    assert len(texts) == len(set(texts)) == len({text for book in books for text in book})


def test_sealed_anew_it_opens_under_the_successor_only(
    worlds: dict[int, PartitionedWorld],
) -> None:
    former, successor = worlds[5].keys, Keys(b"1" * 32, b"0" * 32)
    moved = worlds[5].moved_to(3, successor)
    assert moved.facts() == worlds[5].facts()
    told = revisions(moved)
    assert sent_again(moved) == sent_again(worlds[5])
    assert revisions(moved) == told
    with pytest.raises(Tampered):
        list(rows_of(FACTS, moved.states(FACTS), former))
    sealed = set(worlds[5].table(FACTS, "fact").values())
    assert not sealed & set(moved.table(FACTS, "fact").values())


def test_a_key_that_names_otherwise_is_no_successor(worlds: dict[int, PartitionedWorld]) -> None:
    with pytest.raises(Bug, match="other names"):
        worlds[1].rows(Keys(b"1" * 32))


def test_the_key_must_be_the_one_that_sealed_it(worlds: dict[int, PartitionedWorld]) -> None:
    with pytest.raises(Tampered):
        list(rows_of(FACTS, worlds[1].states(FACTS), Keys(b"1" * 32)))


def test_shards_that_ran_other_agreements_are_looked_at_anew(make: Make) -> None:
    world = make(2)
    world.send("2024-02-20T00:00:00Z", signed())
    world.sleep_until("2024-02-21T00:00:00Z")
    rows = [row for row in world.rows() if row.table == META and row.key == AGREEMENTS]
    assert rows
    world.store.tables["Correlate-0", META].put(AGREEMENTS, b"another")
    for partition, now in ((0, 5), (1, 7)):
        world.store.tables[f"Correlate-{partition}", META].put(NOW, now.to_bytes(8, "big"))
    left = [row for row in world.rows() if row.table == META and row.stream == FACTS]
    assert [(row.key, row.value) for row in left] == [(NOW, (7).to_bytes(8, "big"))]


def test_what_a_shard_says_of_itself_comes_last(worlds: dict[int, PartitionedWorld]) -> None:
    rows = [row for row in worlds[1].rows() if row.stream == FACTS]
    tables = [row.table for row in rows]
    assert tables.index(META) == len(tables) - tables.count(META)


def test_pieces_are_bounded_and_hold_everything(worlds: dict[int, PartitionedWorld]) -> None:
    rows = worlds[1].rows()
    pieces = list(pieces_of(rows, dict.fromkeys(STREAMS, 3), limit=11))
    assert max(len(piece.effects.changes) for piece in pieces) == 11
    everywhere = sum(1 for row in rows if row.place is None)
    changes = sum(len(piece.effects.changes) for piece in pieces)
    assert changes == len(rows) - everywhere + 3 * everywhere
    assert not list(islice(pieces_of([], {}), 1))
