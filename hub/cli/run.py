"""`seintje run`: the whole hub in one process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.options import DataAt
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.settings import Listen, Settings


def run(
    ctx: typer.Context,
    data: DataAt = None,
    listen: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Where to listen; 127.0.0.1:8300 without it."),
    ] = None,
    agreements: Annotated[
        Path | None,
        typer.Option(metavar="A", help="Agreement file or folder; without it the default."),
    ] = None,
    clock: Annotated[
        str | None,
        typer.Option(metavar="C", help="system, fixed:T or from:T,xN: for trying things out."),
    ] = None,
) -> None:
    """Run the hub: facts in over HTTP, joint alerts out, everything in one data directory.

    Stops on SIGTERM or Ctrl-C, and loses nothing when it is killed.
    """
    from hub.compose import build
    from hub.settings import load
    from hub.telemetry import start_logs

    screen = screen_of(ctx)
    given = {
        "data": None if data is None else str(data),
        "listen": listen,
        "agreements": None if agreements is None else str(agreements),
        "clock": clock,
    }
    settings = load(os.environ, given)
    start_logs()
    hub = build(settings)
    hub.run(lambda listening: _say_where(screen, settings, listening))


def _say_where(screen: Screen, settings: Settings, listening: Listen) -> None:
    url = f"http://{listening}"
    screen.say(
        screen.words(
            nl=f"Seintje draait. Feiten: POST {url}/v1/events, seintjes: GET {url}/v1/alerts,\n"
            f"metingen: {url}/metrics, gegevens: {settings.data}\n"
            f"Een sleutel voor een partij: seintje parties key create PARTIJ --data {settings.data}",
            en=f"Seintje is running. Facts: POST {url}/v1/events, alerts: GET {url}/v1/alerts,\n"
            f"metrics: {url}/metrics, data: {settings.data}\n"
            f"A key for a party: seintje parties key create PARTY --data {settings.data}",
        )
    )
