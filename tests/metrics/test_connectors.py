"""Connectors make their metrics themselves; the catalogue has them all the same."""

from __future__ import annotations

from pathlib import Path

from connectors.kept import Kept
from connectors.metrics import Metrics, parts_of
from connectors.seam import Connector
from hub.domain.time import parse_instant
from hub.telemetry.family import Role
from tests.connectors.test_running import Restless, Script
from tests.metrics.shown import differences, known, promtool_says

NOW = parse_instant("2024-02-01T12:00:00Z")


def test_a_connector_shows_what_the_catalogue_says(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "state")
    try:
        metrics = Metrics(kept)
        connector = Connector(sources=(Script("a-source"),), errands=(Restless(),))
        metrics.start(connector)
        parts = parts_of(connector)
        for part in parts:
            metrics.worked(part, NOW)
            metrics.failed(part, "unavailable")
        metrics.read(parts[0], 3, 1)
        metrics.published("accepted")
        metrics.delivered(parts[0])
        text = metrics.exposition().decode()
    finally:
        kept.close()
    assert differences(Role.CONNECT, text, known(parts=parts)) == []
    assert promtool_says(text) == ""
