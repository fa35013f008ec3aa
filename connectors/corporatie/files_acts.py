"""What a party does with an alert, out of a file that it drops back: the file that it got, with a
column filled in, or lines of JSON. A row becomes an act (`alert-acknowledged`, `approach-agreed`,
`alert-closed`); one in which nothing was filled in is left out.

Words are those of case workers, in Dutch, or the codes of docs/facts.md. An act is said once,
however many files it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from connectors.corporatie.files_forms import sound_rows, whole_lines
from connectors.corporatie.files_pages import (
    Coded,
    NoForm,
    Opened,
    Spot,
    codec_of,
    decoded,
    encoded,
    is_text,
    kept,
)
from connectors.corporatie.files_words import APPROACHES, OUTCOMES
from connectors.seam import Draft, Entry, Record, Shelf, Unmapped
from hub.domain.time import Instant, format_instant
from hub.wire import csv_cells, csv_rows
from hub.wire.csv_rows import NoTable, Raw, Table
from hub.wire.fields import flaws_of

Row: TypeAlias = Mapping[str, str]

_SEEN: Final = frozenset({"gezien", "gelezen", "acknowledged", "alert-acknowledged", "ja", "x"})
_AGREED: Final = frozenset({"aanpak", "afgesproken", "approach", "approach-agreed"})
_CLOSED: Final = frozenset({"gesloten", "afgesloten", "closed", "alert-closed"})
_FIELDS: Final[Mapping[str, str]] = {
    "seintje": "alertId", "alertid": "alertId", "alert": "alertId",
    "actie": "action", "action": "action",
    "aanpak": "approach", "approach": "approach",
    "opnieuw bekijken": "reviewOn", "reviewon": "reviewOn",
    "afloop": "outcome", "outcome": "outcome",
    "gedaan op": "occurredAt", "occurredat": "occurredAt",
}  # fmt: skip
_DATES: Final = ("%d-%m-%Y %H:%M", "%d-%m-%Y", "%Y-%m-%d", "%d/%m/%Y", "%d-%b-%y")
_NO_ACTION: Final = (
    "column Actie says something else than is known; write gezien, or aanpak (with Aanpak and"
    " Opnieuw bekijken), or gesloten (with Afloop)"
)


def told_name(alert_id: str) -> str:
    """Where the shelf says which gemeente or region an alert is of."""
    return f"files/alert/{alert_id}"


class ActsKind(Struct, frozen=True):
    """Files of acts. The shelf knows the alerts that were told, and when an act was read first."""

    shelf: Shelf

    def opened(self, head: bytes, changed: Instant) -> Opened | NoForm:
        coded = _coded(head)
        if head[coded[1] :].lstrip().startswith(b"{"):
            return Opened(_Acts(self.shelf, changed, coded[0], None), Spot(coded[1], 0))
        table = _table(decoded(head[coded[1] :], coded[0], is_end=False))
        if table is None:
            return NoForm("it has no columns Seintje and Actie; drop back the file that you got")
        offset = coded[1] + len(encoded(table.before, coded[0]))
        return Opened(_Acts(self.shelf, changed, coded[0], table), Spot(offset, table.lines))


class _Acts(Struct, frozen=True):
    shelf: Shelf
    changed: Instant
    codec: str
    table: Table | None

    def rows(self, text: str, *, is_end: bool) -> Iterator[Raw]:
        if self.table is None:
            return whole_lines(text, is_end=is_end)
        return sound_rows(text, self.table, is_end=is_end)

    def entry(self, row: Raw, where: str) -> Entry | None:
        found = self._row(row)
        if isinstance(found, str):
            return Unmapped(where, found, kept(row.text, self.codec))
        fields = {_FIELDS.get(name.lower()): csv_cells.plain(it) for name, it in found.items()}
        said = {name: it for name, it in fields.items() if name is not None and it}
        if not said.keys() & {"action", "approach", "outcome"}:
            return None
        draft = self._draft(said)
        if isinstance(draft, str):
            return Unmapped(where, draft, kept(row.text, self.codec))
        return Record(_key(draft), (draft,), where)

    def _row(self, row: Raw) -> Row | str:
        if self.table is not None:
            return self.table.row(row.cells) or {}
        if not row.text.strip():
            return {}
        try:
            found: Row = msgspec.json.decode(row.text, type=dict[str, str])
        except (ValueError, RecursionError):
            return 'a line is {"alertId": …, "action": …}; mend it and drop it again'
        return found

    def _draft(self, said: Row) -> Draft | str:
        """The act; or what is wrong with the row."""
        type_ = _type_of(said)
        if type_ is None:
            return _NO_ACTION
        alert_id = said.get("alertId", "")
        told = self.shelf.value(told_name(alert_id)) if len(alert_id) < 64 else None
        if told is None:
            return "column Seintje: none of that id was told here; write it as it stood in the file"
        data: dict[str, Any] = {**msgspec.json.decode(told), "alertId": alert_id}
        if type_ == "approach-agreed":
            data["action"] = _code(said.get("approach", ""), APPROACHES)
            data["reviewOn"] = csv_cells.day(said.get("reviewOn", ""), _DATES)
        if type_ == "alert-closed":
            data["outcome"] = _code(said.get("outcome", ""), OUTCOMES)
        data["occurredAt"] = self._at(said, type_, data)
        flaws = flaws_of(type_, data)
        if flaws:
            wrong = (
                f"{_COLUMN.get(it.path, it.path)}: {_WORDS.get(it.path, it.expected)}"
                for it in flaws
            )
            return f"{', and '.join(wrong)}; fill it in and drop the file again"
        return Draft(type_, data)

    def _at(self, said: Row, type_: str, data: Mapping[str, Any]) -> str:
        """When it was done: as the row says, or when the first file that said so was written."""
        if "occurredAt" in said:
            return csv_cells.instant(said["occurredAt"], _DATES)
        name = f"files/act/{_digest(type_, data)}"
        first = self.shelf.value(name)
        if first is None:
            first = format_instant(self.changed)
            self.shelf.keep(name, first)
        return first


_WORDS: Final[Mapping[str, str]] = {
    "data.action": f"one of {', '.join(APPROACHES)}",
    "data.outcome": f"one of {', '.join(OUTCOMES)}",
}
_COLUMN: Final[Mapping[str, str]] = {
    "data.alertId": "column Seintje",
    "data.action": "column Aanpak",
    "data.reviewOn": "column Opnieuw bekijken",
    "data.outcome": "column Afloop",
    "data.occurredAt": "column Gedaan op",
}


def _type_of(said: Row) -> str | None:
    action = said.get("action", "").lower()
    if action in _CLOSED or (not action and "outcome" in said):
        return "alert-closed"
    if action in _AGREED or (not action and "approach" in said):
        return "approach-agreed"
    return "alert-acknowledged" if action in _SEEN else None


def _code(word: str, words: Mapping[str, str]) -> str | None:
    """None for a slip of the pen: as a code of its own it would go to every party, who could make
    nothing of it."""
    found = words.get(" ".join(word.lower().split()), word)
    return found if found in words.values() else None


def _key(draft: Draft) -> str:
    return _digest(draft.type, draft.data)


def _digest(type_: str, data: Mapping[str, Any]) -> str:
    """What was done with which alert, whenever that was."""
    said = [type_, sorted((name, it) for name, it in data.items() if name != "occurredAt")]
    return blake2b(msgspec.json.encode(said), digest_size=16).hexdigest()


def _coded(head: bytes) -> Coded:
    """What it is in: a spreadsheet writes it back in whatever it likes."""
    coded = codec_of(head, "utf-8")
    if isinstance(coded, NoForm):
        coded = codec_of(head, "utf-16")
    assert not isinstance(coded, NoForm)  # a mark is of one of the two
    is_utf = coded[1] > 0 or is_text(decoded(head, coded[0], is_end=False))
    return coded if is_utf else ("cp1252", 0)


def _table(text: str) -> Table | None:
    """The header by its names, in any order and in Dutch or English."""
    for row in text.splitlines()[: csv_rows.HEAD_ROWS]:
        mark = csv_rows.likely_separator(row)
        names = csv_rows.names(row.replace('"', "").split(mark))
        known = {_FIELDS[it.lower()]: it for it in names if it.lower() in _FIELDS}
        if "alertId" in known and known.keys() & {"action", "approach", "outcome"}:
            found = csv_rows.table(text, list(known.values()), mark)
            return None if isinstance(found, NoTable) else found
    return None
