"""`seintje deliver`: webhooks to the receivers of parties, of a hub on Kafka."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from hub.cli.options import AsJson
from hub.cli.run import url_of
from hub.cli.screen import Screen, screen_of
from hub.settings import PREFIX

if TYPE_CHECKING:
    from hub.settings import Listen

_FOLDER: Final = "seintje-deliver"

FollowedAt: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Where what it follows lies, seintje-deliver without it; may be lost.",
    ),
]
PagesAt: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help="Where its pages are (SEINTJE_DELIVER_LISTEN); without it 127.0.0.1:8320.",
    ),
]


def deliver(
    ctx: typer.Context, data: FollowedAt = None, listen: PagesAt = None, as_json: AsJson = False
) -> None:
    """Deliver webhooks, of a hub on Kafka.

    One of these in a hub: one that starts takes over, and the one before it stops. Ctrl-C or
    SIGTERM stops it. Settings come from SEINTJE_* variables too; options win.
    """
    from hub.compose.beginning import begin
    from hub.compose.deliver import build
    from hub.compose.starting import settings_for
    from hub.settings import Role

    screen = screen_of(ctx, as_json=as_json)
    given = {
        "data": _folder(data, screen.environ),
        "deliver_listen": listen,
        "lang": screen.language,
    }
    settings = settings_for(Role.DELIVER, screen.environ, given)
    begin(settings, "deliver")
    role = build(settings)
    role.run(lambda listening: _tell(screen, listening, settings.kafka_brokers or ""))


def _folder(data: Path | None, environ: Mapping[str, str]) -> str | None:
    """Without a word on it not where a gateway has its own: both may run on one machine."""
    if data is not None:
        return str(data)
    return None if f"{PREFIX}DATA" in environ else _FOLDER


def _tell(screen: Screen, listening: Listen, brokers: str) -> None:
    url = url_of(listening)
    if not screen.shows_tables:
        screen.rows([{"metrics": f"{url}/metrics", "kafka": brokers}])
        return
    screen.lines(
        [
            screen.words(
                nl=f"Seintje bezorgt wat op {brokers} voor partijen klaarstaat.",
                en=f"Seintje delivers what waits for parties on {brokers}.",
            ),
            screen.words(nl=f"  meetwaarden  {url}/metrics", en=f"  metrics  {url}/metrics"),
            screen.words(nl="Stoppen met Ctrl-C.", en="Stop with Ctrl-C."),
        ]
    )
