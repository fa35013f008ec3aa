"""`seintje run`: the whole hub in one process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hub.cli.console import new_link, worth
from hub.cli.options import AsJson, DataAt
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.settings import Listen, Settings

ListenAt: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help="Where it is reached (SEINTJE_LISTEN); without it 127.0.0.1:8300.",
    ),
]


def run(
    ctx: typer.Context,
    data: DataAt = None,
    listen: ListenAt = None,
    clock: Annotated[
        str | None,
        typer.Option(
            metavar="CLOCK",
            help="system, fixed:2024-01-08T23:00:00Z or from:2024-01-01T00:00:00Z,x3600.",
        ),
    ] = None,
    agreements: Annotated[
        str | None, typer.Option(metavar="PATH", help="Agreement file, or a folder of them.")
    ] = None,
    key_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="Where the key of this hub is kept.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the whole hub in one process, on SQLite.

    Facts come in over HTTP and alerts can be read there; Ctrl-C or SIGTERM stops it. Settings come
    from SEINTJE_* variables too; options win.
    """
    from hub.compose.beginning import begin
    from hub.compose.embedded import build

    screen = screen_of(ctx, as_json=as_json)
    given = {
        "data": None if data is None else str(data),
        "listen": listen,
        "clock": clock,
        "agreements": agreements,
        "key_file": key_file,
        "lang": screen.language,
    }
    settings = _settings(screen, given)
    begin(settings, "run")
    build(settings).run(lambda listening: _tell(screen, settings, listening))


def _settings(screen: Screen, given: Mapping[str, str | None]) -> Settings:
    from hub.compose.starting import settings_for
    from hub.settings import Role

    return settings_for(Role.RUN, screen.environ, given)


def url_of(listening: Listen, settings: Settings | None = None) -> str:
    """Where the hub is reached, as a browser on this machine writes it."""
    is_plain = settings is None or settings.tls_certificate is None
    scheme = "http" if is_plain else "https"
    return f"{scheme}://{listening}"


def _tell(screen: Screen, settings: Settings, listening: Listen) -> None:
    url, data = url_of(listening, settings), Path(settings.data).resolve()
    link = None if settings.console_issuer else new_link(settings, url)
    if not screen.shows_tables:
        row = {"api": f"{url}/v1", "metrics": f"{url}/metrics", "data": str(data)}
        screen.rows([row | ({"console": link} if link else {})])
        return
    _tell_of_console(screen, link or settings.console_url or url, is_link=link is not None)
    key = f"seintje parties key create PARTY --data {data}"
    screen.lines(
        [
            screen.words(nl=f"Seintje draait: {url}/v1", en=f"Seintje is running: {url}/v1"),
            screen.words(nl=f"  meetwaarden    {url}/metrics", en=f"  metrics      {url}/metrics"),
            screen.words(nl=f"  gegevens       {data}", en=f"  data         {data}"),
            screen.words(nl=f"  sleutel maken  {key}", en=f"  make a key   {key}"),
            screen.words(nl="Stoppen met Ctrl-C.", en="Stop with Ctrl-C."),
        ]
    )


def _tell_of_console(screen: Screen, address: str, *, is_link: bool) -> None:
    screen.lines([screen.words(nl=f"Kijken: {address}", en=f"To look: {address}")])
    if is_link:
        screen.lines([f"  {worth(screen)}"])
