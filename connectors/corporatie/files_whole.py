"""Whether a file that lies there is whole, or still being written. Never takes half of one.

Who drops a file can say that it is whole: by a file beside it, by a last line, or by giving it its
name when it is. Otherwise it is whole when it has not changed for a while and ends with the end of
a line. What was seen of a file goes along in the cursor, so that a restart begins no new wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from connectors.corporatie.files_drop import Drop, Gone, Seen
from connectors.corporatie.files_pages import NoForm, codec_of
from connectors.settings import Part
from hub.domain.time import HOUR_MS, Instant

_TAIL_BYTES: Final = 4096


class Ending(Part, frozen=True, kw_only=True):
    """How the end of a file is known.

    `file`: ends in this the name of an empty file that is put beside it when it is whole
    (`.ok` for `x.csv.ok` or `x.ok`). `line`: so begins its last line. `anywhere`: it need not end
    with the end of a line. Without `file` and `line` it must not have changed for `quietSeconds`.
    A file whose end does not come within `overdueHours` is reported.
    """

    file: Annotated[str, Meta(min_length=2, max_length=20)] | None = None
    line: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    anywhere: bool = False
    quiet_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 30.0
    overdue_hours: Annotated[float, Meta(gt=0, le=720)] = 24.0


class Look(Struct, frozen=True, array_like=True):
    """What was seen of a file that waits: as it was, since when it is so, when it was seen first,
    and whether it was reported."""

    size: int
    changed: int
    since: Instant
    first: Instant
    told: bool = False


Order = Literal["time", "name"]


def looked(before: Look | None, file: Seen, now: Instant) -> Look:
    """What is known of a file after one more look."""
    if before is None:
        return Look(file.size, file.changed, now, now)
    if (before.size, before.changed) == (file.size, file.changed):
        return before
    return Look(file.size, file.changed, now, before.first, before.told)


def in_order(files: list[Seen], order: Order) -> list[Seen]:
    """Oldest first, or by name: of what stands in two files the last one counts."""
    return sorted(files, key=(lambda it: (it.changed, it.name)) if order == "time" else None)


def marker_of(file: str, ending: Ending, names: Mapping[str, Seen]) -> Seen | None:
    """The file beside it that says that it is whole, if it is there."""
    suffix = ending.file or ""
    beside = (f"{file}{suffix}", f"{file.rpartition('.')[0]}{suffix}")
    return next((names[it] for it in beside if it in names), None) if suffix else None


def is_marker(name: str, ending: Ending) -> bool:
    return ending.file is not None and name.endswith(ending.file)


def is_overdue(look: Look, ending: Ending, now: Instant) -> bool:
    """Whether it waits for so long that people must know, and do not yet."""
    return not look.told and now - look.first >= ending.overdue_hours * HOUR_MS


def overdue_because(ending: Ending) -> str:
    """What a file lacks that waits, and what to do about it."""
    if ending.file is not None:
        return f"nothing with {ending.file} lies beside it; drop that when the file is whole"
    if ending.line is not None:
        return "its last line is not the one that ends a file; it may be cut off: drop it again"
    if ending.anywhere:
        return "it keeps changing; write it under another name and rename it when it is whole"
    return (
        "it keeps changing, or its last line has no end and may be cut off; drop it again, or write"
        " `end: {anywhere: true}` if such files are whole"
    )


class Wholeness:
    """Judges the files of one source."""

    def __init__(self, drop: Drop, place: str, ending: Ending, encoding: str) -> None:
        self._drop, self._place, self._ending = drop, place, ending
        self._encoding = encoding

    async def is_whole(
        self, file: Seen, look: Look, names: Mapping[str, Seen], now: Instant
    ) -> bool:
        """Whether it can be taken now. A mark that is older than the file was put there for
        another one of that name."""
        ending = self._ending
        if ending.file is not None:
            mark = marker_of(file.name, ending, names)
            return mark is not None and mark.changed >= file.changed
        is_quiet = now - look.since >= ending.quiet_seconds * 1000
        if ending.line is None and (ending.anywhere or not is_quiet):
            return is_quiet
        last = await self._last_line(file)
        if last is None:
            return False
        return last.startswith(ending.line) if ending.line else last.endswith(("\n", "\r"))

    async def _last_line(self, file: Seen) -> str | None:
        """The last line that is not blank, with its end if it has one."""
        begin = max(0, file.size - _TAIL_BYTES) // 2 * 2
        try:
            head = await self._drop.read(self._place, file.name, 0, 4)
            tail = await self._drop.read(self._place, file.name, begin, _TAIL_BYTES + 2)
        except Gone:
            return None
        if tail.seen != file:
            return None
        coded = codec_of(head.raw, self._encoding)
        codec = (
            "cp1252" if isinstance(coded, NoForm) else coded[0]
        )  # the reader will say what is wrong
        lines = tail.raw.decode(codec, "replace").splitlines(keepends=True)
        return next((it for it in reversed(lines) if it.strip(" \r\n;,\t\0")), None)
