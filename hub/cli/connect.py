"""`seintje connect`: the systems of parties, each in its own words."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from connectors.index import Name
from hub.cli.options import AsJson
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from connectors.checking import Checked
    from hub.compose.connecting import Connecting
    from hub.settings import Listen


class Do(StrEnum):
    """What a connector is to do."""

    CHECK = "check"
    ONCE = "once"
    RUN = "run"
    DISMISS = "dismiss"
    SUGGEST_MAPPING = "suggest-mapping"


def connect(
    ctx: typer.Context,
    name: Annotated[Name, typer.Argument(metavar="NAME", help=f"One of {', '.join(Name)}.")],
    do: Annotated[Do, typer.Argument(metavar="DO", help=f"One of {', '.join(Do)}.")],
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[WHERE|FILE]",
            help="For dismiss: where it is, as check shows it. For suggest-mapping: the export.",
        ),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Its settings; NAME.yaml without it."),
    ] = None,
    fact_type: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="For suggest-mapping: which facts it holds."),
    ] = None,
    again: Annotated[
        bool,
        typer.Option("--from-start", help="With once or run: read everything from its beginning."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Connect the system of a party to a hub.

    What it says is published, and it is told the alerts of its party.

    check says what is wrong, and changes nothing; exit 1 if it found something. once does all that
    there is to do now. run goes on until Ctrl-C or SIGTERM. dismiss forgets what somebody dealt
    with. files suggest-mapping reads the header of an export. See docs/connectors.
    """
    screen = screen_of(ctx, as_json=as_json)
    if do is Do.SUGGEST_MAPPING:
        _suggest_mapping(name, _required(what, "FILE"), fact_type, screen)
        return
    connecting = _connecting(name, settings, screen)
    if do is Do.DISMISS:
        _dismiss(connecting, _required(what, "WHERE"), screen)
        return
    if again and do is not Do.CHECK:
        _begin_again(connecting)
    _DOES[do](connecting, screen)


def _connecting(name: Name, settings: Path | None, screen: Screen) -> Connecting:
    from hub.clocks import clock_of
    from hub.compose.connecting import Connecting
    from hub.settings import load
    from hub.telemetry.logs import start_logs

    start_logs()
    clock = clock_of(load(screen.environ).clock)
    return Connecting(name, settings or Path(f"{name.value}.yaml"), clock)


def _required(what: str | None, name: str) -> str:
    if what is None:
        raise typer.BadParameter("it is missing", param_hint=name)
    return what


def _suggest_mapping(name: Name, file: str, fact_type: str | None, screen: Screen) -> None:
    if name is not Name.FILES:
        raise typer.BadParameter("only `files` has mappings to suggest", param_hint="NAME")
    from connectors.corporatie.files_suggest import suggest

    suggestion = suggest(Path(file), fact_type)
    sys.stdout.write(suggestion.text.rstrip("\n") + "\n")
    sys.stdout.flush()
    for sentence in suggestion.remaining:
        screen.say(sentence)


def _dismiss(connecting: Connecting, where: str, screen: Screen) -> None:
    from connectors.kept import Kept

    kept = Kept(connecting.common.state, alone=False)
    found = kept.dismiss(where)
    kept.close()
    if not found:
        screen.nothing(where, nl="daar is niets van bewaard", en="nothing of it is kept")


def _begin_again(connecting: Connecting) -> None:
    from connectors.kept import Kept

    kept = Kept(connecting.common.state)
    kept.begin_again()
    kept.close()


def _check(connecting: Connecting, screen: Screen) -> None:
    told = screen.words(nl="Gelezen", en="Read")
    with screen.progress(told, None) as advance:
        checked = asyncio.run(connecting.check(advance))
    if screen.shows_tables:
        _show(checked, screen)
    else:
        screen.rows(checked.findings)
    if not checked.is_whole:
        screen.say(
            screen.words(
                nl=f"Er is meer; bekeken zijn de eerste {checked.records}.",
                en=f"There is more; the first {checked.records} were looked at.",
            )
        )
    if checked.findings:
        raise typer.Exit(1)


def _show(checked: Checked, screen: Screen) -> None:
    if checked.findings:
        columns = {
            "nl": ("waar", "wat er mis is", "wat te doen"),
            "en": ("where", "what is wrong", "how to mend it"),
        }[screen.language]
        screen.table(columns, [(it.where, it.wrong, it.mend) for it in checked.findings])
    screen.lines(
        [
            screen.words(
                nl=f"{checked.records} bekeken, {checked.facts} feiten, "
                f"{len(checked.findings)} dingen te doen; er is niets gepubliceerd",
                en=f"{checked.records} looked at, {checked.facts} facts, "
                f"{len(checked.findings)} things to mend; nothing was published",
            )
        ]
    )


def _once(connecting: Connecting, screen: Screen) -> None:
    async def once() -> None:
        async with connecting.ready() as ready:
            counts = await ready.once()
            dead = ready.kept.count_dead()
        shown = {"facts": counts.facts, "alerts": counts.alerts, "deadLetters": dead}
        if not screen.shows_tables:
            screen.rows([shown])
            return
        screen.lines(
            [
                screen.words(
                    nl=f"{counts.facts} feiten gepubliceerd, {counts.alerts} seintjes bezorgd, "
                    f"{dead} dingen te doen (zie check)",
                    en=f"{counts.facts} facts published, {counts.alerts} alerts delivered, "
                    f"{dead} things to mend (see check)",
                )
            ]
        )

    asyncio.run(once())


def _run(connecting: Connecting, screen: Screen) -> None:
    from hub.compose.connecting import run

    def tell(listening: Listen | None) -> None:
        at = None if listening is None else f"http://{listening.host}:{listening.port}"
        if not screen.shows_tables:
            screen.rows([{"event": "connected", "pages": at}])
            return
        shown = "" if at is None else f" ({at}/metrics)"
        screen.lines(
            [
                screen.words(
                    nl=f"De koppeling werkt{shown}. Ctrl-C stopt.",
                    en=f"The connector is at work{shown}. Ctrl-C stops it.",
                )
            ]
        )

    run(connecting, tell)


_DOES: Final[dict[Do, Callable[[Connecting, Screen], None]]] = {
    Do.CHECK: _check,
    Do.ONCE: _once,
    Do.RUN: _run,
}
