"""Dead letters of a connector: what could not be read, said or delivered, until it can.

Kept whole, but for the digits of a BSN: those are kept nowhere, and the thing itself is still at
the other side.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from msgspec import Struct

from connectors.kept_file import KeptFile
from connectors.seam import Unmapped
from hub.domain.time import Instant
from hub.wire.dead_letters import without_bsn

_MOST_OF_A_PLACE: Final = 100

DEAD: Final = (
    # `refused`: by the hub; the rest could not be read, or not be delivered.
    "CREATE TABLE dead (seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT, place TEXT, why TEXT,"
    " refused INTEGER, digest BLOB, raw BLOB, at INTEGER, UNIQUE (source, place, digest))"
)


class DeadLetter(Struct, frozen=True):
    """What could not be read, said or delivered: where it is, why, and its bytes."""

    source: str
    where: str
    why: str
    raw: bytes
    at: Instant


class Graveyard:
    """Dead letters in the kept file; whoever calls has a transaction."""

    def __init__(self, file: KeptFile) -> None:
        self._file = file

    def bury(self, source: str, it: Unmapped, now: Instant, *, refused: bool = False) -> None:
        """Keep it; the same one once."""
        digest = blake2b(it.raw, digest_size=16).digest()
        self._file.execute(
            "INSERT INTO dead (source, place, why, refused, digest, raw, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET why = excluded.why",
            *(source, it.where, it.why, refused, digest, without_bsn(it.raw), now),
        )
        # A thing that looks different each time it is read would fill the disk.
        self._file.execute(
            "DELETE FROM dead WHERE source = ? AND place = ? AND seq <= (SELECT seq FROM dead"
            " WHERE source = ? AND place = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)",
            *(source, it.where, source, it.where, _MOST_OF_A_PLACE),
        )

    def unbury(self, source: str, where: str, *, refused: bool = False) -> None:
        """What could not be read or delivered there is in order; with `refused` also what the hub
        did not take."""
        self._file.execute(
            "DELETE FROM dead WHERE source = ? AND place = ? AND refused <= ?",
            source,
            where,
            refused,
        )

    def dismiss(self, where: str) -> int:
        """All that is there, whosever it is."""
        return self._file.execute("DELETE FROM dead WHERE place = ?", where)

    def letters(self) -> list[DeadLetter]:
        rows = self._file.rows("SELECT source, place, why, raw, at FROM dead ORDER BY seq")
        return [DeadLetter(*row) for row in rows]

    def count(self) -> int:
        return int(self._file.one("SELECT count(*) FROM dead"))
