"""From the facts of a corporatie over a real hub to a vroegsignalering system, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import pytest

from hub.errors import Misconfigured
from tests.connectors.vroegsignalering.households import NOT_YET, OBJECTED, TAKEN
from tests.connectors.vroegsignalering.region import Region, a_region, living
from tests.gateway.desk import MAAS, WEERT

pytestmark = pytest.mark.slow

COMBINATIONS = [dict(zip(TAKEN, it, strict=True)) for it in product((True, False), repeat=5)]


@pytest.fixture
async def region(tmp_path: Path) -> AsyncIterator[Region]:
    async with a_region(tmp_path) as found:
        yield found


async def test_of_all_combinations_one_is_given_and_it_is_the_one_that_the_hub_lets_through(
    region: Region,
) -> None:
    for number, steps in enumerate(COMBINATIONS):
        await region.lease(number)
        await region.miss(number, "2024-01-15", steps)
    await region.run(MAAS)
    given = region.system.signals
    house = COMBINATIONS.index(dict(TAKEN)) + 1
    assert [it["client"]["Huisnummer"] for it in given.values()] == [str(house)]
    assert set(given) == living(await region.alerts(WEERT))
    assert len(living(await region.alerts(MAAS))) == len(COMBINATIONS)


async def test_steps_open_it_and_an_objection_closes_it_here_as_at_the_hub(region: Region) -> None:
    await region.lease(1)
    told = []
    for day, steps in enumerate((NOT_YET, TAKEN, OBJECTED, TAKEN), 20):
        await region.miss(1, f"2024-02-{day}", steps)
        await region.run(MAAS)
        assert set(region.system.signals) == living(await region.alerts(WEERT))
        told.append(len(region.system.signals))
    assert told == [0, 1, 0, 1]


async def test_what_is_paid_is_corrected_and_then_taken_back(region: Region) -> None:
    await region.lease(1)
    await region.miss(1, "2024-01-15")
    await region.run(MAAS)
    await region.say("rent-paid", "2024-02-20", 1, period="2024-01", amount=25_000)
    # A part of the rent changes nothing in the alert; what is said of the rent does.
    await region.miss(1, "2024-02-21", totalArrears=40_000)
    await region.say("rent-paid", "2024-02-25", 1, period="2024-01", amount=40_000)
    await region.run(MAAS)
    assert region.system.signals == {}
    assert [it.method for it in region.system.calls] == ["PUT", "DELETE"]


async def test_it_waits_for_the_thirtieth_day(region: Region) -> None:
    await region.lease(1)
    region.move_to("2024-01-20T12:00:00Z")
    await region.miss(1, "2024-01-15")
    await region.run(MAAS)
    region.move_to("2024-02-06T12:00:00Z")
    await region.run(MAAS)
    assert region.system.calls == []
    region.move_to("2024-02-07T12:00:00Z")
    await region.run(MAAS)
    assert [it["signaaldatum"] for it in region.system.signals.values()] == ["2024-02-07"]


async def test_that_it_was_picked_up_is_an_act_of_the_gemeente_and_nothing_more(
    region: Region,
) -> None:
    await region.lease(1)
    await region.miss(1, "2024-01-15")
    await region.run(MAAS)
    (alert_id,) = region.system.signals
    region.system.pick_up(alert_id, "2024-02-20")
    assert (await region.run(WEERT)).facts == 1
    (seen,) = await region.alerts(MAAS)
    assert (seen.alert_id, seen.status) == (alert_id, "acknowledged")
    assert [(it.role, it.acknowledged) for it in seen.others if it.acknowledged] == [
        ("gemeente", True)
    ]
    await region.run(MAAS)
    assert list(region.system.signals) == [alert_id]


async def test_a_household_that_is_erased_leaves_nothing_there_and_nothing_here(
    region: Region,
) -> None:
    await region.lease(1)
    await region.miss(1, "2024-01-15")
    await region.run(MAAS)
    await region.erase(1)
    await region.run(MAAS)
    assert region.system.signals == {}
    assert region.kept(MAAS) == []


async def test_a_check_says_what_is_wrong_and_gives_nothing(region: Region) -> None:
    await region.lease(1)
    await region.miss(1, "2024-01-15")
    region.add_address("H-2;6001;2")
    found = await region.check(MAAS)
    assert [(it.wrong, it.mend) for it in found] == [
        ("Postcode is missing or not as it should be", "write it like 1234AB")
    ]
    region.system.fails_with = 401
    assert "it answers 401" in [it.mend for it in await region.check(MAAS)][-1]
    assert [it.where for it in await region.check(WEERT)] == ["vroegsignalering.address"]
    assert region.system.signals == {}


@pytest.mark.parametrize(
    ("half", "told"),
    [
        pytest.param({}, "write `signals` if you are the corporatie", id="neither half"),
        pytest.param(
            {"signals": {"addresses": "a.csv", "rules": ["r"]}, "feedback": {}},
            "write `signals` if you are the corporatie",
            id="both halves",
        ),
        pytest.param(
            {"feedback": {"pickedUp": "approach-agreed"}},
            "reviewAfterDays: write after how many days",
            id="an approach without a day to look again",
        ),
        pytest.param({"signals": {"addresses": "a.csv", "rules": []}}, "rules", id="no rules"),
        pytest.param(
            {"signals": {"addresses": "a.csv", "rules": ["r"], "untilDays": 20}},
            "not below fromDays",
            id="a term that is over before it begins",
        ),
        pytest.param(
            {"feedback": {"notPickedUp": "alert-closed"}}, "notPickedUp", id="an act too many"
        ),
    ],
)
async def test_settings_that_say_no_half_or_more_than_one_are_told(
    region: Region, half: dict[str, object], told: str
) -> None:
    region.rewrite(MAAS, half)
    with pytest.raises(Misconfigured) as caught:
        await region.run(MAAS)
    assert told in str(caught.value)
