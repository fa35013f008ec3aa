"""Draws what `seintje status` shows: the processes above, subjects in as many columns as fit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hub.cli.finding import Severity
from hub.cli.screen import Language
from hub.cli.status_picture import Picture, Process, Row
from hub.domain.time import AMSTERDAM

_STYLES: Final = {
    Severity.GOOD: "",
    Severity.LOOK: "yellow",
    Severity.UNKNOWN: "yellow",
    Severity.WRONG: "bold red",
}
# Without colours too: what is not good has a mark.
_MARKS: Final = {Severity.GOOD: " ", Severity.LOOK: "!", Severity.UNKNOWN: "?", Severity.WRONG: "✗"}
_STATES: Final = {
    "nl": {"ready": "klaar", "not-ready": "niet klaar", "stalled": "staat stil", "away": "weg"},
    "en": {"ready": "ready", "not-ready": "not ready", "stalled": "stands still", "away": "away"},
}
_END: Final = {"nl": "q stopt", "en": "q ends"}
_COLUMN_WIDTH: Final = 44


def draw(
    picture: Picture, language: Language, width: int, height: int | None = None
) -> RenderableType:
    """A picture for a terminal of this width. `height` is that of one where it is drawn again and
    again, and what is below its edge cannot be seen."""
    columns = max(1, min(3, width // _COLUMN_WIDTH))
    subjects = [(it, list(rows)) for it, rows in groupby(picture.rows, _subject)]
    if height is not None and _lines_of(picture, subjects, columns) > height:
        subjects.sort(key=lambda it: all(row.how is Severity.GOOD for row in it[1]))
    panels = [_panel(*it) for it in subjects]
    grid = Table.grid(padding=(0, 1), expand=True)
    for _ in range(columns):
        grid.add_column(ratio=1)
    grid.add_row(*(Group(*part) for part in _dealt(panels, columns)))
    return Group(_head(picture, language, is_live=height is not None), grid)


def _lines_of(picture: Picture, subjects: Sequence[tuple[str, Sequence[Row]]], columns: int) -> int:
    """About how many lines it takes: subjects are dealt to columns so that these are alike."""
    return len(picture.processes) + 3 + sum(len(rows) + 2 for _, rows in subjects) // columns


def _subject(row: Row) -> str:
    return row.subject


def _head(picture: Picture, language: Language, *, is_live: bool) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for _ in range(4):
        table.add_column(overflow="fold")
    for it in picture.processes:
        table.add_row(*_cells(it, language))
    end = f" · {_END[language]}" if is_live else ""
    now = datetime.fromtimestamp(picture.at / 1000, AMSTERDAM)
    title = f"Seintje · {now:%H:%M:%S}{end}"
    return Panel(table, title=title, title_align="left", box=box.SIMPLE, padding=(0, 0))


def _cells(process: Process, language: Language) -> tuple[Text, ...]:
    mark = "✓" if process.how is Severity.GOOD else _MARKS[process.how]
    state = _STATES[language][process.state]
    told = f"{state}: {'; '.join(process.reasons)}" if process.reasons else state
    style = _STYLES[process.how] or "green"
    of_what = " ".join(it for it in (process.role, process.version) if it)
    return Text(mark, style), Text(process.url), Text(of_what, "dim"), Text(told, style)


def _panel(subject: str, rows: Sequence[Row]) -> tuple[int, RenderableType]:
    """How high it is, and what it shows."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=1)
    table.add_column(ratio=1, overflow="ellipsis", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for it in rows:
        style = _STYLES[it.how]
        table.add_row(Text(_MARKS[it.how], style), Text(it.name, style), Text(it.shown, style))
    return len(rows) + 2, Panel(table, title=subject, title_align="left", box=box.ROUNDED)


def _dealt(
    panels: Sequence[tuple[int, RenderableType]], columns: int
) -> Sequence[Sequence[RenderableType]]:
    """Panels in columns, in their order, each to the one that is the shortest until then."""
    heights, dealt = [0] * columns, [list[RenderableType]() for _ in range(columns)]
    for height, panel in panels:
        shortest = heights.index(min(heights))
        heights[shortest] += height
        dealt[shortest].append(panel)
    return dealt
