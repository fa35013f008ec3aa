"""docs/metrics.md says what the code does: every family of the catalogue, and every label."""

from __future__ import annotations

import re
from typing import Final

from docs.metrics_page import PAGE, filled
from hub.settings import Settings
from hub.telemetry.catalogue import FAMILIES, OF_LIBRARY
from tests.house.sources import ROOT

TEXT: Final = PAGE.read_text("utf-8")
ENDS: Final = re.compile(r"_(total|bucket|sum|count)$")


def test_the_tables_are_those_of_the_catalogue() -> None:
    assert filled(TEXT) == TEXT, "run: python -m docs.generate"


def test_no_page_names_a_metric_that_is_in_no_catalogue() -> None:
    names = FAMILIES.keys() | OF_LIBRARY | {Settings().console_party_claim}
    unknown = {
        (page.name, name)
        for page in (ROOT / "docs").rglob("*.md")
        if page.parent.name != "adr"
        for name in re.findall(r"`((?:seintje|process)_[a-z_]+)[`{]", page.read_text("utf-8"))
        if ENDS.sub("", name) not in names and name not in names
    }
    assert unknown == set()
