"""The page about the CloudEvents connector: its examples are read, and shown as they are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.bearer import OAuth
from connectors.gemeente.cloudevents import CloudEventsSettings, build
from connectors.gemeente.cloudevents_mapping import EventMappings
from connectors.gemeente.cloudevents_settings import Receive, Send
from connectors.gemeente.cloudevents_source import entries_of
from connectors.seam import Record
from connectors.settings import read
from hub.wire.shapes import SHAPES
from tests.connectors.cloudevents.stage import SOURCE, stage
from tests.house.sources import ROOT

DOCS = ROOT / "docs" / "connectors"
PAGE = (DOCS / "cloudevents.md").read_text()
EXAMPLES = ("cloudevents.yaml", "cloudevents-events.yaml")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_shows_the_example_as_it_is(name: str) -> None:
    assert f"```yaml\n{(DOCS / 'examples' / name).read_text()}```" in PAGE


def test_the_settings_of_the_page_are_read_and_built(tmp_path: Path) -> None:
    for name in EXAMPLES:
        (tmp_path / name).write_text((DOCS / "examples" / name).read_text())
    for name in ("gemeente-weert.key", "ontvanger.secret", "deur.token"):
        (tmp_path / name).write_text("x" * 40)
    settings = read(tmp_path / "cloudevents.yaml", "cloudevents", CloudEventsSettings)
    with stage(tmp_path / "state") as standing:
        connector = build(settings.own, standing.site)
    assert connector.sources
    assert connector.sinks


@pytest.mark.parametrize("kind", [Send, Receive, OAuth])
def test_every_setting_is_on_the_page(kind: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(kind):
        assert re.search(rf"`{field.encode_name}`", PAGE), field.encode_name


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        (
            "nl.sociaal-domein.begeleiding-gewijzigd",
            {
                "dossier": {"nummer": "D-77"},
                "status": "lopend",
                "gestart": "2026-03-01",
                "uitvoerder": {"naam": "Voorbeeld"},
                "gepland": {"tot": "01-09-2026"},
            },
        ),
        ("nl.sociaal-domein.signaal", {"dossier": "D-77", "soort": "GELDZORGEN"}),
    ],
)
def test_what_the_mapping_of_the_page_makes_is_a_whole_fact(
    type_: str, data: dict[str, Any]
) -> None:
    mappings = EventMappings.parse((DOCS / "examples" / EXAMPLES[1]).read_bytes(), EXAMPLES[1])
    event = {"specversion": "1.0", "id": "e-1", "source": SOURCE, "type": type_, "data": data}
    raw = json.dumps(event | {"time": "2026-03-01T10:00:00Z"}).encode()
    (record,) = entries_of(raw, mappings, lambda *_: False)
    assert isinstance(record, Record)
    (draft,) = record.drafts
    msgspec.convert(draft.data, SHAPES[draft.type])
