"""Feedback of a vroegsignalering system: at most an act of the gemeente, and never why or what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from connectors.gemeente.vroegsignalering_feedback import (
    Acts,
    FeedbackSource,
    not_picked_up,
    picked_up,
)
from connectors.gemeente.vroegsignalering_system import System
from connectors.kept import Kept
from connectors.seam import Draft, Entry, Record, Unmapped
from connectors.secret import Token
from hub.domain.time import parse_instant
from hub.errors import Misconfigured, Unavailable
from tests.connectors.vroegsignalering.households import ALERT, OTHER
from tests.systems.vroegsignalering import KEY, VroegsignaleringSystem
from tests.systems.vroegsignalering_ddas import SIGNAALSTATUS

MINIMAL = Acts("0988", "alert-acknowledged", "nothing", 1)
ALL = Acts("0988", "approach-agreed", "alert-acknowledged", 28)
NOW = "2024-03-10T09:00:00Z"
ACT = {"occurredAt": "2024-03-01", "gemeente": "0988", "alertId": ALERT}

# What a landlord may never hear; some of it in places where DDAS has nothing.
SECRETS = (
    "Vervolghulp en/of verwijzing financieel",
    "Huisbezoek",
    "Burgerservicenummer",
    "111222333",
    "detentie",
    *(it for it in SIGNAALSTATUS if it != "Nog niet opgepakt"),
)


class Gemeente:
    """Reads feedback as the runner does, from a cursor that is kept."""

    def __init__(self, system: VroegsignaleringSystem, folder: Path) -> None:
        self.acts, self.kept = MINIMAL, Kept(folder)
        self.system = System(system.address, Token(KEY), None)
        self.cursor: str | None = None

    def on_shelf(self) -> dict[str, str | None]:
        shelf = self.kept.shelf
        return {name: shelf.value(name) for name in shelf.names("")}

    async def read(self, now: str = NOW) -> list[Entry]:
        """Everything up to the last page."""
        found: list[Entry] = []
        while True:
            source = FeedbackSource(self.system, self.acts, self.kept.shelf)
            page = await source.read(self.cursor, parse_instant(now))
            found += page.entries
            self.cursor = page.cursor
            if page.is_last:
                return found


@pytest.fixture
async def gemeente(system: VroegsignaleringSystem, tmp_path: Path) -> AsyncIterator[Gemeente]:
    found = Gemeente(system, tmp_path / "state")
    yield found
    await found.system.close()
    found.kept.close()


@pytest.mark.parametrize(
    ("how", "drafts"),
    [
        pytest.param("nothing", (), id="nothing"),
        pytest.param(
            "alert-acknowledged", (Draft("alert-acknowledged", ACT),), id="that it was seen"
        ),
        pytest.param(
            "approach-agreed",
            (Draft("approach-agreed", {**ACT, "action": "unknown", "reviewOn": "2024-03-29"}),),
            id="that something was agreed, and not what",
        ),
    ],
)
def test_picked_up_is_the_act_that_the_gemeente_chose(how: Any, drafts: tuple[Draft, ...]) -> None:
    acts = structs.replace(ALL, picked_up=how)
    assert picked_up(ALERT, date(2024, 3, 1), acts).drafts == drafts
    assert picked_up(ALERT, None, acts).drafts == ()


def test_not_picked_up_is_at_most_that_it_was_seen() -> None:
    assert not_picked_up(ALERT, date(2024, 3, 1), MINIMAL).drafts == ()
    assert not_picked_up(ALERT, None, ALL).drafts == ()
    assert not_picked_up(ALERT, date(2024, 3, 1), ALL).drafts == (Draft("alert-acknowledged", ACT),)


async def test_all_that_comes_of_feedback_is_which_and_when(
    system: VroegsignaleringSystem, gemeente: Gemeente
) -> None:
    gemeente.acts = ALL
    system.pick_up(ALERT, toelichting="detentie")
    for status in SIGNAALSTATUS:
        system.set_status(OTHER, status, reden="detentie")
    system.say_what_nobody_expects("vroegsignalen", {"ID": OTHER, "status": ["detentie"]})
    found = await gemeente.read()
    assert len(found) == 8
    kept = repr(found) + repr(gemeente.on_shelf()) + repr([msgspec.json.encode(it) for it in found])
    assert [it for it in SECRETS if it in kept] == []


async def test_every_reason_for_not_picking_up_is_the_same_to_us(
    system: VroegsignaleringSystem, gemeente: Gemeente
) -> None:
    gemeente.acts = ALL
    for status in SIGNAALSTATUS[1:]:
        system.set_status(ALERT, status)
    found = await gemeente.read()
    assert len(found) == 5
    assert found == [found[0]] * 5


async def test_that_it_was_not_picked_up_keeps_the_day_on_which_it_was_first_read(
    system: VroegsignaleringSystem, gemeente: Gemeente
) -> None:
    gemeente.acts = ALL
    system.set_status(ALERT, SIGNAALSTATUS[5])
    first = await gemeente.read()
    system.say_anew()
    assert await gemeente.read("2024-04-01") == first
    system.set_status(ALERT, SIGNAALSTATUS[0])
    (taken_back,) = await gemeente.read("2024-04-02")
    assert isinstance(taken_back, Record)
    assert (taken_back.drafts, gemeente.on_shelf()) == ((), {})


async def test_what_was_picked_up_by_mistake_is_said_no_more(
    system: VroegsignaleringSystem, gemeente: Gemeente
) -> None:
    system.pick_up(ALERT)
    system.put_back(ALERT)
    first, second = await gemeente.read()
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.key, len(first.drafts)) == (second.key, 1)
    assert second.drafts == ()


async def test_a_case_of_several_signals_is_about_each_of_ours(
    system: VroegsignaleringSystem, gemeente: Gemeente
) -> None:
    others = [{"ID": it} for it in (OTHER, "VS-2025-0001", ALERT, ALERT)]
    system.pick_up(ALERT, vroegsignalen=others)
    system.set_status("VS-2025-0002", SIGNAALSTATUS[1])
    found = await gemeente.read()
    assert [it.key for it in found if isinstance(it, Record)] == [
        f"picked-up/{ALERT}",
        f"picked-up/{OTHER}",
    ]
    assert "VS-2025" not in repr(found) + repr(gemeente.on_shelf())


@pytest.mark.parametrize(
    ("kind", "thing", "why"),
    [
        pytest.param(
            "vroegsignalen", {"ID": ALERT, "status": "Klaar"}, "status", id="a new status"
        ),
        pytest.param(
            "vroegsignalen", {"ID": ALERT, "status": 3}, "status", id="a status in numbers"
        ),
        pytest.param(
            "vroegsignaalzaken",
            {"vroegsignalen": [{"ID": ALERT}], "datum_opgepakt": "10-01-2025"},
            "datum_opgepakt",
            id="a day in another form",
        ),
        pytest.param(
            "vroegsignaalzaken",
            {"vroegsignalen": [{"ID": ALERT}], "datum_opgepakt": "2024-03-11"},
            "future",
            id="a day that has not come",
        ),
        pytest.param(
            "vroegsignaalzaken", {"vroegsignalen": {"ID": ALERT}}, "names no", id="no list"
        ),
    ],
)
async def test_what_cannot_be_read_is_told_by_its_id_alone(
    system: VroegsignaleringSystem, gemeente: Gemeente, kind: str, thing: dict[str, Any], why: str
) -> None:
    system.say_what_nobody_expects(kind, thing | {"resultaat": "detentie"})
    system.pick_up(OTHER)
    unread, good = await gemeente.read()
    assert isinstance(unread, Unmapped)
    assert unread.raw == msgspec.json.encode({"ID": ALERT})
    assert why in unread.why
    assert isinstance(good, Record)


@pytest.mark.parametrize("thing", [7, None, [], "vroegsignaal", {"status": "Klaar"}, {"ID": 5}])
@pytest.mark.parametrize("kind", ["vroegsignalen", "vroegsignaalzaken"])
async def test_what_is_about_no_signal_of_ours_is_passed_over(
    system: VroegsignaleringSystem, gemeente: Gemeente, kind: str, thing: Any
) -> None:
    system.say_what_nobody_expects(kind, thing)
    assert await gemeente.read() == []


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Misconfigured), (403, Misconfigured), (404, Misconfigured)]
    + [(it, Unavailable) for it in (429, 500, 503)],
)
async def test_a_system_that_does_not_answer_is_asked_again(
    system: VroegsignaleringSystem, gemeente: Gemeente, status: int, error: type[Exception]
) -> None:
    system.fails_with = status
    with pytest.raises(error):
        await gemeente.read()
    system.fails_with = None
    system.pick_up(ALERT)
    assert len(await gemeente.read()) == 1
