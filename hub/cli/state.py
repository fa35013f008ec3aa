"""`seintje state`: everything that a hub keeps, into one file and out of it again.

The one way to another machine, to another key, back from a loss, and from embedded to Kafka.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from hub.cli.options import AsJson, DataAt, agreements_at
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.settings import Settings
    from hub.streams.export_file import Trailer

File: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="The export.")]
KeyFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--key-file", metavar="FILE", help="Where the key of this hub is kept."),
]


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

    Stop the hub first. The key is not in the file: keep it apart. What parties were told is, and
    readable, so treat the file as you treat a backup.
    """
    import asyncio

    from hub.cli.state_files import Exporting
    from hub.keys import Keys

    screen = screen_of(ctx, as_json=as_json)
    settings = _settings(screen, data, key_file)
    exporting = Exporting(settings.data)
    try:
        own_key = _key_of(settings)
        keys = Keys.load(own_key)
        onto = None if rekey is None else Keys.load_or_succeed(rekey, own_key)
        told = screen.words(nl=f"{settings.data} exporteren", en=f"Exporting {settings.data}")
        with screen.progress(told, exporting.count) as advance:
            trailer = asyncio.run(exporting.to(file, keys, onto, advance))
    finally:
        exporting.close()
    sealed = (onto or keys).fingerprint
    _show(screen, {"file": str(file), "sizeBytes": file.stat().st_size}, trailer, sealed)
    screen.remark(
        nl=f"Hierbij hoort de sleutel {sealed} ({rekey or own_key}); die zit er niet in.",
        en=f"It goes with key {sealed} ({rekey or own_key}), which is not in it.",
    )


def import_state(
    ctx: typer.Context,
    file: File,
    data: DataAt = None,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a data directory out of an export.

    Into an empty directory; only the key may lie in it already. The file is read to its end first:
    one that is damaged or cut off changes nothing.
    """
    import asyncio

    from hub.cli.state_files import bring_in, checked

    screen = screen_of(ctx, as_json=as_json)
    settings = _settings(screen, data, key_file)
    own_key = _key_of(settings)
    parties = agreements_at(settings.agreements, None)[1]
    header, trailer = checked(file, settings.data, own_key)
    told = screen.words(nl=f"{file} importeren", en=f"Importing {file}")
    with screen.progress(told, trailer.entries) as advance:
        asyncio.run(bring_in(file, settings.data, header, parties, advance))
    _show(screen, {"data": str(settings.data)}, trailer, header.fingerprint)
    if not own_key.exists():
        screen.remark(
            nl=f"Leg nu de sleutel {header.fingerprint} op {own_key}; zonder start de hub niet.",
            en=f"Now put key {header.fingerprint} at {own_key}; the hub does not start without.",
        )


def _settings(screen: Screen, data: Path | None, key_file: Path | None) -> Settings:
    from hub.settings import load

    given = {"data": data, "key_file": key_file}
    return load(
        screen.environ, {name: None if it is None else str(it) for name, it in given.items()}
    )


def _key_of(settings: Settings) -> Path:
    from hub.compose.embedded import KEY_FILE

    return settings.key_file or settings.data / KEY_FILE


def _show(screen: Screen, where: dict[str, Any], trailer: Trailer, key: str) -> None:
    if not screen.shows_tables:
        screen.rows([where | {"key": key, "entries": trailer.counts}])
        return
    rows = [(name, str(value)) for name, value in where.items()]
    rows += [(kind, str(number)) for kind, number in trailer.counts.items()]
    screen.table(("", ""), [*rows, ("key", key)])
