"""A zaak says all that the thing says: what the mapping makes of it is the fact itself."""

from __future__ import annotations

import pytest

from connectors.gemeente.zgw_facts import mapped
from connectors.gemeente.zgw_mapping import read_mapping
from connectors.gemeente.zgw_shapes import Status, Whole
from connectors.gemeente.zgw_shapes import Zaak as TheirZaak
from hub.domain.marked import Node
from hub.domain.time import parse_instant
from hub.simulation.event import Event
from hub.wire.yaml import parse
from tests.region import zaken
from tests.region.facts import fact_of
from tests.region.life import Size, the_life
from tests.region.region import KNOWN
from tests.region.zaken import SORTS, is_a_zaak, zaak_of

LATE = parse_instant("2030-01-01T00:00:00Z")
PARTIES = ("gemeente-weert", "begeleider-onderdak")
SAID = the_life(Size(150, 12, 3), KNOWN).said
EVENTS = [it.now for it in SAID if it.now is not None and it.voice.party in PARTIES]


@pytest.mark.parametrize("kind", sorted({*SORTS, zaken.CONTACT_TYPE}))
def test_what_a_mapping_makes_of_a_zaak_is_what_the_thing_says(kind: str) -> None:
    events = [event for event in EVENTS if event.type == kind and is_a_zaak(event)]
    assert events, "the life has none"
    tree = parse(zaken.mapping().decode())
    assert isinstance(tree, Node)
    rules, reader = read_mapping(tree)
    assert not reader.problems
    for event in events:
        zaak = zaak_of(event)
        found = mapped(_whole(event), rules[zaak.zaaktype], event.voice.party, LATE)
        assert not found.wrong
        [draft] = found.drafts
        assert fact_of(event, draft.type, draft.data) == fact_of(event)


def _whole(event: Event) -> Whole:
    zaak = zaak_of(event)
    statussen = tuple((name, Status("u/1", "t/1", at)) for name, at in zaak.statussen)
    theirs = TheirZaak("u", "t", zaak.startdatum, zaak.identificatie)
    return Whole(theirs, "1", statussen, eigenschappen=zaak.eigenschappen)
