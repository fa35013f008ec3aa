"""What was done about a dead letter: redriven or dismissed, when and why; among the settings.

A letter without a mark is open. The key of a mark names the position of its letter and when that
was kept, so a mark is never taken for one of another letter: after an import positions may differ,
and those letters are open again. Marks leave when their letters have left.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.time import Instant
from hub.streams.loop import DEAD_LETTERS
from hub.streams.retention import RETENTION, keeps_from
from hub.streams.seam import Position

KIND: Final = "letter/"


class State(StrEnum):
    """What was done about a letter."""

    OPEN = "open"
    REDRIVEN = "redriven"
    DISMISSED = "dismissed"


class Mark(Struct, frozen=True, omit_defaults=True):
    """What was done, when, and why (a dismissal); `corrected`: another fact went in its place."""

    state: State
    at: Instant
    why: str = ""
    corrected: bool = False


encode: Final = msgspec.json.Encoder(order="deterministic").encode
decode: Final = msgspec.json.Decoder(Mark).decode


def key_of(position: Position, at: Instant) -> str:
    """The key of the mark of the letter at this position, that was kept at this instant."""
    return f"{KIND}{position}/{at}"


def outlived(keys: Iterable[str], now: Instant) -> Mapping[str, None]:
    """The marks whose letters are gone, to be taken away."""
    oldest = keeps_from(RETENTION[DEAD_LETTERS], now)
    return {key: None for key in keys if int(key.rpartition("/")[2]) < oldest}


def open_by_reason(connection: sqlite3.Connection) -> dict[str, int]:
    """How many letters are open, by reason; 0 for those of which none is."""
    rows = connection.execute(
        "SELECT reason, sum(NOT EXISTS (SELECT 1 FROM setting WHERE key = ?"
        " || it.position || '/' || it.at)) FROM read_dead_letter AS it GROUP BY reason",
        (KIND,),
    )
    return dict(rows.fetchall())
