"""An event of a gemeente says all that the thing says, and that it is gone when it is."""

from __future__ import annotations

import msgspec

from connectors.gemeente.cloudevents_mapping import EventMappings
from connectors.gemeente.cloudevents_source import entries_of
from connectors.seam import Draft, Record
from hub.domain.facts import Fact
from hub.simulation.event import Event
from tests.region.events import event_of, is_own, mapping
from tests.region.facts import fact_of
from tests.region.life import Known, Said, Size, the_life

PARTY = "gemeente-roermond"
SAID = [it for it in the_life(Size(150, 6, 3), Known()).said if it.voice.party == PARTY]
MAPPINGS = EventMappings.parse(mapping("0957", PARTY), "events.yaml")


def test_what_the_mapping_makes_of_an_event_is_what_the_thing_says() -> None:
    own = [it for it in SAID if it.now is not None and is_own(it.now)]
    assert len(own) > 300
    for said in own:
        assert said.now is not None
        [draft] = _drafts(said, None)
        assert fact_of(said.now, draft.type, draft.data) == fact_of(said.now)


def test_of_a_thing_that_was_removed_nothing_is_said() -> None:
    last: dict[str, Event] = {}
    removed = 0
    for said in SAID:
        before = last.get(said.thing)
        if said.now is None and before is not None and is_own(before):
            assert _drafts(said, before) == ()
            removed += 1
        elif said.now is not None:
            last[said.thing] = said.now
    assert removed > 5


def test_what_has_no_type_of_its_own_goes_as_the_fact_it_is() -> None:
    others = [it for it in SAID if it.now is not None and not is_own(it.now)]
    assert others
    for said in others:
        [draft] = _drafts(said, None)
        assert draft.own == (said.voice.source, said.fact.id)


def _drafts(said: Said, before: Event | None) -> tuple[Draft, ...]:
    raw = msgspec.json.encode(event_of(said, before))
    [entry] = entries_of(raw, MAPPINGS, lambda key, time: False)
    assert isinstance(entry, Record), entry
    return entry.drafts


def test_the_life_has_facts() -> None:
    assert all(isinstance(fact_of(it.now), Fact) for it in SAID if it.now is not None)
