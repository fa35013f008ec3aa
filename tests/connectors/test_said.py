"""What is said of a record: each thing once, corrected when it changes, taken back when it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.said import Slot, Told, Voice, after_refusal
from connectors.seam import Draft, Record
from hub.domain.time import parse_instant

NOW: Final = parse_instant("2024-03-01T12:00:00Z")
VOICE: Final = Voice("urn:nld:kvknr:90000001:systeem:primair", "reports")
Event = Mapping[str, Any]


def damage(cause: str = "resident", part: str = "", gemeente: str = "0988", **more: Any) -> Draft:
    return Draft("damage-reported", {"gemeente": gemeente, "cause": cause}, part, **more)


def record(*drafts: Draft) -> Record:
    return Record("R1", drafts, "/reports/R1")


class Story:
    """What was said of one record over time, and what of it the hub refused."""

    def __init__(self) -> None:
        self.told: dict[Slot, Told] = {}
        self.events: list[Event] = []

    def says(self, *drafts: Draft, refused: bool = False) -> list[Event]:
        before, found = dict(self.told), VOICE.changes(record(*drafts), self.told, NOW)
        for change in found:
            told = after_refusal(before.get(change.slot), change.told) if refused else change.told
            self.told[change.slot] = told
            before[change.slot] = change.told
        said = [change.event for change in found]
        self.events += [] if refused else said
        return said

    def in_force(self) -> list[Event]:
        gone = {
            it["id"]
            for event in self.events
            for name in ("replaces", "retracts")
            if (it := event["data"].get(name))
        }
        return [it for it in self.events if it["id"] not in gone and "retracts" not in it["data"]]


def test_the_same_record_again_says_nothing() -> None:
    story = Story()
    assert len(story.says(damage(), damage(part="b"))) == 2
    assert story.says(damage(part="b"), damage()) == []


def test_an_id_is_the_same_whenever_it_is_worked_out_and_shows_nothing() -> None:
    [first], [again] = Story().says(damage()), Story().says(damage())
    assert first == again
    assert "R1" not in first["id"]


def test_what_changed_is_said_anew_and_replaces_the_one_before() -> None:
    story = Story()
    [first] = story.says(damage())
    [second] = story.says(damage("wear"))
    assert second["data"]["replaces"] == {"source": first["source"], "id": first["id"]}
    [third] = story.says(damage())
    assert third["data"]["replaces"]["id"] == second["id"]
    assert len({first["id"], second["id"], third["id"]}) == 3


def test_what_is_gone_is_retracted_once_and_may_come_back() -> None:
    story = Story()
    [first] = story.says(damage())
    [gone] = story.says()
    assert gone["type"] == "nl.seintje.fact-retracted.v1"
    assert gone["data"]["retracts"]["id"] == first["id"]
    assert story.says() == []
    [back] = story.says(damage())
    assert "replaces" not in back["data"]
    assert back["id"] != first["id"]


def test_in_another_gemeente_it_is_taken_back_here_and_new_there() -> None:
    story = Story()
    story.says(damage())
    gone, new = story.says(damage(gemeente="0957"))
    assert (gone["data"]["gemeente"], new["data"]["gemeente"]) == ("0988", "0957")
    assert "replaces" not in new["data"]


def test_what_the_hub_refused_is_not_said_again_until_it_is_something_else() -> None:
    story = Story()
    [first] = story.says(damage(), refused=True)
    assert story.says(damage()) == []
    [second] = story.says(damage("wear"))
    assert second["id"] == first["id"]  # the hub did not keep that name
    assert "replaces" not in second["data"]


def test_a_refused_correction_leaves_what_stood_before_to_be_corrected() -> None:
    story = Story()
    [first] = story.says(damage())
    story.says(damage("wear"), refused=True)
    [third] = story.says(damage("unknown"))
    assert third["data"]["replaces"]["id"] == first["id"]


def test_a_refused_retraction_is_not_tried_for_ever() -> None:
    story = Story()
    story.says(damage())
    assert len(story.says(refused=True)) == 1
    assert story.says() == []


def test_a_name_of_the_other_side_is_kept_and_never_corrected() -> None:
    story = Story()
    own = ("urn:nld:oin:00000099000000988000:systeem:zaken", "e-1")
    [first] = story.says(damage(own=own))
    assert (first["source"], first["id"]) == own
    assert story.says() == []


@pytest.mark.parametrize("first_listed", [True, False])
def test_what_a_fact_concerns_is_named_by_its_id_now(first_listed: bool) -> None:
    repaired = Draft("damage-repaired", {"gemeente": "0988"}, concerns=("damage-reported", ""))
    drafts = (damage(), repaired) if first_listed else (repaired, damage())
    [reported, closed] = Story().says(*drafts)
    assert closed["data"]["concerns"] == {"source": reported["source"], "id": reported["id"]}


def test_a_correction_of_what_it_concerns_changes_nothing_in_it() -> None:
    story, closes = Story(), Draft("damage-repaired", {}, concerns=("damage-reported", ""))
    story.says(damage(), closes)
    [only] = story.says(damage("wear"), closes)
    assert only["type"] == "nl.seintje.damage-reported.v1"


_DRAFTS = st.lists(
    st.builds(
        damage,
        st.sampled_from(["resident", "wear", "unknown"]),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["0988", "0957"]),
    ),
    max_size=3,
    unique_by=lambda it: it.part,
)


@given(st.lists(st.tuples(_DRAFTS, st.integers(1, 2)), max_size=8))
def test_in_the_end_the_hub_holds_what_the_record_says(
    versions: Sequence[tuple[list[Draft], int]],
) -> None:
    story = Story()
    for drafts, times in versions:
        for _ in range(times):
            story.says(*drafts)
    last = versions[-1][0] if versions else []
    held = [{k: v for k, v in it["data"].items() if k != "replaces"} for it in story.in_force()]
    assert sorted(map(str, held)) == sorted(str(dict(it.data)) for it in last)
    assert len({it["id"] for it in story.events}) == len(story.events)


def test_what_is_of_a_region_is_taken_back_in_its_region() -> None:
    story = Story()
    [first] = story.says(Draft("dwelling-released", _of_region("limburg-midden")))
    [gone] = story.says()
    assert gone["data"]["retracts"] == {"source": first["source"], "id": first["id"]}
    assert gone["data"] | _of_region("limburg-midden") == gone["data"]


def test_what_comes_to_another_region_is_taken_back_and_said_anew() -> None:
    story = Story()
    story.says(Draft("dwelling-released", _of_region("limburg-midden")))
    retracted, said = story.says(Draft("dwelling-released", _of_region("limburg-noord")))
    assert retracted["data"]["region"] == "limburg-midden"
    assert "replaces" not in said["data"]


def _of_region(region: str) -> dict[str, str]:
    return {"gemeente": "0988", "region": region}
