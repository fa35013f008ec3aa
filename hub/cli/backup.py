"""`seintje backup`: copies of a hub that runs, and a hub out of one of them (ADR 0031).

For a hub in one process. On Kafka the topics are the copy; there a backup is an export of a hub
that is at rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from hub.cli.options import AsJson, DataAt
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.cli.backup_restore import Restored
    from hub.settings import Settings

KeyFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--key-file", metavar="FILE", help="Where the key of this hub is kept."),
]
JournalAt: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        metavar="DIR",
        help="Where its journal lies; without it beside the backup, or where SEINTJE_BACKUPS says.",
    ),
]


def create(
    ctx: typer.Context,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="A directory, or a new file; without it where SEINTJE_BACKUPS says.",
        ),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Keep the last N in that directory; without it as SEINTJE_BACKUPS_KEPT says.",
        ),
    ] = None,
    data: DataAt = None,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a backup of a hub, also while it runs.

    One sealed file, whole or not there. The key is not in it: keep that apart. On Kafka, stop all
    workers and gateways first.
    """
    from hub.cli import backup_files

    screen = screen_of(ctx, as_json=as_json)
    settings = _settings(screen, data, key_file)
    made = backup_files.created(screen, settings, to, on_kafka=_is_on_kafka(settings, data))
    removed = backup_files.pruned(settings, made.file.parent, keep) if to is None or keep else 0
    row = backup_files.row_of(made)
    _show(screen, row | ({"removed": removed} if removed else {}))
    screen.remark(
        nl=f"Hierbij hoort de sleutel {made.head.key}; die zit er niet in.",
        en=f"It goes with key {made.head.key}, which is not in it.",
    )


def verify(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="The backup; without it the newest there is."),
    ] = None,
    journal: JournalAt = None,
    data: DataAt = None,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Find out whether a backup can be restored, by doing so.

    Reads it and its journal to the end, and makes a hub of it in a temporary directory (TMPDIR),
    which is then removed. Exit 1 if it is not good.
    """
    from hub.cli import backup_files, backup_restore
    from hub.errors import Misconfigured

    screen = screen_of(ctx, as_json=as_json)
    settings = _settings(screen, data, key_file)
    chosen = file or backup_files.newest_in(settings)
    try:
        found = backup_restore.verified(screen, settings, chosen, journal)
    except Misconfigured as wrong:
        screen.refusal(
            {"file": str(chosen), "isGood": False, "says": wrong.do},
            f"{wrong.where} — {wrong.do}",
        )
        raise typer.Exit(1) from None
    _show(screen, {"file": str(chosen), "isGood": True, **_told(found)})


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    journal: JournalAt = None,
    behind: Annotated[
        bool,
        typer.Option(
            "--behind",
            help="Parties may know more than these files: there is no journal, it is damaged, or "
            "they are older than the loss.",
        ),
    ] = False,
    data: DataAt = None,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a hub out of a backup and its journal.

    In an empty directory. Everything is read to its end first; what is damaged changes nothing.
    Only the key may lie in the directory already. Never start the hub that was lost again.
    """
    from hub.cli import backup_restore

    screen = screen_of(ctx, as_json=as_json)
    settings = _settings(screen, data, key_file)
    if _is_on_kafka(settings, data):
        _show(screen, backup_restore.brought_onto_kafka(screen, settings, file))
        return
    ways = backup_restore.Ways(journal=journal, is_behind=behind)
    found = backup_restore.restored(screen, settings, file, ways)
    _show(screen, {"data": str(settings.data), **_told(found)})
    if found.is_behind:
        screen.remark(
            nl="Wat partijen daarna hoorden is niet bekend. Laat iedereen opnieuw sturen wat sinds "
            "dat moment is gebeurd, ook verwijderverzoeken.",
            en="What parties were told after that is not known. Let everybody send again what "
            "happened since, erasures too.",
        )


def list_backups(
    ctx: typer.Context,
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Without it where SEINTJE_BACKUPS says."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the backups in a directory, the newest first.

    Exit 1 if there is none.
    """
    from hub.cli import backup_files
    from hub.cli.showing import show

    screen = screen_of(ctx, as_json=as_json)
    folder = directory or backup_files.folder_of(_settings(screen, None, None))
    found = backup_files.made_in(folder)
    if not found:
        screen.nothing(str(folder), nl="er is geen back-up", en="there is no backup")
    columns = ("file", "madeAt", "sizeBytes", "key", "release")
    show(screen, [backup_files.row_of(it) for it in found], columns)


def _told(found: Restored) -> dict[str, Any]:
    from hub.domain.time import format_instant

    return {
        "madeAt": format_instant(found.made_at),
        "until": format_instant(found.until),
        "commits": found.commits,
        "journal": found.ending,
        "key": found.key,
        "entries": found.counts,
    }


def _show(screen: Screen, row: dict[str, Any]) -> None:
    if not screen.shows_tables:
        screen.rows([row])
        return
    flat = dict(row)
    counts = flat.pop("entries", {})
    flat |= counts
    screen.table(("", ""), [(name, str(value)) for name, value in flat.items()])


def _settings(screen: Screen, data: Path | None, key_file: Path | None) -> Settings:
    from hub.settings import load

    given = {"data": data, "key_file": key_file}
    return load(
        screen.environ, {name: None if it is None else str(it) for name, it in given.items()}
    )


def _is_on_kafka(settings: Settings, data: Path | None) -> bool:
    return data is None and settings.kafka_brokers is not None
