"""`seintje worker`: correlation and regions on Kafka; what `faust worker` does, in our manners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.options import AsJson
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.settings import Settings


def worker(
    ctx: typer.Context,
    listen: Annotated[
        str | None,
        typer.Option(
            "--listen",
            metavar="HOST:PORT",
            help="Where its pages are (SEINTJE_WORKER_LISTEN); without it 127.0.0.1:8310.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take in and correlate facts on Kafka.

    One of any number of workers, which share the partitions. SEINTJE_KAFKA_BROKERS and
    SEINTJE_KEY_FILE say where Kafka and the key are; Ctrl-C or SIGTERM stops it.
    """
    from hub.compose.beginning import begin
    from hub.compose.starting import settings_for
    from hub.compose.worker import build
    from hub.gateway.server import open_socket
    from hub.settings import Role

    screen = screen_of(ctx, as_json=as_json)
    given = {"worker_listen": listen, "lang": screen.language}
    settings = settings_for(Role.WORKER, screen.environ, given)
    begin(settings, "worker")
    built = build(settings)
    open_socket(settings.worker_listen).close()  # Faust does not say which port is taken
    _tell(screen, settings)
    built.execute()


def _tell(screen: Screen, settings: Settings) -> None:
    url = f"http://{settings.worker_listen}"
    if not screen.shows_tables:
        screen.rows([{"metrics": f"{url}/metrics", "kafka": settings.kafka_brokers}])
        return
    screen.lines(
        [
            screen.words(
                nl=f"Seintje correleert wat op {settings.kafka_brokers} binnenkomt.",
                en=f"Seintje correlates what comes in at {settings.kafka_brokers}.",
            ),
            screen.words(nl=f"  meetwaarden  {url}/metrics", en=f"  metrics  {url}/metrics"),
            screen.words(nl="Stoppen met Ctrl-C.", en="Stop with Ctrl-C."),
        ]
    )
