"""`seintje state`: everything that a hub keeps, into one file and out of it again.

The one way to another machine, to another key, back from a loss, and from embedded to Kafka.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeAlias

import typer

from hub.cli.options import AsJson, DataAt
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.cli.state_files import Done
    from hub.settings import Settings

File: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="The export.")]
KeyFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--key-file", metavar="FILE", help="Where the key of this hub is kept."),
]


class _Runtime(Protocol):
    """Where a hub may be."""

    def exported(
        self, screen: Screen, settings: Settings, file: Path, rekey: Path | None
    ) -> Done: ...

    def brought_in(self, screen: Screen, settings: Settings, file: Path) -> Done: ...


def export_state(
    ctx: typer.Context,
    file: File,
    data: DataAt = None,
    key_file: KeyFile = None,
    rekey: Annotated[
        Path | None,
        typer.Option(
            metavar="NEW_KEY",
            help="Seal it under this successor of the key; made if it is not there.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write everything that a hub keeps to one file.

    Stop the hub first; on Kafka, all workers and gateways. The key is not in the file: keep it
    apart. What parties were told is, and readable, so treat the file as you treat a backup.
    """
    screen = screen_of(ctx, as_json=as_json)
    settings = _settings(screen, data, key_file)
    done = _runtime(settings, data).exported(screen, settings, file, rekey)
    _show(screen, {"file": str(file), "sizeBytes": file.stat().st_size}, done)
    key, sealed = rekey or done.key.where, done.sealed
    screen.remark(
        nl=f"Hierbij hoort de sleutel {sealed} ({key}); die zit er niet in.",
        en=f"It goes with key {sealed} ({key}), which is not in it.",
    )


def import_state(
    ctx: typer.Context,
    file: File,
    data: DataAt = None,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a hub out of an export, in a data directory or on Kafka.

    Into an empty directory; only the key may lie in it already. On Kafka, below a
    SEINTJE_KAFKA_PREFIX whose topics were made and hold nothing. The file is read to its end first:
    one that is damaged or cut off changes nothing.
    """
    screen = screen_of(ctx, as_json=as_json)
    settings = _settings(screen, data, key_file)
    done = _runtime(settings, data).brought_in(screen, settings, file)
    _show(screen, done.where, done)
    key = done.key.where
    if done.key.is_missing:
        screen.remark(
            nl=f"Leg nu de sleutel {done.sealed} op {key}; zonder start de hub niet.",
            en=f"Now put key {done.sealed} at {key}; the hub does not start without.",
        )


def _settings(screen: Screen, data: Path | None, key_file: Path | None) -> Settings:
    from hub.settings import load

    given = {"data": data, "key_file": key_file}
    return load(
        screen.environ, {name: None if it is None else str(it) for name, it in given.items()}
    )


def _runtime(settings: Settings, data: Path | None) -> _Runtime:
    """What is worked on: a data directory that is named, or Kafka where that is set."""
    if data is None and settings.kafka_brokers is not None:
        from hub.cli import state_on_kafka

        return state_on_kafka
    from hub.cli import state_files

    return state_files


def _show(screen: Screen, where: Mapping[str, Any], done: Done) -> None:
    counts = done.trailer.counts
    if not screen.shows_tables:
        screen.rows([{**where, "key": done.sealed, "entries": counts}])
        return
    rows = [(name, str(value)) for name, value in where.items()]
    rows += [(kind, str(number)) for kind, number in counts.items()]
    screen.table(("", ""), [*rows, ("key", done.sealed)])
