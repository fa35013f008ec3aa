"""A row says all that the thing says: what the mapping makes of it is the fact itself."""

from __future__ import annotations

import csv
import io

import pytest

from hub.domain.facts import Fact
from hub.simulation.event import Event
from hub.wire.csv_mapping import CsvMapping
from tests.region.facts import fact_of
from tests.region.life import Known, Size, the_life
from tests.region.tables import COLUMNS, is_a_row, mapping_of, row_of, written

EVENTS = [
    it.now
    for it in the_life(Size(150, 6, 3), Known()).said
    if it.now is not None and is_a_row(it.now)
]


@pytest.mark.parametrize("kind", sorted(COLUMNS))
def test_what_a_mapping_makes_of_a_row_is_what_the_thing_says(kind: str) -> None:
    events = [event for event in EVENTS if event.type == kind]
    assert events, "the life has none"
    for event in events:
        assert _read_back(event) == fact_of(event)


def _read_back(event: Event) -> Fact:
    mapping = CsvMapping.parse(mapping_of(event.type, event.voice.party), "mapping.yaml")
    text = written([row_of(event)], event.type).decode()
    [row] = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    return fact_of(event, event.type, mapping.data_of(row))
