"""A folder or an SFTP server where a system drops files: exports in, alerts out, acts back.

For systems that can do no more. What a file says is in a mapping (docs/csv.md), or it holds
CloudEvents, one a line; when it is whole, and what becomes of it, is in docs/connectors/files.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, structs

from connectors.corporatie.files_acts import ActsKind
from connectors.corporatie.files_alerts import AlertFiles, Format
from connectors.corporatie.files_drop import Drop, FolderDrop
from connectors.corporatie.files_forms import CsvKind, JsonKind
from connectors.corporatie.files_memory import Memory
from connectors.corporatie.files_reading import FileSource, Places, Reading
from connectors.corporatie.files_sftp import SftpDrop, SftpSettings
from connectors.corporatie.files_whole import Ending, Order, is_marker
from connectors.corporatie.files_yaml import EDIT
from connectors.seam import Connector, Finding, Site
from connectors.settings import Part
from hub.errors import Misconfigured
from hub.wire.csv_mapping import CsvMapping
from hub.wire.fields import flaws_of

_ACTS: Final = "acts"


class Folders(Part, frozen=True, kw_only=True):
    """Folders of this machine, or shares that are mounted on it. `done` and `rejected` on the disk
    of `drop`; without them files stay where they are."""

    drop: Path
    done: Path | None = None
    rejected: Path | None = None
    alerts: Path | None = None


class Server(SftpSettings, frozen=True, kw_only=True):
    """Folders of a server, as it names them."""

    drop: str
    done: str | None = None
    rejected: str | None = None
    alerts: str | None = None


class Read(Part, frozen=True, kw_only=True):
    """Files of one kind, by a pattern of their names. The first pattern that fits a name counts.

    `name`: never changes, for what was said is remembered under it. `mapping`: left out for JSON
    Lines of CloudEvents. `full`: each file holds everything, so that a row that is not in the next
    one is retracted, unless that would be more than `mostMissingPercent` of them. `feedComplete`:
    a file without a bad row holds everything that happened before the day on which it was written.
    """

    name: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
            description="a name of small letters, digits and -, like achterstanden",
        ),
    ]
    files: Annotated[str, Meta(min_length=1)]
    mapping: Path | None = None
    end: Ending = Ending()
    order: Order = "time"
    full: bool = False
    most_missing_percent: Annotated[int, Meta(ge=0, le=100)] = 20
    feed_complete: bool = False


class Acts(Part, frozen=True, kw_only=True):
    """The files with which a party answers."""

    files: Annotated[str, Meta(min_length=1)] = "antwoord*"
    end: Ending = Ending(anywhere=True)
    order: Order = "time"


class FilesSettings(Part, frozen=True, kw_only=True):
    """Either `folders` or `sftp`; what is read; how alerts are written, if `alerts` is a folder."""

    folders: Folders | None = None
    sftp: Server | None = None
    read: tuple[Read, ...] = ()
    acts: Acts | None = None
    format: Format = "csv"


def build(settings: FilesSettings, site: Site) -> Connector:
    """Misconfigured: a mapping that does not fit its type, or settings that do not go together."""
    places = _places(settings)
    drop = _drop(settings)
    sources = tuple(_sources(settings, site, drop, places))
    at = _alerts(settings)
    look = _Look(drop, places, _owners(settings), at)
    return Connector(
        sources=sources,
        sinks=() if at is None else (AlertFiles(drop, at, settings.format, site.shelf),),
        check=look.around,
        close=drop.close if isinstance(drop, SftpDrop) else None,
    )


class _Look(Struct, frozen=True):
    """What `check` asks of the folders."""

    drop: Drop
    places: Places
    owner_of: Callable[[str], str | None]
    alerts: str | None

    async def around(self) -> Sequence[Finding]:
        """Whether the folders are there, and which files nobody reads."""
        for place in (self.places.done, self.places.rejected, self.alerts):
            if place is not None:
                await self.drop.listed(place)
        strangers = [
            it for it in await self.drop.listed(self.places.drop) if self.owner_of(it.name) is None
        ]
        return [
            Finding(it.shown, "no pattern under `read` fits it", "add one, or take the file away")
            for it in strangers[:20]
        ]


def _places(settings: FilesSettings) -> Places:
    found = settings.sftp or settings.folders
    if found is None or (settings.sftp and settings.folders):
        raise Misconfigured("files", "write either `folders` or `sftp`")
    said = (found.drop, found.done, found.rejected)
    drop, done, rejected = (None if it is None else str(it).rstrip("/") or "/" for it in said)
    assert drop is not None
    if drop in (done, rejected):
        raise Misconfigured("files", "`done` and `rejected` are other folders than `drop`")
    return Places(drop, done, rejected)


def _alerts(settings: FilesSettings) -> str | None:
    found = settings.sftp or settings.folders
    at = None if found is None or found.alerts is None else str(found.alerts)
    if settings.acts is not None and at is None:
        do = "name a folder `alerts` too; which alerts there are is known from what was written"
        raise Misconfigured("files.acts", do)
    return at


def _drop(settings: FilesSettings) -> Drop:
    return FolderDrop() if settings.sftp is None else SftpDrop(settings.sftp)


def _sources(settings: FilesSettings, site: Site, drop: Drop, places: Places) -> list[FileSource]:
    owner_of = _owners(settings)
    if not settings.read and not settings.acts:
        raise Misconfigured("files.read", "write which files are read, and how")
    names = [it.name for it in settings.read] + [_ACTS] * (settings.acts is not None)
    if len(set(names)) < len(names):
        raise Misconfigured("files.read", f"each has a `name` of its own, and not `{_ACTS}`")
    readings = {it.name: _reading(it, site, places) for it in settings.read}
    if settings.acts is not None:
        readings[_ACTS] = _of_acts(settings.acts, site, places)
    found = []
    for place, (name, it) in enumerate(readings.items()):
        reading = structs.replace(
            it,
            is_mine=lambda file, mine=name: owner_of(file) == mine,
            # One of them is enough to say that a file is of none.
            say=site.say,
            is_strange=lambda file, says=place == 0: says and owner_of(file) is None,
        )
        found.append(FileSource(name, drop, Memory(site.shelf, name), reading))
    return found


def _owners(settings: FilesSettings) -> Callable[[str], str | None]:
    """Which kind of files a name is of: the first of which the pattern fits; "" for a file that
    says of another that it is whole."""
    kinds = [(it.name, it.files, it.end) for it in settings.read]
    if settings.acts is not None:
        kinds.insert(0, (_ACTS, settings.acts.files, settings.acts.end))

    def owner_of(file: str) -> str | None:
        if any(is_marker(file, ending) for _, _, ending in kinds):
            return ""
        lower = file.lower()
        fits = (name for name, pattern, _ in kinds if fnmatchcase(lower, pattern.lower()))
        return next(fits, None)

    return owner_of


def _reading(read: Read, site: Site, places: Places) -> Reading:
    where = f"files.read, {read.name}"
    if read.mapping is None and (read.full or read.feed_complete):
        raise Misconfigured(where, "`full` and `feedComplete` need a `mapping`")
    mapping = None if read.mapping is None else _mapping(read.mapping, site)
    kind = JsonKind(read.end.line) if mapping is None else CsvKind(mapping, read.end.line)
    return Reading(
        kind=kind,
        places=places,
        is_mine=lambda name: False,
        ending=read.end,
        order=read.order,
        encoding="utf-8" if mapping is None else mapping.encoding,
        reading=_digest(mapping),
        completes=mapping.type if mapping and read.feed_complete else None,
        most_missing=read.most_missing_percent if read.full else None,
        only_looks=site.only_looks,
    )


def _of_acts(acts: Acts, site: Site, places: Places) -> Reading:
    return Reading(
        kind=ActsKind(site.shelf),
        places=places,
        is_mine=lambda name: False,
        ending=acts.end,
        order=acts.order,
        only_looks=site.only_looks,
    )


def _mapping(file: Path, site: Site) -> CsvMapping:
    try:
        raw = file.read_bytes()
    except OSError:
        raise Misconfigured(str(file), "it cannot be read; name the mapping file") from None
    mapping = CsvMapping.parse(raw, str(file))
    if mapping.source not in ("", site.source):
        do = f"its `source` is not the one of the settings, {site.source}; leave it out"
        raise Misconfigured(str(file), do)
    if undecided := _undecided(mapping):
        raise Misconfigured(str(file), f"{EDIT} still stands under {undecided}; write what it is")
    if wrong := _wrong_constants(mapping):
        raise Misconfigured(str(file), f"under `constants`, {wrong}")
    if lacking := mapping.lacks():
        fields = ", ".join(f"`{it}`" for it in lacking)
        do = f"a {mapping.type} needs {fields}; give each a column, or a value under `constants`"
        raise Misconfigured(str(file), do)
    return structs.replace(mapping, party=mapping.party or site.party)


def _undecided(mapping: CsvMapping) -> str:
    """Where a mapping that was suggested has what people must decide."""
    codes = [(f"`codes`, `{path}`", it.values()) for path, it in mapping.codes.items()]
    only = [(f"`only`, `{column}`", it) for column, it in mapping.only.items()]
    constants = [(f"`constants`, `{path}`", (it,)) for path, it in mapping.constants.items()]
    return " and ".join(place for place, it in (*only, *constants, *codes) if EDIT in it)


def _wrong_constants(mapping: CsvMapping) -> str:
    """What is the same in every row, and wrong in every row."""
    alone = structs.replace(mapping, columns={})
    found = flaws_of(mapping.type, alone.data_of({}))
    flaws = {it.path.removeprefix("data."): it.expected for it in found}
    return ", ".join(f"`{it}`: {flaws[it]}" for it in mapping.constants if it in flaws)


def _digest(mapping: CsvMapping | None) -> str:
    return blake2b(msgspec.json.encode(mapping), digest_size=8).hexdigest()
