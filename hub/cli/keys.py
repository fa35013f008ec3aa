"""`seintje keys`: the key of a hub, made, looked at, and replaced.

A hub in one process makes its own. On Kafka every worker and gateway has the same key, so somebody
has to make it once and bring it to each of them. No command shows a key.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.options import AsJson, DataAt
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.settings import Settings


def create(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where it will stand, mode 0600.")],
    after: Annotated[
        Path | None,
        typer.Option(metavar="OLD", help="Make a successor of the key in this file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the key of a new hub.

    Workers and gateways on Kafka all have the same (SEINTJE_KEY_FILE). Without it what they keep
    cannot be read: keep a copy apart. A file that is there already is left alone.
    """
    from hub.errors import Misconfigured
    from hub.key_text import read
    from hub.keys import Keys

    screen = screen_of(ctx, as_json=as_json)
    if file.exists():
        raise Misconfigured(str(file), "it is there already; give another name, or use that one")
    made = Keys.load_or_create(file) if after is None else Keys.load_or_succeed(file, read(after))
    if not screen.shows_tables:
        screen.rows([{"file": str(file), "fingerprint": made.fingerprint}])
        return
    told = screen.words(
        nl=f"Sleutel {made.fingerprint} staat in {file}. Bewaar er ergens anders een kopie van.",
        en=f"Key {made.fingerprint} is in {file}. Keep a copy of it somewhere else.",
    )
    screen.lines([told])


def show(ctx: typer.Context, data: DataAt = None, as_json: AsJson = False) -> None:
    """Show which key a hub has, never the key.

    Where it comes from, and by which key the database is sealed, of a hub in one process. Exit 1 if
    that is another.
    """
    screen = screen_of(ctx, as_json=as_json)
    settings = _settings(screen, data)
    on_kafka = data is None and settings.kafka_brokers is not None
    row = _row(settings, on_kafka=on_kafka)
    if screen.shows_tables:
        screen.table(("", ""), [(name, str(value)) for name, value in row.items()])
    else:
        screen.rows([row])
    if row.get("sealedBy") not in (None, row["fingerprint"]):
        raise typer.Exit(1)


def rotate(ctx: typer.Context, data: DataAt = None, as_json: AsJson = False) -> None:
    """Replace the key of a hub, and seal everything anew.

    Of a hub in one process that is stopped. The old key stays beside the new one: backups and
    exports of before need it, so destroy it when they are gone. Stopped in between, do it again:
    it goes on. On Kafka: `state export --rekey`.
    """
    from hub.cli.rotating import rotate as rotate_in
    from hub.errors import Misconfigured

    screen = screen_of(ctx, as_json=as_json)
    settings = _settings(screen, data)
    if data is None and settings.kafka_brokers is not None:
        told = "a hub on Kafka gets another key by `state export --rekey` (docs/keys.md)"
        raise Misconfigured("SEINTJE_KAFKA_BROKERS", told)
    done = rotate_in(screen, settings)
    found = {"fingerprint": done.fingerprint, "file": str(done.key_file)}
    screen.rows([found | {"former": str(done.former)}])
    screen.remark(
        nl=f"De oude sleutel staat in {done.former}. Maak nu een back-up, bewaar elders een kopie "
        "van de nieuwe sleutel, en vernietig de oude zodra er geen oude back-ups meer zijn.",
        en=f"The old key is in {done.former}. Make a backup now, keep a copy of the new key "
        "somewhere else, and destroy the old one once no old backup is left.",
    )


def _settings(screen: Screen, data: Path | None) -> Settings:
    from hub.settings import load

    return load(screen.environ, {"data": None if data is None else str(data)})


def _row(settings: Settings, *, on_kafka: bool) -> dict[str, Any]:
    from hub.cli.rotating import sealed_by
    from hub.compose.key_source import key_of, own_key_of
    from hub.keys import Keys

    source = key_of(settings) if on_kafka else own_key_of(settings)
    raw = source.raw()
    keys = Keys(*raw)
    row: dict[str, Any] = {"from": source.where, "fingerprint": keys.fingerprint}
    row |= {"names": keys.names, "isSuccessor": len(raw) > 1}
    return row if on_kafka else row | {"sealedBy": sealed_by(settings.data)}
