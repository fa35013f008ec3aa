"""`seintje gateway`: the way in and out over HTTP, of a hub on Kafka."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.options import AsJson
from hub.cli.run import ListenAt, url_of
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.settings import Listen, Settings


def gateway(
    ctx: typer.Context,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Where its read model lies; may be lost."),
    ] = None,
    listen: ListenAt = None,
    as_json: AsJson = False,
) -> None:
    """Run a gateway on Kafka: facts in, alerts out, over HTTP.

    As many as you like, each with a folder of its own; Ctrl-C or SIGTERM stops it. Settings come
    from SEINTJE_* variables too; options win.
    """
    from hub.compose.beginning import begin
    from hub.compose.gateway import build
    from hub.compose.starting import settings_for
    from hub.settings import Role

    screen = screen_of(ctx, as_json=as_json)
    given = {
        "data": None if data is None else str(data),
        "listen": listen,
        "lang": screen.language,
    }
    settings = settings_for(Role.GATEWAY, screen.environ, given)
    begin(settings, "gateway")
    hub = build(settings)
    hub.run(lambda listening: _tell(screen, settings, listening))


def _tell(screen: Screen, settings: Settings, listening: Listen) -> None:
    url, brokers = url_of(listening, settings), settings.kafka_brokers or ""
    console = settings.console_url if settings.console_issuer else None
    if not screen.shows_tables:
        row = {"api": f"{url}/v1", "metrics": f"{url}/metrics", "kafka": brokers}
        screen.rows([row | ({"console": console} if console else {})])
        return
    if console:
        screen.lines([screen.words(nl=f"Kijken: {console}", en=f"To look: {console}")])
    screen.lines(
        [
            screen.words(
                nl=f"Seintje is bereikbaar: {url}/v1", en=f"Seintje can be reached: {url}/v1"
            ),
            screen.words(nl=f"  meetwaarden    {url}/metrics", en=f"  metrics      {url}/metrics"),
            screen.words(nl=f"  Kafka          {brokers}", en=f"  Kafka        {brokers}"),
            screen.words(
                nl="  sleutel maken  seintje parties key create PARTY",
                en="  make a key   seintje parties key create PARTY",
            ),
            screen.words(nl="Stoppen met Ctrl-C.", en="Stop with Ctrl-C."),
        ]
    )
