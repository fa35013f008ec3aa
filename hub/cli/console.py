"""`seintje console link`: a one-time link into the console, also while the hub runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.options import AsJson, DataAt
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.settings import Settings

MINUTES = 15  # as `hub.console.links` has it, which is not loaded for the help


def link(
    ctx: typer.Context,
    party: Annotated[
        str | None,
        typer.Argument(
            metavar="[PARTY]", help="For whom one looks; without it, who opens the link chooses."
        ),
    ] = None,
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """Make a link to sign in to the console.

    Of a hub in one process, also while it runs. It works once, and for a quarter of an hour.
    Whoever has it sees what that party may know. The
    address in it is SEINTJE_CONSOLE_URL, or where a hub listens that was told nothing else.
    """
    from hub.cli.run import url_of
    from hub.settings import load

    screen = screen_of(ctx, as_json=as_json)
    settings = load(
        screen.environ,
        {"data": None if data is None else str(data), "console_party": party},
    )
    made = new_link(settings, url_of(settings.listen, settings))
    if not screen.shows_tables:
        screen.rows([{"link": made}])
        return
    screen.lines([made, worth(screen)])


def new_link(settings: Settings, address: str) -> str:
    """A link into the console of the hub on this data directory; `address` where it is reached if
    no setting says so.

    Misconfigured: no hub ever ran there. Unavailable: it is busy, try again.
    """
    from hub.clocks import SystemClock
    from hub.console import links
    from hub.streams.sqlite.editing import transaction_in

    with transaction_in(settings.data) as connection:
        path = links.create(connection, settings.console_party or "", SystemClock().now())
    return f"{settings.console_url or address}{path}"


def worth(screen: Screen) -> str:
    """What a link is good for."""
    return screen.words(
        nl=f"Deze link werkt één keer, {MINUTES} minuten lang.",
        en=f"This link works once, for {MINUTES} minutes.",
    )
