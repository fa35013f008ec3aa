"""docs/logs.md and docs/traces.md list what the code may tell, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.telemetry_page import LOGS, PAGES, TRACES, filled

SETTINGS = {
    LOGS: ("SEINTJE_LOG_LEVEL",),
    TRACES: ("SEINTJE_OTLP_URL", "SEINTJE_OTLP_HEADERS_FILE", "SEINTJE_TRACES_SHARE"),
}


@pytest.mark.parametrize("page", PAGES, ids=lambda it: it.stem)
def test_the_table_is_that_of_the_code(page: Path) -> None:
    assert page.read_text("utf-8") == filled(page), "run: python -m docs.generate"


@pytest.mark.parametrize("page", PAGES, ids=lambda it: it.stem)
def test_every_setting_stands_in_its_page(page: Path) -> None:
    text = page.read_text("utf-8")
    assert [it for it in SETTINGS[page] if f"`{it}`" not in text] == []
