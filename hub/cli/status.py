"""`seintje status`: a live screen of one hub, out of the pages of its processes.

Changes nothing.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.options import AsJson
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.cli.pages import Pages
    from hub.cli.status_picture import Picture

_REST_S: Final = 1.0  # between two looks
_PATIENCE_S: Final = 2.0  # for each answer: a hub that is busy is there all the same


def status(
    ctx: typer.Context,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            metavar="URL",
            help="Where a process runs, more than once for more. Without it where settings say.",
        ),
    ] = None,
    once: Annotated[
        bool,
        typer.Option("--once", help="Show one picture and end; exit 1 if one is not ready."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Watch one hub live: what comes in, what waits.

    Each second what its processes say at /readyz, /healthz and /metrics; q or Ctrl-C ends it. A
    part that goes away is shown as away, and comes back. Without a terminal one picture as JSON. It
    shows no household and no name but those of parties.
    """
    screen = screen_of(ctx, as_json=as_json)
    urls = tuple(dict.fromkeys(it.rstrip("/") for it in at or _places(screen)))
    if once or not screen.shows_tables:
        _show_once(screen, urls)
        return
    _watch(screen, urls)


def _places(screen: Screen) -> Sequence[str]:
    """Where the settings of this environment say that processes of a hub are."""
    from hub.settings import load

    settings = load(screen.environ)
    scheme = "http" if settings.tls_certificate is None else "https"
    places = [f"{scheme}://{settings.listen}"]
    if settings.kafka_brokers is not None:
        places += [f"http://{settings.worker_listen}", f"http://{settings.deliver_listen}"]
    return places


def _show_once(screen: Screen, urls: Sequence[str]) -> None:
    from hub.cli.status_board import draw
    from hub.cli.status_picture import picture_of

    before = _looked(urls)
    if any(it.figures for it in before):  # how many a second takes two looks
        time.sleep(_REST_S)
    # programs read words that stay the same, in English
    language = screen.language if screen.shows_tables else "en"
    picture = picture_of(_looked(urls), before, language)
    if screen.shows_tables:
        out = screen.out
        out.print(draw(picture, screen.language, out.width))
    else:
        screen.rows(_rows(picture))
    if not picture.is_well:
        raise typer.Exit(1)


def _watch(screen: Screen, urls: Sequence[str]) -> None:
    from rich.live import Live

    from hub.cli.status_board import draw
    from hub.cli.status_picture import picture_of

    out = screen.out
    before: Sequence[Pages] = ()
    live = Live(console=out, screen=True, auto_refresh=False)
    with _keys() as pressed, _signals() as asked_to_end, live:
        while True:
            now = _looked(urls)
            picture = picture_of(now, before, screen.language)
            board = draw(picture, screen.language, out.width, out.height)
            live.update(board, refresh=True)
            before = now
            if pressed(_REST_S) or asked_to_end():
                return


def _looked(urls: Sequence[str]) -> Sequence[Pages]:
    from hub.cli.pages import look_at

    async def every() -> Sequence[Pages]:
        return await asyncio.gather(*(look_at(url, _PATIENCE_S) for url in urls))

    return asyncio.run(every())


@contextmanager
def _keys() -> Iterator[Any]:
    """Waits so many seconds, and says whether somebody pressed q before that."""
    if not sys.stdin.isatty():
        yield _nobody_presses
        return
    stdin = sys.stdin.fileno()
    usual = termios.tcgetattr(stdin)
    tty.setcbreak(stdin)
    try:
        yield lambda seconds: _is_q_pressed(stdin, seconds)
    finally:
        termios.tcsetattr(stdin, termios.TCSADRAIN, usual)


def _is_q_pressed(stdin: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([stdin], [], [], left)[0]:
            pressed = os.read(stdin, 64)
            if not pressed or b"q" in pressed.lower():
                return True
    return False


def _nobody_presses(seconds: float) -> bool:
    time.sleep(seconds)
    return False


@contextmanager
def _signals() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM asked for the end. Asked, not raised: an exception that comes while
    a process is being asked may be taken for one of its own, and be lost."""
    asked = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {it: signal.signal(it, lambda number, _frame: asked.append(number)) for it in numbers}
    try:
        yield lambda: bool(asked)
    finally:
        for number, usual in before.items():
            signal.signal(number, usual)


def _rows(picture: Picture) -> Iterator[dict[str, Any]]:
    for process in picture.processes:
        yield {
            "process": process.url,
            "role": process.role,
            "version": process.version,
            "state": process.state,
            "reasons": list(process.reasons),
        }
    for row in picture.rows:
        yield {
            "subject": row.subject,
            "name": row.name.strip(),
            "value": row.value,
            "shown": row.shown,
            "severity": row.how.value,
        }
