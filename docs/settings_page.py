"""The tables of docs/settings.md, out of the table of settings in the code.

`python -m docs.generate` writes them anew, between the markers that stand in the page. A test keeps
the page equal to what this makes of the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from docs.marked import between
from hub.settings.setting import Setting, variable_of
from hub.settings.table import SUBJECTS
from hub.settings.words import default_of, defaults, roles_of

PAGE: Final = Path(__file__).with_name("settings.md")
_HEADER: Final = ("setting", "value", "without it", "read by", "what it is for")


def filled(page: str) -> str:
    """The page with what follows from the code as it should be."""
    return between(page, "settings", "".join(_tables()))


def _tables() -> Iterator[str]:
    for subject, rows in SUBJECTS.items():
        yield f"\n## {subject}\n\n"
        for cells in (_HEADER, tuple("---" for _ in _HEADER), *_cells(rows)):
            yield f"| {' | '.join(cells)} |\n"
    yield "\n"


def _cells(rows: Mapping[str, Setting]) -> Iterator[tuple[str, ...]]:
    known = defaults()
    for field, row in rows.items():
        default = default_of(field, known[field])
        shown = f"`{default}`" if known[field] not in (None, ()) else default
        yield f"`{variable_of(field)}`", row.kind.expected, shown, roles_of(field), row.told
