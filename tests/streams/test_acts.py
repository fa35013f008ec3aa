"""An act is answered in whatever order it and its alert come."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.streams.world import CORPORATIE, GEMEENTE, Event, World, event, quiet_household

NUISANCE = event("nuisance-reported", "n", "2024-02-05", category="other")
AT = "2024-02-20T00:00:00Z"


@pytest.fixture
def act() -> Event:
    """An act on an alert that a hub finds in these facts."""
    world = World()
    world.send(AT, *quiet_household(), NUISANCE)
    told = world.told(CORPORATIE, "nuisance")
    world.close()
    assert told is not None
    sent = event("alert-acknowledged", "a", "2024-02-10", party=GEMEENTE, alertId=told["alertId"])
    del sent["data"]["references"]
    return sent


@pytest.mark.parametrize("batch", [1, 3, 1000])
@pytest.mark.parametrize("place", [0, 4, 9])
def test_an_act_among_the_facts_of_its_alert_is_answered(
    act: Event, world: World, place: int, batch: int
) -> None:
    facts: Sequence[Event] = [*quiet_household(), NUISANCE]
    world.send(AT, *facts[:place], act, *facts[place:], batch=batch)
    receipt = world.receipt(act)
    assert receipt is not None
    assert receipt["status"] == "accepted"
    assert receipt["household"] is not None
