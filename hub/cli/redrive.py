"""`seintje dead-letters redrive`: what could not be processed goes back to where it came from."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.options import AsJson, DataAt
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.settings import Settings
    from hub.streams.seam import Emit


def redrive(
    ctx: typer.Context,
    position: Annotated[int, typer.Argument(metavar="POSITION", help="As the list shows it.")],
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """Put a dead letter back where it came from.

    Do it when what made it fail was mended: its household, about which nothing was told since,
    is looked at again. The letter stays in the list. Exit 1 if it cannot go back.
    """
    from hub.settings import load
    from hub.streams.redriving import NotRedriven

    screen = screen_of(ctx, as_json=as_json)
    settings = load(screen.environ, {"data": None if data is None else str(data)})
    on_kafka = data is None and settings.kafka_brokers is not None
    try:
        sent = asyncio.run(_on_kafka(settings, position)) if on_kafka else _in(settings, position)
    except NotRedriven as why:
        screen.nothing(str(position), nl=f"kan niet terug: {why}", en=f"cannot go back: {why}")
    if sent is None:
        screen.nothing(str(position), nl="dit bericht is er niet", en="there is no such letter")
    _tell(screen, position, sent)


def _in(settings: Settings, position: int) -> Emit | None:
    """In the data directory of a hub in one process, also while it runs."""
    from hub.clocks import clock_of
    from hub.streams.loop import DEAD_LETTERS
    from hub.streams.redriving import redriven
    from hub.streams.sqlite.editing import transaction_in
    from hub.streams.sqlite.records import append, read_after

    with transaction_in(Path(settings.data)) as connection:
        found = read_after(connection, DEAD_LETTERS, position - 1, 1)
        if not found or found[0].at != position:
            return None
        emit = redriven(found[0])
        append(connection, [emit], clock_of(settings.clock).now())
    return emit


async def _on_kafka(settings: Settings, position: int) -> Emit | None:
    from hub.streams.kafka.brokers import Brokers
    from hub.streams.kafka.connection import connection_of
    from hub.streams.kafka.names import Names
    from hub.streams.kafka.streams import KafkaLog, KafkaOutbox
    from hub.streams.loop import DEAD_LETTERS
    from hub.streams.redriving import redriven

    brokers = Brokers(connection_of(settings), Names(settings.kafka_prefix))
    found = await KafkaOutbox(brokers).read(DEAD_LETTERS, position - 1, 1, 0.0)
    if not found or found[0].at != position:
        return None
    emit = redriven(found[0])
    log = KafkaLog(brokers)
    try:
        await log.start()
        await log.append(emit.stream, [emit])
    finally:
        await log.close()
    return emit


def _tell(screen: Screen, position: int, sent: Emit) -> None:
    if not screen.shows_tables:
        screen.rows([{"position": position, "stream": sent.stream}])
        return
    told = screen.words(
        nl=f"Bericht {position} is teruggezet op {sent.stream}.",
        en=f"Letter {position} went back to {sent.stream}.",
    )
    screen.lines([told])
