"""`seintje dead-letters list` and `show`: what could not be processed, and what was done about it.

Reads a data directory, also while a hub runs on it, or what is in Kafka. A list shows nothing of
what is in a letter; `show` shows all of it, to whoever must mend it.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from collections import defaultdict, deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from hub.cli.letter_choice import (
    Choice,
    FactType,
    Gemeente,
    OfParty,
    Reason,
    Since,
    Stream,
    Until,
    moment_of,
    ranges_of,
    standing,
)
from hub.cli.options import AsJson, DataAt
from hub.cli.screen import Screen, screen_of
from hub.cli.showing import show, show_whole

if TYPE_CHECKING:
    from hub.reading.letter_marks import Mark
    from hub.settings import Settings
    from hub.streams.letters import Letter
    from hub.streams.seam import Record

    Found: TypeAlias = tuple[Letter, Mark | None]

_COLUMNS = ("position", "reason", "stream", "party", "type", "place", "at", "state", "cameFrom")
_COUNTED = ("reason", "stream", "open", "redriven", "dismissed", "oldestOpen")


def list_dead_letters(
    ctx: typer.Context,
    reason: Reason = None,
    stream: Stream = None,
    party: OfParty = None,
    fact_type: FactType = None,
    gemeente: Gemeente = None,
    since: Since = None,
    until: Until = None,
    position: Annotated[
        list[str] | None,
        typer.Option("--position", metavar="N-M", help="12, or 12-40; may come again."),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="STATE", help="open, redriven, dismissed; all without."),
    ] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="Only how many, by reason and stream.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="At most so many, newest first.")
    ] = 50,
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """List what could not be processed, with the reason.

    Never what is in it. What was done about each stands behind it: redriven or dismissed.
    """
    screen = screen_of(ctx, as_json=as_json)
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
    newest, counts = asyncio.run(_looked(*where(screen, data), choice, _states(state), limit))
    if summary or (screen.shows_tables and newest):
        show(screen, counts, _COUNTED)
    if not summary:
        show(screen, [row_of(*it) for it in newest], _COLUMNS)


def show_dead_letter(
    ctx: typer.Context,
    position: Annotated[int, typer.Argument(metavar="POSITION", help="As the list shows it.")],
    as_fact: Annotated[
        bool, typer.Option("--as-fact", help="The event in it as JSON, to mend for --with.")
    ] = False,
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """Show one dead letter whole.

    What was wrong with which field, and its bytes in base64; they may hold personal data. Exit 1 if
    it is not there.
    """
    screen = screen_of(ctx, as_json=as_json)
    settings, on_kafka = where(screen, data)
    found = asyncio.run(_one(settings, on_kafka, position))
    if found is None:
        screen.nothing(str(position), nl="dit bericht is er niet", en="there is no such letter")
    screen.remark(
        nl="Hier kunnen persoonsgegevens in staan: bewaar en stuur het nergens anders heen.",
        en="This may hold personal data: keep it nowhere else and send it to nobody.",
    )
    record, letter, mark = found
    if not as_fact:
        show_whole(screen, row_of(letter, mark) | _inside(record))
        return
    from hub.cli.letter_event import event_in

    event = asyncio.run(event_in(record, letter, settings))
    if isinstance(event, str):
        screen.nothing(str(position), nl=f"kan niet als feit: {event}", en=f"no fact: {event}")
    sys.stdout.flush()
    sys.stdout.buffer.write(event)


def where(screen: Screen, data: Path | None) -> tuple[Settings, bool]:
    """The settings, and whether the hub that is meant is one on Kafka: where that is set, and the
    folder is not that of a hub in one process."""
    from hub.reading.followed import READING
    from hub.settings import load

    settings = load(screen.environ, {"data": None if data is None else str(data)})
    is_gateways = data is not None and (data / READING).exists()
    return settings, settings.kafka_brokers is not None and (data is None or is_gateways)


def row_of(letter: Letter, mark: Mark | None) -> dict[str, Any]:
    """What a list shows of a letter."""
    from hub.domain.time import format_instant
    from hub.reading.letter_marks import State

    return {
        "position": letter.position,
        "reason": letter.reason,
        "stream": letter.stream,
        "party": letter.party,
        "type": letter.type,
        "place": letter.place,
        "sizeBytes": letter.size_bytes,
        "at": format_instant(letter.at),
        "cameFrom": letter.came_from,
        "state": State.OPEN.value if mark is None else mark.state.value,
        "stateAt": None if mark is None else format_instant(mark.at),
        "why": mark.why or None if mark is not None else None,
    }


def _inside(record: Record) -> dict[str, Any]:
    from hub.streams.letters import detail_of, violations_of

    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers.items()}
    return {
        "detail": detail_of(record.headers),
        "violations": [f"{it.path}: {it.expected}" for it in violations_of(record.headers)],
        "headers": headers,
        "value": base64.b64encode(record.value or b"").decode(),
    }


def _states(asked: list[str] | None) -> frozenset[str]:
    from hub.domain.marked import suggestion
    from hub.reading.letter_marks import State

    known = [it.value for it in State]
    for it in asked or ():
        if it not in known:
            told = f"there is no state `{it}`{suggestion(it, known)}"
            raise typer.BadParameter(told, param_hint="--state")
    return frozenset(asked or known)


async def _looked(
    settings: Settings, on_kafka: bool, choice: Choice, states: frozenset[str], limit: int
) -> tuple[list[Found], list[dict[str, Any]]]:
    """The newest that were asked for, and how many there are."""
    from hub.cli.letter_desk import desk_of, every_letter
    from hub.streams.letters import letter_of

    newest: deque[Found] = deque(maxlen=limit)
    counts: defaultdict[tuple[str, str], list[Found]] = defaultdict(list)
    party_of = parties_of(settings)
    async with desk_of(settings, on_kafka=on_kafka) as desk:
        marks = await desk.marks()
        async for record in every_letter(desk):
            letter = letter_of(record, party_of)
            mark = standing(letter, marks)
            state = "open" if mark is None else mark.state.value
            if choice.takes(letter) and state in states:
                newest.appendleft((letter, mark))
                counts[letter.reason, letter.stream].append((letter, mark))
    return list(newest), _counted(counts)


def _counted(counts: Mapping[tuple[str, str], list[Found]]) -> list[dict[str, Any]]:
    from collections import Counter

    from hub.domain.time import format_instant

    rows: list[dict[str, Any]] = []
    for (reason, stream), found in sorted(counts.items()):
        n = Counter("open" if mark is None else mark.state.value for _, mark in found)
        oldest = min((it.at for it, mark in found if mark is None), default=None)
        rows.append(
            {
                "reason": reason,
                "stream": stream,
                "open": n["open"],
                "redriven": n["redriven"],
                "dismissed": n["dismissed"],
                "oldestOpen": None if oldest is None else format_instant(oldest),
            }
        )
    return rows


async def _one(
    settings: Settings, on_kafka: bool, position: int
) -> tuple[Record, Letter, Mark | None] | None:
    from hub.cli.letter_desk import desk_of
    from hub.streams.letters import letter_of

    async with desk_of(settings, on_kafka=on_kafka) as desk:
        found = await desk.letters(position - 1)
        if not found or found[0].at != position:
            return None
        letter = letter_of(found[0], parties_of(settings))
        return found[0], letter, standing(letter, await desk.marks())


def parties_of(settings: Settings) -> Any:
    """Which party a source belongs to."""
    from hub.cli.options import agreements_at
    from hub.wire.state import PartyOf

    return PartyOf(agreements_at(settings.agreements, None)[1].find_by_source)
