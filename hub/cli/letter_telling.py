"""How commands that do something about dead letters tell what they did, or would do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

import typer

from hub.cli.letter_choice import Choice
from hub.cli.letter_desk import Deed, desk_of
from hub.cli.letter_run import PATIENCE_SECONDS, Act, End, NotDone, Pace, Plan, Ran, planned, run
from hub.cli.screen import Screen
from hub.cli.showing import show
from hub.errors import Fenced, OutcomeUnknown, Unavailable

if TYPE_CHECKING:
    from hub.settings import Settings
    from hub.wire.state import PartyOf

_GROUPED: Final = ("goes", "reason", "stream", "why", "count")
_WRONG_OUTSIDE: Final = 3


class Words(NamedTuple):
    """How something is told that was done: each of it to programs, how many to people."""

    row: Callable[[Deed], dict[str, Any]]
    done: Callable[[Screen, int], str]


class Work:
    """One command: what it is about, and how it is told."""

    def __init__(self, screen: Screen, settings: Settings, *, on_kafka: bool) -> None:
        from hub.cli.dead_letters import parties_of

        self._screen = screen
        self._settings = settings
        self._on_kafka = on_kafka
        self._party_of: PartyOf = parties_of(settings)

    def rehearse(self, choice: Choice, act: Act, pace: Pace) -> None:
        """Tell what would be done. Changes nothing."""
        plan = asyncio.run(self._planned(choice, act, pace))
        rows = [_row(it) for it in plan.deeds] + [_refused(it) for it in plan.refused]
        if self._screen.shows_tables:
            show(self._screen, _grouped(rows), _GROUPED)
        else:
            self._screen.rows(rows)
        self._tell_left(plan)

    def carry_out(self, choice: Choice, act: Act, pace: Pace, words: Words) -> None:
        """Do it, and tell of it. Ends the command where not all went well."""
        plan, ran = asyncio.run(self._done(choice, act, pace, words.row))
        if self._screen.shows_tables:
            self._screen.lines([words.done(self._screen, ran.done)])
        for it in plan.refused:
            self._tell_refused(it)
        self._tell_left(plan)
        if ran.end is not End.DONE:
            self._stop(ran)
        if any(it.position in choice.single for it in plan.refused):
            raise typer.Exit(1)

    async def _planned(self, choice: Choice, act: Act, pace: Pace) -> Plan:
        async with desk_of(self._settings, on_kafka=self._on_kafka) as desk:
            return await planned(desk, choice, act, pace.cap, self._party_of)

    async def _done(
        self, choice: Choice, act: Act, pace: Pace, row: Callable[[Deed], dict[str, Any]]
    ) -> tuple[Plan, Ran]:
        screen, done = self._screen, 0
        async with desk_of(self._settings, on_kafka=self._on_kafka, writes=True) as desk:
            plan = await planned(desk, choice, act, pace.cap, self._party_of)
            told = screen.words(nl="Onverwerkte berichten", en="Dead letters")
            with screen.progress(told, len(plan.deeds)) as advance:

                def watch(chunk: Sequence[Deed]) -> None:
                    nonlocal done
                    done += len(chunk)
                    advance(done)
                    if not screen.shows_tables:
                        screen.rows(map(row, chunk))

                try:
                    return plan, await run(desk, plan, pace, self._party_of, watch)
                except (Fenced, OutcomeUnknown) as lost:
                    raise Unavailable(_LOST[type(lost)]) from None

    def _tell_refused(self, it: NotDone) -> None:
        if it.letter is None:
            told = self._screen.words(nl="dit bericht is er niet", en="there is no such letter")
        else:
            told = self._screen.words(nl=f"kan niet: {it.why}", en=f"cannot be done: {it.why}")
        self._screen.refusal(_refused(it), f"{it.position} — {told}")

    def _tell_left(self, plan: Plan) -> None:
        if not (plan.deeds or plan.refused):
            self._screen.say(
                self._screen.words(
                    nl="Er is geen bericht dat zo is en nog openstaat: seintje dead-letters list.",
                    en="No letter is like that and still open: seintje dead-letters list.",
                )
            )
        if plan.left:
            self._screen.say(
                self._screen.words(
                    nl=f"{plan.left} blijven over door --cap; dezelfde opdracht gaat verder.",
                    en=f"{plan.left} are left for --cap; the same command goes on.",
                )
            )

    def _stop(self, ran: Ran) -> NoReturn:
        if ran.end is End.CAME_BACK:
            at = ", ".join(f"{it.position} ({it.reason}, from {it.came_from})" for it in ran.back)
            self._screen.say(
                self._screen.words(
                    nl=f"Gestopt na {ran.done}: {len(ran.back)} kwamen terug: {at}."
                    " Verhelp eerst wat er mis is; dezelfde opdracht gaat daarna verder.",
                    en=f"Stopped after {ran.done}: {len(ran.back)} came back: {at}."
                    " First mend what is wrong; the same command goes on after that.",
                )
            )
            raise typer.Exit(1)
        self._screen.say(
            self._screen.words(
                nl=f"Gestopt na {ran.done}: de hub verwerkte die niet in {PATIENCE_SECONDS:.0f}"
                " seconden. Draait hij? Dezelfde opdracht gaat daarna verder.",
                en=f"Stopped after {ran.done}: the hub did not take them within"
                f" {PATIENCE_SECONDS:.0f} seconds. Does it run? The same command goes on then.",
            )
        )
        raise typer.Exit(_WRONG_OUTSIDE)


_LOST: Final[dict[type[Exception], str]] = {
    Fenced: "somebody else began to do the same; this run was stopped, theirs goes on",
    OutcomeUnknown: "Kafka gave no answer to a commit; the same command goes on where it was",
}


def _row(deed: Deed) -> dict[str, Any]:
    it = deed.letter
    return _told(it.position, it.reason, it.stream, it.type) | {"goes": True, "why": None}


def _refused(it: NotDone) -> dict[str, Any]:
    letter = it.letter
    if letter is None:
        why = "there is no such letter"
        return _told(it.position, None, None, None) | {"goes": False, "why": why}
    told = _told(it.position, letter.reason, letter.stream, letter.type)
    return told | {"goes": False, "why": it.why}


def _told(
    position: int, reason: str | None, stream: str | None, type_: str | None
) -> dict[str, Any]:
    return {"position": position, "reason": reason, "stream": stream, "type": type_}


def _grouped(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    counts = Counter((it["goes"], it["reason"], it["stream"], it["why"]) for it in rows)
    return [
        dict(zip(_GROUPED, (*group, count), strict=True)) for group, count in counts.most_common()
    ]
