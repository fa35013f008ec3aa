"""`seintje dead-letters redrive`: what could not be processed goes back to where it came from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

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
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.cli.letter_desk import Deed
    from hub.cli.letter_run import Act
    from hub.settings import Settings

CAP: Final = 100
RATE: Final = 20.0
STOP_AFTER: Final = 3

Everything: TypeAlias = Annotated[
    bool, typer.Option("--all", help="All that are open; up to --cap.")
]
DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and what cannot be; no more.")
]
Cap: TypeAlias = Annotated[
    int, typer.Option("--cap", min=1, metavar="N", help="At most so many in this run.")
]
Rate: TypeAlias = Annotated[
    float, typer.Option("--rate", min=0.1, metavar="N", help="At most so many a second.")
]
StopAfter: TypeAlias = Annotated[
    int,
    typer.Option(
        "--stop-after", min=1, metavar="N", help="Stop when so many came back as dead letters."
    ),
]


def redrive(
    ctx: typer.Context,
    position: Positions = None,
    reason: Reason = None,
    stream: Stream = None,
    party: OfParty = None,
    fact_type: FactType = None,
    gemeente: Gemeente = None,
    since: Since = None,
    until: Until = None,
    everything: Everything = False,
    corrected: Annotated[
        Path | None,
        typer.Option("--with", metavar="FILE", help="One letter: put this fact in its place."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also those that were redriven or dismissed before.")
    ] = False,
    dry_run: DryRun = False,
    cap: Cap = CAP,
    rate: Rate = RATE,
    stop_after: StopAfter = STOP_AFTER,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for what comes of the last of them too.")
    ] = False,
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """Put dead letters back where they came from.

    Do it when what made them fail was mended: households, about which nothing was told since, are
    looked at again. A few go first, and it stops by itself when they fail again; begun again, it
    goes on where it was. Letters stay in the list. Exit 1 if one cannot go back or came back, 3 if
    the hub does not take them.
    """
    from hub.cli.dead_letters import where
    from hub.cli.letter_run import Pace
    from hub.cli.letter_telling import Words, Work

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
    if again and not choice.ranges:
        raise typer.BadParameter("say which, by position: 12, or 12-40", param_hint="--again")
    if corrected is not None and (len(choice.ranges) != 1 or len(choice.single) != 1):
        raise typer.BadParameter("one position goes with it", param_hint="--with")
    screen = screen_of(ctx, as_json=as_json)
    settings, on_kafka = where(screen, data)
    act = _act(settings, corrected, on_kafka=on_kafka, again=again)
    work = Work(screen, settings, on_kafka=on_kafka)
    pace = Pace(cap, rate, stop_after, wait)
    if dry_run:
        work.rehearse(choice, act, pace)
        return
    work.carry_out(choice, act, pace, Words(_row, _told))


def check(choice: Choice, *, everything: bool) -> None:
    """Wrong use where a command would be about all letters, and nobody said so."""
    if choice.is_all and not everything:
        told = "say which: a position, a range like 12-40, --reason and the like, or --all"
        raise typer.BadParameter(told, param_hint="POSITION")


def _act(settings: Settings, corrected: Path | None, *, on_kafka: bool, again: bool) -> Act:
    from hub.cli.letter_run import Act
    from hub.clocks import clock_of
    from hub.reading.letter_marks import Mark, State
    from hub.streams.redriving import redriven

    now = clock_of(settings.clock).now()
    if corrected is None:
        return Act(lambda record, _: [redriven(record)], Mark(State.REDRIVEN, now), again)
    from hub.cli.letter_event import Mending

    mending = Mending(settings, corrected, on_kafka=on_kafka)
    return Act(mending, Mark(State.REDRIVEN, now, corrected=True), again)


def _row(deed: Deed) -> dict[str, Any]:
    return {"position": deed.letter.position, "stream": deed.emits[0].stream}


def _told(screen: Screen, done: int) -> str:
    if done == 1:
        return screen.words(nl="Eén bericht is teruggezet.", en="One letter went back.")
    return screen.words(nl=f"{done} berichten zijn teruggezet.", en=f"{done} letters went back.")
