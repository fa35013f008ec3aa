"""Dead letters go back, many at a time, on every runtime: once each, and never a storm."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

import pytest

from hub.cli.letter_choice import Choice
from hub.cli.letter_run import Act, End
from hub.domain.time import parse_instant
from hub.reading.letter_marks import Mark, State
from hub.streams.entries import entry_of
from hub.streams.redriving import corrected, dropped
from tests.letters.desks import GENTLY, KEYS, Scene, letters_of
from tests.letters.kept import household
from tests.streams.test_frozen import damage
from tests.streams.world import CORPORATIE, GEMEENTE, Event, event, facts_of, quiet_household

pytestmark = pytest.mark.slow

AT = parse_instant("2024-02-01T12:00:00Z")
ALL = Choice(reasons=frozenset({"processing-error"}))


@pytest.fixture(autouse=True)
def then(scene: Scene) -> None:
    scene.runtime.clock.at = AT


def signal(id_: str = "signal") -> Event:
    return event("signal-raised", id_, "2024-01-21", category="other")


async def kept(scene: Scene, *events: Event) -> None:
    """These facts stand among the dead letters."""
    emits = [entry_of(it, KEYS).emit for it in facts_of(events)]
    await scene.append(*letters_of(emits))


async def told(scene: Scene, party: str) -> Counter[bytes]:
    """How many revisions of each alert a party was told."""
    return Counter(it.key for it in await scene.records(f"out/{party}"))


async def sent_back(scene: Scene) -> Counter[bytes]:
    """Which letters came back among the facts, and how often each."""
    facts = await scene.records("facts")
    return Counter(it.headers["redriven"] for it in facts if "redriven" in it.headers)


async def test_what_froze_a_household_goes_back_and_each_party_is_told_once(scene: Scene) -> None:
    scene.step.cursed = frozenset({"evil"})
    async with scene.working():
        await scene.send(*quiet_household(), damage("evil"))
        [letter] = await scene.when_letters(1)
        await scene.send(signal("one"), signal("two"), damage("later"))
        before = {party: await told(scene, party) for party in (CORPORATIE, GEMEENTE)}
        scene.step.cursed = frozenset()
        ran = await scene.do(ALL)
    assert (ran.end, ran.done, ran.back) == (End.DONE, 1, [])
    assert (letter.reason, letter.type) == ("processing-error", "damage-reported")
    for party, earlier in before.items():
        since = await told(scene, party) - earlier
        assert set(since.values()) == {1}, party
    assert await scene.states() == ["redriven"]


async def test_what_went_back_does_not_go_back_again_unless_asked(scene: Scene) -> None:
    await kept(scene, household(1))
    async with scene.working():
        await scene.do(ALL)
        assert (await scene.do(ALL)).done == 0
        [letter] = await scene.letters()
        named = Choice(ranges=((letter.position, letter.position),))
        plan = await scene.plan(named)
        assert ["it was redriven already" in it.why for it in plan.refused] == [True]
        assert (await scene.do(named, scene.redriving(again=True))).done == 1
    assert (await sent_back(scene)).total() == 2


async def test_a_run_stops_when_what_it_sent_comes_back(scene: Scene) -> None:
    await kept(scene, *(household(number) for number in range(1, 31)))
    scene.step.cursed = frozenset(f"lease-{number}" for number in range(1, 31))
    async with scene.working():
        ran = await scene.do(ALL)
    assert (ran.end, ran.done) == (End.CAME_BACK, 3)
    letters = await scene.letters()
    assert [it.came_from for it in letters[30:]] == [it.position for it in letters[:3]]
    assert Counter(await scene.states()) == {"redriven": 3, "open": 30}


async def test_many_that_fail_again_do_not_stop_the_hub(scene: Scene) -> None:
    await kept(scene, *(household(number) for number in range(1, 11)))
    scene.step.cursed = frozenset(f"lease-{number}" for number in range(1, 11))
    async with scene.working():
        ran = await scene.do(ALL, pace=GENTLY._replace(stop_after=100))
        await scene.send(household(99))
        receipts = await scene.when_letters(20)
    assert (ran.end, ran.done, len(ran.back), len(receipts)) == (End.CAME_BACK, 10, 10, 20)


async def test_no_more_go_back_than_the_cap_and_the_same_again_goes_on(scene: Scene) -> None:
    await kept(scene, *(household(number) for number in range(1, 10)))
    chunks: list[int] = []

    def watch(chunk: object) -> None:
        assert isinstance(chunk, list | tuple)
        chunks.append(len(chunk))

    async with scene.working():
        assert (await scene.plan(ALL, cap=7)).left == 2
        assert (await scene.do(ALL, pace=GENTLY._replace(cap=7), watch=watch)).done == 7
        assert (await scene.do(ALL, pace=GENTLY._replace(cap=7))).done == 2
    assert chunks == [3, 4]  # a few go first
    assert set((await sent_back(scene)).values()) == {1}
    assert await scene.states() == ["redriven"] * 9


async def test_a_run_that_is_cut_off_anywhere_goes_on_and_nothing_goes_back_twice(
    scene: Scene,
) -> None:
    await kept(scene, *(household(number) for number in range(1, 25)))
    chunks = 0

    def fall(_chunk: object) -> None:
        nonlocal chunks
        chunks += 1
        if chunks < 5:
            raise KeyError

    async with scene.working():
        while len(await sent_back(scene)) < 24:
            with suppress(KeyError):
                await scene.do(ALL, watch=fall)
    again = await sent_back(scene)
    assert len(again) == 24
    assert set(again.values()) == {1}


async def test_a_hub_that_does_not_work_gets_a_few_and_no_more(scene: Scene) -> None:
    await kept(scene, *(household(number) for number in range(1, 10)))
    ran = await scene.do(ALL, pace=GENTLY._replace(patience=0.5))
    assert (ran.end, ran.done) == (End.NOT_TAKEN, 3)
    async with scene.working():
        assert (await scene.do(ALL)).done == 6
    assert set((await sent_back(scene)).values()) == {1}


async def test_what_is_dismissed_is_not_taken_in_and_its_household_is_told_about_again(
    scene: Scene,
) -> None:
    scene.step.cursed = frozenset({"evil"})
    act = Act(dropped, Mark(State.DISMISSED, AT, "sent again"))
    async with scene.working():
        await scene.send(*quiet_household(), damage("evil"))
        await scene.when_letters(1)
        await scene.send(signal())
        assert await scene.told(CORPORATIE, "signal") == []
        assert (await scene.do(ALL, act)).done == 1
    assert await scene.told(CORPORATIE, "signal")
    assert await scene.states() == ["dismissed"]
    receipts = await scene.records("receipts")
    assert not any(b'"evil"' in (it.value or b"") for it in receipts)


async def test_what_was_put_right_goes_in_its_place_and_says_where_it_came_from(
    scene: Scene,
) -> None:
    scene.step.cursed = frozenset({"evil"})
    [fact] = facts_of([damage("good")])
    act = Act(
        lambda record, letter: corrected(record, letter, [entry_of(fact, KEYS)]),
        Mark(State.REDRIVEN, AT, corrected=True),
    )
    async with scene.working():
        await scene.send(*quiet_household(), damage("evil"))
        await scene.when_letters(1)
        await scene.send(signal())
        before = await told(scene, CORPORATIE)
        assert (await scene.do(ALL, act)).done == 1
    assert await told(scene, CORPORATIE) > before
    receipts = [it.value or b"" for it in await scene.records("receipts")]
    assert any(b'"good"' in it for it in receipts)
    assert not any(b'"evil"' in it for it in receipts)


async def test_two_who_redrive_at_once_send_nothing_twice(scene: Scene) -> None:
    await kept(scene, *(household(number) for number in range(1, 13)))
    async with scene.working():
        ends = await asyncio.gather(*(scene.do(ALL) for _ in range(2)), return_exceptions=True)
        await scene.do(ALL)
    assert ends
    again = await sent_back(scene)
    assert (len(again), set(again.values())) == (12, {1})
