"""The state of a shard on Kafka: tables in memory, and how a change stands in the change log.

The change log is the record. One record a changed key, None erases it, so that compaction leaves
what is, and what was erased is gone. The first byte of a key says what it is: an entry of a table,
the place in the input up to which the state was made, a barrier, or that an import is going on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hub.errors import Bug, Misconfigured
from hub.streams.kafka.table import KeyedTable
from hub.streams.seam import Table

CURSOR: Final = b"\x00cursor"
BARRIER: Final = b"\x00barrier"
IMPORTING: Final = b"\x00importing"  # has a value until the whole of a hub was put in
_ENTRY: Final = 1
CURSOR_VERSION: Final = 1


class KafkaState:
    """The tables of one partition, and the input offset that goes with them."""

    def __init__(self) -> None:
        self._tables: dict[Table, KeyedTable] = {}
        self.cursor: int | None = None  # the next input offset to read; None: nothing was read yet
        self.next_offset = 0  # of the change log: what stands before it is in here
        self.is_half = False  # an import into it was not finished
        # of the change log: read or written since it was first read, so a restore reads no more
        self.logged = 0

    def get(self, table: Table, key: bytes) -> bytes | None:
        found = self._tables.get(table)
        return None if found is None else found.values.get(key)

    def scan(self, table: Table, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        found = self._tables.get(table)
        return iter(()) if found is None else found.scan(prefix)

    def apply(self, changes: Iterable[tuple[tuple[Table, bytes], bytes | None]]) -> None:
        for (table, key), value in changes:
            found = self._tables.get(table)
            if found is None:
                found = self._tables[table] = KeyedTable()
            found.put(key, value)

    def restore(self, records: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take in records of the change log, in order."""
        tables = self._tables
        for key, value in records:
            if key[0] == _ENTRY:
                size = key[1]
                name = key[2 : 2 + size].decode()
                table = tables.get(name)
                if table is None:
                    table = tables[name] = KeyedTable()
                table.put(key[2 + size :], value)
            elif key == CURSOR:
                self.cursor = None if value is None else _cursor_in(value)
            elif key == IMPORTING:
                self.is_half = value is not None
            elif key != BARRIER:
                told = "a newer release wrote this change log; run that release"
                raise Misconfigured("change log", told)

    def entries(self) -> int:
        """How many keys there are."""
        return sum(len(table.values) for table in self._tables.values())

    def size_bytes(self) -> int:
        """How long keys and values are together."""
        return sum(table.size_bytes for table in self._tables.values())


class KeyNames:
    """The key of a change in the change log: which table, and its key there."""

    def __init__(self) -> None:
        self._heads: dict[Table, bytes] = {}

    def __call__(self, table: Table, key: bytes) -> bytes:
        head = self._heads.get(table)
        if head is None:
            name = table.encode()
            head = self._heads[table] = bytes([_ENTRY, len(name)]) + name
        return head + key


def cursor_value(offset: int) -> bytes:
    return bytes([CURSOR_VERSION]) + offset.to_bytes(8, "big")


def _cursor_in(value: bytes) -> int:
    if value[0] > CURSOR_VERSION:
        raise Misconfigured("change log", "a newer release wrote it; run that release")
    if len(value) != 9:
        raise Bug("a cursor of another length in the change log")
    return int.from_bytes(value[1:], "big")
