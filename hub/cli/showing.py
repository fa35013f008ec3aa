"""Rows as a table on a terminal, and as JSON everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.cli.screen import Screen


def show(screen: Screen, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    """Several; a table has these columns of them."""
    if not screen.shows_tables:
        screen.rows(rows)
        return
    screen.table(columns, [[_cell(row[name]) for name in columns] for row in rows])


def show_whole(screen: Screen, row: Mapping[str, Any]) -> None:
    """One, with all that there is of it."""
    if not screen.shows_tables:
        screen.rows([row])
        return
    screen.table(("", ""), [(name, _cell(value)) for name, value in row.items()])


def _cell(value: object) -> str:
    import msgspec

    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(it, str) for it in value):
        return ", ".join(value)
    return msgspec.json.encode(value).decode()
