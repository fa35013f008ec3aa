"""The table of docs/upgrading.md: the number of every form in which a hub keeps something.

`python -m docs.generate` writes it anew, between the markers that stand in the page. A test keeps
the page equal to what this makes of the code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from docs.marked import between
from hub.key_text import VERSION as KEY
from hub.reading.model import VERSION as READING
from hub.streams.export_file import FORMAT as EXPORT
from hub.streams.kafka.state import CURSOR_VERSION
from hub.streams.sqlite.schema import MIGRATIONS
from hub.wire.state import VERSION as STATE

PAGE: Final = Path(__file__).with_name("upgrading.md")

FORMS: Final = (
    ("tables of the database", "`user_version` of `seintje.db`", len(MIGRATIONS)),
    ("tables of the read model", "table `read_version`", READING),
    ("values of the state, in the database and in change logs", "their first byte", STATE),
    ("cursors in change logs", "their first byte", CURSOR_VERSION),
    ("exports", "their first line", EXPORT),
    ("key files", "their first line", KEY),
)


def filled(page: str) -> str:
    """The page with the table as it should be."""
    head = "| what | its number stands in | today |\n| --- | --- | --- |\n"
    rows = "".join(f"| {what} | {where} | {number} |\n" for what, where, number in FORMS)
    return between(page, "forms", head + rows)
