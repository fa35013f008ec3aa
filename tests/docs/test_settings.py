"""docs/settings.md says what the code does, and no variable is read that stands nowhere."""

from __future__ import annotations

import ast
import re
from typing import Final

from docs.settings_page import PAGE, filled
from hub.settings.setting import variable_of
from hub.settings.table import SETTINGS
from tests.house.sources import ROOT, sources

# Where the environment is taken in; everything below gets it handed in. The one who makes a backup
# hands his own to the process that does it.
READERS: Final = {"hub/cli/__init__.py", "hub/compose/worker.py", "hub/compose/backups.py"}


def test_the_tables_are_those_of_the_code() -> None:
    page = PAGE.read_text("utf-8")
    assert page == filled(page), "run: python -m docs.generate"


def test_nothing_else_reads_the_environment() -> None:
    found = {
        source.path
        for source in sources("hub", "connectors")
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb"))
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert found == READERS


def test_other_variables_that_are_read_stand_in_the_page() -> None:
    from hub.cli.app import _LOCALES

    page = PAGE.read_text("utf-8")
    assert [it for it in _LOCALES if f"`{it}`" not in page] == []


def test_no_page_names_a_setting_that_there_is_not() -> None:
    known = set(map(variable_of, SETTINGS)) | {"SEINTJE_JARS", "SEINTJE_CHROMIUM"}
    known |= {"SEINTJE_PICTURES"}  # of tests
    pages = [*ROOT.glob("docs/**/*.md"), ROOT / "README.md"]
    named = {
        (page.name, it)
        for page in pages
        for it in re.findall(r"\bSEINTJE_[A-Z][A-Z_]*[A-Z]\b", page.read_text("utf-8"))
    }
    assert {it for it in named if it[1] not in known and it[1] != "SEINTJE_KAFKA"} == set()
