"""The settings of files: what goes together, and what `check` says about the folders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.corporatie.files import FilesSettings, build
from connectors.seam import Connector, Site
from connectors.settings import read
from hub.errors import Misconfigured
from tests.connectors.doubles import MemoryShelf, NoGraves, NoInbox
from tests.connectors.files.stage import FOLDERS, MAPPING, NOW, export

COMMON = {
    "hub": {"address": "https://hub.example.nl", "keyFile": "hub.key"},
    "party": "corporatie-maas",
    "source": "urn:nld:kvknr:90000001:systeem:primair",
}
OWN: dict[str, Any] = {
    "folders": {"drop": "in", "done": "done", "rejected": "rejected", "alerts": "out"},
    "read": [{"name": "betalingen", "files": "betalingen*.csv", "mapping": "m.yaml"}],
}


async def nobody(handle: str) -> None:
    return None


def built(folder: Path, mapping: dict[str, Any] | None = None, **changes: Any) -> Connector:
    """The connector of a settings file; folders and a mapping are there."""
    for name in FOLDERS:
        (folder / name).mkdir(exist_ok=True)
    (folder / "hub.key").write_text("sk_x")
    (folder / "m.yaml").write_text(yaml.safe_dump(mapping or MAPPING))
    own = {name: it for name, it in {**OWN, **changes}.items() if it is not None}
    (folder / "files.yaml").write_text(yaml.safe_dump(COMMON | {"files": own}))
    return built_from(folder / "files.yaml")


def built_from(file: Path) -> Connector:
    settings = read(file, "files", FilesSettings)
    site = Site(
        party=settings.common.party,
        source=settings.common.source,
        shelf=MemoryShelf(),
        inbox=NoInbox(),
        graves=NoGraves(),
        household=nobody,
        say=lambda event, **told: None,
        now=lambda: NOW,
    )
    return build(settings.own, site)


@asynccontextmanager
async def opened(connector: Connector) -> AsyncIterator[Connector]:
    yield connector
    if connector.close is not None:
        await connector.close()


def test_each_kind_of_files_is_a_source_and_alerts_have_a_sink(tmp_path: Path) -> None:
    more = [*OWN["read"], {"name": "feiten", "files": "*.jsonl"}]
    connector = built(tmp_path, read=more, acts={})
    assert [it.name for it in connector.sources] == ["betalingen", "feiten", "acts"]
    assert [it.name for it in connector.sinks] == ["alerts"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"folders": None}, "either `folders` or `sftp`", id="nowhere"),
        pytest.param({"folders": {"drop": "in", "done": "in"}}, "other folders", id="in itself"),
        pytest.param({"read": []}, "which files", id="nothing to read"),
        pytest.param({"read": OWN["read"] * 2}, "of its own", id="one name twice"),
        pytest.param(
            {"read": [{"name": "acts", "files": "*"}], "acts": {}}, "of its own", id="taken"
        ),
        pytest.param(
            {"read": [{"name": "x", "files": "*", "full": True}]}, "mapping", id="full events"
        ),
        pytest.param(
            {"read": [{"name": "x", "files": "*", "mapping": "no.yaml"}]}, "no.yaml", id="no file"
        ),
        pytest.param(
            {"folders": {"drop": "in"}, "acts": {}}, "a folder `alerts`", id="answers to nothing"
        ),
        pytest.param({"format": "xlsx"}, "xlsx", id="another format"),
        pytest.param(
            {"read": [{"name": "x", "files": "*", "end": {"quietSeconds": -1}}]}, "quiet", id="less"
        ),
    ],
)
def test_settings_that_do_not_go_together_stop(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(Misconfigured, match=told):
        built(tmp_path, **changes)


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        pytest.param(MAPPING | {"constants": {}}, "needs `gemeente`", id="a field missing"),
        pytest.param(MAPPING | {"source": "urn:x"}, "its `source`", id="another source"),
        pytest.param(MAPPING | {"colums": {}}, "colums", id="no such key"),
    ],
)
def test_a_mapping_that_cannot_give_a_fact_stops(
    tmp_path: Path, mapping: dict[str, Any], told: str
) -> None:
    with pytest.raises(Misconfigured, match=told):
        built(tmp_path, mapping)


def test_the_party_of_the_settings_is_that_of_lease_numbers(tmp_path: Path) -> None:
    connector = built(tmp_path, {name: it for name, it in MAPPING.items() if name != "party"})
    assert connector.sources


async def test_a_check_names_files_that_nobody_reads(tmp_path: Path) -> None:
    read = [{**OWN["read"][0], "end": {"file": ".ok"}}]
    async with opened(built(tmp_path, read=read)) as connector:
        (tmp_path / "in" / "betalingen.csv").write_text(export(1))
        (tmp_path / "in" / "contracten.csv").write_text(export(1))
        (tmp_path / "in" / "contracten.csv.part").write_text("")
        (tmp_path / "in" / "betalingen.ok").write_text("")
        assert connector.check is not None
        assert [it.where for it in await connector.check()] == ["contracten.csv"]


async def test_a_check_names_a_folder_that_is_not_there(tmp_path: Path) -> None:
    async with opened(built(tmp_path)) as connector:
        (tmp_path / "done").rmdir()
        assert connector.check is not None
        with pytest.raises(Misconfigured, match="done: there is no such folder"):
            await connector.check()


async def test_a_file_is_of_the_first_pattern_that_fits_whatever_its_case(tmp_path: Path) -> None:
    more = [*OWN["read"], {"name": "rest", "files": "*.csv", "mapping": "m.yaml"}]
    at_once = [it | {"end": {"quietSeconds": 0}} for it in more]
    async with opened(built(tmp_path, read=at_once)) as connector:
        (tmp_path / "in" / "Betalingen.CSV").write_text(export(1))
        (tmp_path / "in" / "andere.csv").write_text(export(2))
        first, rest = [await source.read(None, NOW) for source in connector.sources]
        assert first.entries[0].where.startswith("Betalingen.CSV")
        assert rest.entries[0].where.startswith("andere.csv")


def test_what_was_left_to_edit_in_a_suggested_mapping_stops_at_once(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="EDIT still stands under `constants`, `gemeente`"):
        built(tmp_path, MAPPING | {"constants": {"gemeente": "EDIT"}})
    with pytest.raises(Misconfigured, match="EDIT still stands under `only`, `Doelgroep`"):
        built(tmp_path, MAPPING | {"only": {"Doelgroep": ["EDIT"]}})
