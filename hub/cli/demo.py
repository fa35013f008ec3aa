"""`seintje demo`: the whole hub on a temporary directory, with a simulated region in fast time."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from hub.cli.console import new_link
from hub.cli.options import AsJson
from hub.cli.run import ListenAt, url_of
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    import socket

    from hub.cli.demo_board import Board
    from hub.cli.demo_story import Story
    from hub.compose.embedded import Hub
    from hub.settings import Settings

_FRAME_S = 0.25  # between two looks at the board


def demo(
    ctx: typer.Context,
    listen: ListenAt = None,
    speed: Annotated[
        int, typer.Option(min=1, max=100_000, metavar="N", help="How many times as fast as life.")
    ] = 10_800,
    seed: Annotated[int, typer.Option(metavar="S", help="Another seed, another region.")] = 1,
    lasts: Annotated[
        float | None,
        typer.Option("--for", min=0, metavar="SECONDS", help="Stop by itself after so long."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a made-up region to a hub, and show both sides.

    Ctrl-C stops it. Nothing is left behind, and nobody in it exists.
    """

    from hub.telemetry.logs import start_logs

    screen = screen_of(ctx, as_json=as_json)
    start_logs()
    with tempfile.TemporaryDirectory(prefix="seintje-demo-") as folder:
        settings = _settings(screen, Path(folder) / "data", listen, speed)
        show = _Show(screen, settings, seed, lasts)
        with asyncio.Runner(loop_factory=_loop) as runner:
            story = runner.run(show.play(fixed=listen is not None))
    _sum_up(screen, story)


class _Ways(NamedTuple):
    """How the demo is looked at: its address, the link into its console, a key for each party."""

    url: str
    console: str
    keys: Mapping[str, str]


class _Show:
    """One run of the demo."""

    def __init__(self, screen: Screen, settings: Settings, seed: int, lasts: float | None) -> None:
        self._screen = screen
        self._settings = settings
        self._seed = seed
        self._lasts = lasts

    async def play(self, *, fixed: bool) -> Story:
        """Until it is stopped; what happened."""
        from hub.cli.demo_play import Player
        from hub.cli.demo_story import Story
        from hub.compose.embedded import build
        from hub.compose.serving import application_of
        from hub.gateway.server import Server
        from hub.simulation.demo import demo_schedule

        listening = _socket(self._settings, fixed=fixed)
        hub = build(self._settings)
        story = Story(hub.parties)
        async with hub.started():
            _stop_when_asked(hub, self._lasts)
            url = url_of_socket(listening)
            keys = await _keys_of_all(hub)
            looks = new_link(self._settings, url)
            player = Player(hub, story, self._settings.clock.speed, self._telling())
            tasks = [asyncio.create_task(player.listen(party)) for party in keys]
            tasks.append(asyncio.create_task(player.send(demo_schedule(self._seed))))
            try:
                async with self._shown(hub, story, _Ways(url, looks, keys)):
                    await Server(application_of(hub), listening).serve(hub.stopping)
            finally:
                await _ended(tasks)
        return story

    def _telling(self) -> Any:
        if self._screen.shows_tables:
            return lambda _event: None
        return lambda event: self._screen.rows([event])

    @asynccontextmanager
    async def _shown(self, hub: Hub, story: Story, ways: _Ways) -> AsyncIterator[None]:
        if not self._screen.shows_tables:
            told = {"api": f"{ways.url}/v1", "console": ways.console, "keys": ways.keys}
            self._screen.rows([{"event": "listening"} | told])
            yield
            return
        from hub.cli.demo_board import Board

        board = Board(story, self._screen.language, ways.console)
        drawing = asyncio.create_task(_draw(board, hub))
        try:
            yield
        finally:
            await _ended([drawing])


async def _draw(board: Board, hub: Hub) -> None:
    from rich.console import Console
    from rich.live import Live

    console = Console()
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            live.update(board.draw(hub.clock.now(), console.height), refresh=True)
            await asyncio.sleep(_FRAME_S)


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


async def _keys_of_all(hub: Hub) -> dict[str, str]:
    """An API key for each party, to look around with."""
    from hub.gateway import api_keys

    keys = {}
    for party in sorted(hub.parties.by_id):
        make = partial(api_keys.create, party=party, now=hub.clock.now())
        keys[party] = (await hub.store.transact(make)).secret
    return keys


def _stop_when_asked(hub: Hub, lasts: float | None) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, hub.stopping.set)
    hub.workers.ended.add_done_callback(lambda _: loop.call_soon_threadsafe(hub.stopping.set))
    if lasts is not None:
        loop.call_later(lasts, hub.stopping.set)


def _settings(screen: Screen, data: Path, listen: str | None, speed: int) -> Settings:
    from hub.domain.time import format_instant, start_of_day
    from hub.settings import load
    from hub.simulation.simulate import START

    begins = format_instant(start_of_day(START))
    given = {
        "data": str(data),
        "listen": listen,
        "clock": f"from:{begins},x{speed}",
        "lang": screen.language,
    }
    return load({}, given)


def _socket(settings: Settings, *, fixed: bool) -> socket.socket:
    """The usual port, or any that is free if that one is taken and nobody asked for it."""
    from hub.errors import Misconfigured
    from hub.gateway.server import open_socket
    from hub.settings import Listen

    try:
        return open_socket(settings.listen)
    except Misconfigured:
        if fixed:
            raise
        return open_socket(Listen(settings.listen.host, 0))


def url_of_socket(listening: socket.socket) -> str:
    from hub.settings import Listen

    host, port = listening.getsockname()[:2]
    return url_of(Listen(host, port))


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


def _sum_up(screen: Screen, story: Story) -> None:
    if not screen.shows_tables:
        return
    first = story.joint[0].title if story.joint else "–"
    screen.lines(
        [
            screen.words(
                nl=f"{story.heard} feiten, {len(story.households)} huishoudens, {story.told} "
                f"berichten; eerste gezamenlijke seintje: {first}",
                en=f"{story.heard} facts, {len(story.households)} households, {story.told} "
                f"notices; first joint alert: {first}",
            )
        ]
    )
    sys.stdout.flush()
