"""`seintje dead-letters dismiss`: what need not be processed any more, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.letter_choice import (
    Choice,
    FactType,
    Gemeente,
    OfParty,
    Positions,
    Reason,
    Since,
    Stream,
    Until,
    moment_of,
    ranges_of,
)
from hub.cli.options import AsJson, DataAt
from hub.cli.redrive import CAP, RATE, STOP_AFTER, Cap, DryRun, Everything, Rate, StopAfter, check
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.cli.letter_desk import Deed

_WHY_CHARACTERS: Final = 200


def dismiss(
    ctx: typer.Context,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="For who looks later; nothing personal.")
    ],
    position: Positions = None,
    reason: Reason = None,
    stream: Stream = None,
    party: OfParty = None,
    fact_type: FactType = None,
    gemeente: Gemeente = None,
    since: Since = None,
    until: Until = None,
    everything: Everything = False,
    keep_frozen: Annotated[
        bool, typer.Option("--keep-frozen", help="Tell nothing about their households still.")
    ] = False,
    dry_run: DryRun = False,
    cap: Cap = CAP,
    rate: Rate = RATE,
    stop_after: StopAfter = STOP_AFTER,
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """Say of dead letters that nothing is to be done.

    What is in them is not processed. Households about which nothing was told because of them are
    looked at again, without these facts. Letters stay in the list, with the reason. Exit 1 if one
    of them cannot be dismissed, or a household fails again.
    """
    from hub.cli.dead_letters import where
    from hub.cli.letter_run import Act, Pace
    from hub.cli.letter_telling import Words, Work
    from hub.clocks import clock_of
    from hub.reading.letter_marks import Mark, State
    from hub.streams.redriving import dropped

    choice = Choice(
        ranges_of(position),
        frozenset(reason or ()),
        stream,
        party,
        fact_type,
        gemeente,
        moment_of(since, "--since"),
        moment_of(until, "--until"),
    )
    check(choice, everything=everything)
    screen = screen_of(ctx, as_json=as_json)
    settings, on_kafka = where(screen, data)
    mark = Mark(State.DISMISSED, clock_of(settings.clock).now(), _checked(why))
    act = Act(lambda record, letter: [] if keep_frozen else dropped(record, letter), mark)
    work = Work(screen, settings, on_kafka=on_kafka)
    pace = Pace(cap, rate, stop_after, waits=False)
    if dry_run:
        work.rehearse(choice, act, pace)
        return
    work.carry_out(choice, act, pace, Words(_row, _told))


def _checked(why: str) -> str:
    from hub.wire.bsn import find_bsn

    text = why.strip()
    if not text or len(text) > _WHY_CHARACTERS:
        told = f"one line of 1 to {_WHY_CHARACTERS} characters"
        raise typer.BadParameter(told, param_hint="--why")
    if find_bsn(text, "why"):
        raise typer.BadParameter("there is a burgerservicenummer in it", param_hint="--why")
    return text


def _row(deed: Deed) -> dict[str, Any]:
    return {"position": deed.letter.position, "state": "dismissed"}


def _told(screen: Screen, done: int) -> str:
    if done == 1:
        return screen.words(nl="Eén bericht is afgedaan.", en="One letter was dismissed.")
    return screen.words(nl=f"{done} berichten zijn afgedaan.", en=f"{done} letters were dismissed.")
