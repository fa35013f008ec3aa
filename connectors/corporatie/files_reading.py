"""One kind of file that is dropped, as a source: which file is next, a page of it at a time, and
what is done with it at its end.

The cursor says where in which file reading is, so that it goes on in the middle after a crash; what
was read is remembered when the cursor comes back, and not before. A file that changes while it is
read is left and read anew when it is whole: to say the same row twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct, structs

from connectors.corporatie import files_whole as whole
from connectors.corporatie.files_ahead import AHEAD_BYTES, Ahead, Changed
from connectors.corporatie.files_cursor import At, Doing, Step, begun, called, export_of, stepped
from connectors.corporatie.files_drop import Drop, Gone, Seen, shown
from connectors.corporatie.files_memory import BLOCK, BUCKETS, Memory, chained
from connectors.corporatie.files_pages import Cut, Kind, NoForm, Opened, page
from connectors.corporatie.files_whole import Ending, Look, Order, Wholeness
from connectors.seam import Draft, Entry, Page, Record, Say, Unmapped
from hub.domain.time import BEGINNING, Instant, format_instant, local_date, start_of_day

# A page ends with the block in which it has so many rows, or after so many blocks with fewer: most
# rows may be of other tenants.
_ROWS_A_PAGE: Final = 300
_BLOCKS_A_PAGE: Final = 16
_STRANGE: Final = "no pattern under `read` fits its name; add one, or take the file away"
_WAITS: Final = "files wait until it is known that they are whole"
_TAKEN_AWAY: Final = "it was taken away while it was read; drop it again"


def _in_silence(event: str, **told: object) -> None:
    pass


class Places(Struct, frozen=True):
    """The folder where files are dropped, and where they go when they were read, or could not be.
    None: they stay."""

    drop: str
    done: str | None
    rejected: str | None


class Reading(Struct, frozen=True, kw_only=True):
    """What one source reads, and how. `is_mine`: whether a name is of its files; `is_strange`:
    whether it is of nobody's, and this source is the one to say so. `reading`: tells
    one way of reading from another, like a digest of the mapping. `completes`: the fact type of
    which a file says everything until the day on which it was written. `most_missing`: percent of
    the rows of a full export that may be missing in the next one; None: it is no full export.
    `only_looks`: everything stays where it is. `say`: to whoever runs it."""

    kind: Kind
    places: Places
    is_mine: Callable[[str], bool]
    ending: Ending
    is_strange: Callable[[str], bool] = lambda name: False
    order: Order = "time"
    encoding: str = "utf-8"
    reading: str = ""
    completes: str | None = None
    most_missing: int | None = None
    only_looks: bool = False
    say: Say = _in_silence


class FileSource:
    """The files of one pattern of names."""

    def __init__(self, name: str, drop: Drop, memory: Memory, reading: Reading) -> None:
        self.name = name
        self._drop, self._memory, self._reading = drop, memory, reading
        self._places = reading.places
        self._wholeness = Wholeness(drop, self._places.drop, reading.ending, reading.encoding)
        self._opened: tuple[Seen, Opened | NoForm] | None = None
        self._ahead = Ahead(drop, self._places.drop)

    async def read(self, cursor: str | None, now: Instant) -> Page:
        at = At(epoch=now) if cursor is None else msgspec.json.decode(cursor, type=At)
        if at.doing is None:
            at, told = await self._looked(at, now)
            if at.doing is None:
                return _page(told, at, is_last=True)
        assert at.doing is not None
        steps = {"compare": self._compare, "read": self._read, "missing": self._missing}
        try:
            if at.doing.step in steps:
                return await steps[at.doing.step](at, at.doing)
        except Changed:
            return _page([], structs.replace(at, doing=None))
        except Gone:
            letter = Unmapped(at.doing.file.shown, _TAKEN_AWAY, b"")
            return _page([letter], structs.replace(at, doing=None))
        return await self._end(at, at.doing, now)

    async def _looked(self, at: At, now: Instant) -> tuple[At, list[Entry]]:
        """The next file, if one can be taken; else what waits for too long."""
        reading, listed = self._reading, await self._drop.listed(self._places.drop)
        names = {it.name: it for it in listed}
        self._memory.forget_seen(names)
        fresh = [it for it in listed if reading.is_mine(it.name) and not self._is_seen(it, at)]
        strangers = [it for it in listed if reading.is_strange(it.name)]
        looks = {
            it.name: whole.looked(at.looks.get(it.name), it, now) for it in (*fresh, *strangers)
        }
        for file in whole.in_order(fresh, reading.order):
            look = looks[file.name]
            if reading.only_looks:
                look = structs.replace(look, since=BEGINNING)  # nobody waits for a check
            if await self._wholeness.is_whole(file, look, names, now):
                step: Step = "compare" if self._memory.knows_size(file.size) else "read"
                return At(epoch=at.epoch, looks=looks, doing=begun(file, step, now)), []
        self._say_what_waits(at, fresh)
        return self._overdue(at, looks, now)

    def _say_what_waits(self, at: At, fresh: Sequence[Seen]) -> None:
        """Whoever dropped a file and runs `once` would think that it was not found."""
        new = sum(it.name not in at.looks for it in fresh)
        if new and not self._reading.only_looks:
            self._reading.say(_WAITS, where=self.name, records=new)

    def _overdue(self, at: At, looks: dict[str, Look], now: Instant) -> tuple[At, list[Entry]]:
        """What waits for so long that people must know, and what no longer waits."""
        ending = self._reading.ending
        found: list[Entry] = [
            Record(f"file {name}", (), shown(name))
            for name, it in at.looks.items()
            if it.told and name not in looks
        ]
        for name, it in looks.items():
            if whole.is_overdue(it, ending, now):
                is_strange = self._reading.is_strange(name)
                why = _STRANGE if is_strange else whole.overdue_because(ending)
                found.append(Unmapped(shown(name), why, b""))
                looks[name] = structs.replace(it, told=True)
        return At(epoch=at.epoch, looks=looks), found

    def _is_seen(self, file: Seen, at: At) -> bool:
        return self._memory.is_seen(file, at.epoch, reading=self._reading.reading)

    async def _compare(self, at: At, doing: Doing) -> Page:
        """Whether it is one that was read before: a digest of a piece of it at a time."""
        raw = await self._ahead.piece(doing.file, doing.hashed, AHEAD_BYTES)
        digest = doing.digest
        for begin in range(0, len(raw), BLOCK):
            digest = chained(digest, raw[begin : begin + BLOCK])
        hashed = doing.hashed + len(raw)
        after = structs.replace(doing, hashed=hashed, digest=digest)
        if hashed >= doing.file.size:
            after = Doing(file=doing.file, step="read", written=doing.written)
            if self._memory.is_done(doing.file, digest, at.epoch):
                after = structs.replace(after, step="end", digest=digest, keeps_earlier=True)
                return _page(self._at_end(after), structs.replace(at, doing=after))
        return _page([], structs.replace(at, doing=after))

    async def _read(self, at: At, doing: Doing) -> Page:
        self._note(doing)
        opened = await self._open(doing)
        if isinstance(opened, NoForm):
            letter = Unmapped(doing.file.shown, opened.why, b"")
            return _page([letter], structs.replace(at, doing=stepped(doing, "reject")))
        if not doing.hashed:
            doing = structs.replace(doing, spot=opened.begin)
        doing = structs.replace(doing, began=doing.spot.offset, keys="", spoilt={}, mended=())
        entries: list[Entry] = []
        for _ in range(_BLOCKS_A_PAGE):
            found, doing = await self._block(doing, opened)
            entries += found.entries
            if len(entries) >= _ROWS_A_PAGE or doing.hashed >= doing.file.size:
                break
        entries += self._cleared(doing)
        if doing.hashed >= doing.file.size:
            entries += self._at_end(doing)
            doing = stepped(doing, "end" if self._reading.most_missing is None else "missing")
        return _page(entries, structs.replace(at, doing=doing))

    async def _block(self, doing: Doing, opened: Opened) -> tuple[Cut, Doing]:
        """What is in the rows from where reading is to the end of the next block."""
        spot = doing.spot
        # The row that was not whole yet lies in the block before.
        begin = min(spot.offset, doing.hashed)
        raw = await self._ahead.piece(doing.file, begin, doing.hashed + BLOCK - begin)
        hashed = begin + len(raw)
        is_end, name = hashed >= doing.file.size, called(doing.file)
        found = page(raw[spot.offset - begin :], spot, opened.form, name, is_end=is_end)
        digest = chained(doing.digest, raw[doing.hashed - begin :])
        return found, self._after(structs.replace(doing, hashed=hashed, digest=digest), found)

    def _after(self, doing: Doing, found: Cut) -> Doing:
        read = [it.key for it in found.entries if isinstance(it, Record)]
        spoilt = self._memory.spoilt() | doing.spoilt.keys()
        keys = "" if self._reading.most_missing is None else " ".join((doing.keys, *read)).strip()
        return structs.replace(
            doing,
            spot=found.spot,
            keys=keys,
            spoilt={**doing.spoilt, **found.spoilt},
            mended=(*doing.mended, *(it for it in read if it in spoilt)),
            bad=doing.bad + len(found.entries) - len(read),
        )

    def _cleared(self, doing: Doing) -> list[Entry]:
        """That what was wrong where a row stood is in order now: nothing is said there."""
        places = dict.fromkeys(
            where
            for key in doing.mended
            for where in (*self._memory.where_spoilt(key), doing.spoilt.get(key, ""))
        )
        return [Record(f"mended {where}", (), where) for where in places if where]

    def _at_end(self, doing: Doing) -> list[Entry]:
        """What is said when all of a file was read: that what was wrong with the file as a whole
        is in order, and how far its type was delivered, unless a row of it or of an earlier file
        is still to be mended."""
        found: list[Entry] = [Record(f"file {doing.file.name}", (), doing.file.shown)]
        if self._reading.completes is None or doing.bad or self._memory.spoilt() - {*doing.mended}:
            return found
        up_to = format_instant(start_of_day(local_date(doing.written)))
        data = {
            "occurredAt": up_to,
            "upTo": up_to,
            "types": [self._reading.completes],
        }
        where = f"{called(doing.file)}, its end"
        return [*found, Record(f"feed {up_to}", (Draft("feed-complete", data),), where)]

    async def _missing(self, at: At, doing: Doing) -> Page:
        """The rows that the full export before had and this one has not, a part at a time."""
        self._note(doing)
        export, most = export_of(doing.file), self._reading.most_missing or 0
        if doing.bucket == 0:
            parts = [self._memory.missing(export, bucket) for bucket in range(BUCKETS)]
            gone, before = sum(len(keys) for keys, _ in parts), sum(n for _, n in parts)
            if gone * 100 > most * before or (gone and doing.bad):
                letter = Unmapped(doing.file.shown, _too_many(gone, before, doing.bad), b"")
                after = structs.replace(stepped(doing, "end"), keeps_earlier=True)
                return _page([letter], structs.replace(at, doing=after))
        keys, _ = self._memory.missing(export, doing.bucket)
        where = f"{called(doing.file)}, where it is missing"
        after = structs.replace(doing, bucket=doing.bucket + 1, keys="", spoilt={}, mended=())
        after = stepped(after, "end") if after.bucket == BUCKETS else after
        return _page([Record(key, (), where) for key in keys], structs.replace(at, doing=after))

    async def _end(self, at: At, doing: Doing, now: Instant) -> Page:
        """Remember the file, and take it away; all of it may have been done before a crash."""
        self._ahead.forget()
        self._opened = None
        file, places = doing.file, self._places
        to = places.rejected if doing.step == "reject" else places.done
        if doing.step == "end":
            self._note(doing)
            self._memory.note_done(file, doing.digest, at.epoch, now)
            if self._reading.most_missing is not None and not doing.keeps_earlier:
                self._memory.only_rows_of(export_of(file))
        if to is None or self._reading.only_looks:
            why = self._reading.reading if doing.step == "reject" else ""
            self._memory.note_seen(file, at.epoch, reading=why)
        else:
            await self._take_away(doing, to)
        looks = {name: it for name, it in at.looks.items() if name != file.name}
        return _page([], At(epoch=at.epoch, looks=looks))

    async def _take_away(self, doing: Doing, to: str) -> None:
        listed = await self._drop.listed(self._places.drop)
        names = {it.name: it for it in listed}
        if names.get(doing.file.name) != doing.file:
            return  # it is gone, or another one came by its name: that is read as well
        mark = whole.marker_of(doing.file.name, self._reading.ending, names)
        for it in (mark, doing.file) if mark else (doing.file,):
            # The mark first: left alone it would say of the next file that it is whole.
            new_name = _named(it.name, doing.digest or export_of(doing.file))
            await self._drop.move(self._places.drop, it.name, to, new_name)

    async def _open(self, doing: Doing) -> Opened | NoForm:
        if self._opened is None or self._opened[0] != doing.file:
            head = await self._ahead.piece(doing.file, 0, BLOCK)
            self._opened = (doing.file, self._reading.kind.opened(head, doing.written))
        return self._opened[1]

    def _note(self, doing: Doing) -> None:
        """Remember of the page before what was kept when its cursor was."""
        if doing.keys:
            self._memory.note_rows(export_of(doing.file), doing.began, doing.keys)
        for key, where in doing.spoilt.items():
            self._memory.note_spoilt(key, where)
        for key in doing.mended:
            self._memory.note_mended(key)


def _page(entries: Sequence[Entry], at: At, *, is_last: bool = False) -> Page:
    return Page(tuple(entries), msgspec.json.encode(at).decode(), is_last)


def _named(name: str, digest: str) -> str:
    """Its name where it goes: tells contents apart, and is the same when it is done again."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem or suffix}.{digest[:8]}{dot}{suffix if stem else ''}"


def _too_many(gone: int, before: int, bad: int) -> str:
    if bad:
        told = f"{gone} rows of the export before are missing, and {bad} of this one are bad"
        return f"{told}, so nothing was retracted; mend the rows and drop it again"
    told = f"{gone} of {before} rows of the export before are missing, so nothing was retracted"
    return f"{told}; if it is whole, set `mostMissingPercent` higher and drop one again"
