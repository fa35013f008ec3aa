"""The cursor of dropped files: which file is read, how far, and what was seen of those that wait.

It goes to disk together with what was read, so what must be remembered of a page is in it until it
comes back.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct, structs

from connectors.corporatie.files_drop import Seen
from connectors.corporatie.files_memory import chained
from connectors.corporatie.files_pages import Spot
from connectors.corporatie.files_whole import Look
from hub.domain.time import Instant, local

Step: TypeAlias = Literal["compare", "read", "missing", "end", "reject"]


class Doing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The file that is being read, as it was when that began. `written`: when that was, by a clock
    that does not run ahead of ours; `hashed`: how far `digest` goes;
    `keys`: of the rows of the last page, for a full export; `spoilt`: those of it that could not be
    read, by key, and `mended` those that could not before; `bad`: how many could not in all;
    `keeps_earlier`: what earlier exports had is not dealt with."""

    file: Seen
    step: Step
    written: Instant
    spot: Spot = Spot()
    began: int = 0
    hashed: int = 0
    digest: str = ""
    keys: str = ""
    spoilt: dict[str, str] = {}
    mended: tuple[str, ...] = ()
    bad: int = 0
    bucket: int = 0
    keeps_earlier: bool = False


class At(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cursor: since when everything is read (anew), what was seen of files that wait, and the
    file that is being read."""

    epoch: Instant
    looks: dict[str, Look] = {}
    doing: Doing | None = None


def begun(file: Seen, step: Step, now: Instant) -> Doing:
    return Doing(file=file, step=step, written=min(file.changed, now))


def stepped(doing: Doing, step: Step) -> Doing:
    return structs.replace(doing, step=step)


def called(file: Seen) -> str:
    """The file for people: another one by that name is another one."""
    return f"{file.shown} of {local(file.changed):%Y-%m-%d %H:%M:%S}"


def export_of(file: Seen) -> str:
    return chained("", f"{file.name}\0{file.size}\0{file.changed}".encode())
