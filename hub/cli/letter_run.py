"""Putting dead letters back, many of them, without a storm.

A few go first, and the hub must have dealt with them before more follow, a chunk at a time and no
faster than was asked. What comes back as a dead letter stops the run: what made it fail is still
there. Each chunk and the notes of it are written together (`letter_desk`), so a run that was
stopped, however, goes on when it is begun again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

from msgspec import Struct

from hub.cli.letter_choice import Choice
from hub.cli.letter_desk import Deed, Desk, Written, every_letter
from hub.clocks import seconds
from hub.reading.letter_marks import Mark, key_of, outlived
from hub.streams.letters import Letter, letter_of
from hub.streams.redriving import NotRedriven
from hub.streams.seam import Emit, Position, Record, StreamName
from hub.wire.state import PartyOf

PATIENCE_SECONDS: Final = 60.0
_LOOKS_SECONDS: Final = 0.2
_CHUNK_SECONDS: Final = 2.0  # a hub in one process looks for what others wrote as often
_MOST_AT_ONCE: Final = 500  # half of what a turn of the hub takes: it is looked at whole
_NO_READER: Final = "no stream of this hub; its publisher must send it again, or give --with"


class NotDone(NamedTuple):
    """A letter that was asked for and about which nothing can be done, and why."""

    position: Position
    letter: Letter | None
    why: str


class Plan(Struct):
    """What would be done, what cannot be, how many more were left for the cap, and how far the
    letters went when it was made."""

    deeds: list[Deed]
    refused: list[NotDone]
    left: int
    end: Position
    outlived: Mapping[str, None]


class Act(NamedTuple):
    """What is to be done: what is appended for a letter (NotRedriven: why nothing can be), and how
    it is marked. `again`: also about those that were done before."""

    emits_of: Callable[[Record, Letter], Sequence[Emit]]
    mark: Mark
    again: bool = False


class Pace(NamedTuple):
    """How many at most, how many a second, how many may fail again before it stops, whether to wait
    for what comes of the last of them too, and for how many seconds to wait for the hub."""

    cap: int
    rate: float
    stop_after: int
    waits: bool
    patience: float = PATIENCE_SECONDS


class End(Enum):
    """How a run ended."""

    DONE = "done"
    CAME_BACK = "came back"
    NOT_TAKEN = "not taken"


class Ran(NamedTuple):
    """How it ended, how many were done, and those that came back as dead letters again."""

    end: End
    done: int
    back: Sequence[Letter]


async def planned(desk: Desk, choice: Choice, act: Act, cap: int, party_of: PartyOf) -> Plan:
    """What to do about the letters that were chosen, the oldest first."""
    marks = await desk.marks()
    plan = Plan([], [], 0, 0, outlived(marks, act.mark.at))
    seen: set[Position] = set()
    async for record in every_letter(desk):
        plan.end = record.at
        letter = letter_of(record, party_of)
        if not choice.takes(letter):
            continue
        seen.add(letter.position)
        mark = marks.get(key_of(letter.position, letter.at))
        if mark is None or act.again:
            emits, why = _emits(act, record, letter, desk.streams)
            _plan(plan, Deed(letter, emits, act.mark, mark), why, cap)
        elif letter.position in choice.single:
            why = f"it was {mark.state} already; to do it once more: --again"
            plan.refused.append(NotDone(letter.position, letter, why))
    plan.refused += [NotDone(it, None, "") for it in choice.single if it not in seen]
    return plan


async def run(
    desk: Desk, plan: Plan, pace: Pace, party_of: PartyOf, watch: Callable[[Sequence[Deed]], None]
) -> Ran:
    """Do what was planned. `watch` hears of each chunk that was done."""
    done, back, after = 0, list[Letter](), plan.end
    sent: set[Position] = set()
    for chunk in _chunks(plan.deeds, pace):
        begun = seconds()
        written = await desk.do(chunk, plan.outlived if not done else ())
        done += len(chunk)
        sent |= {it.letter.position for it in chunk}
        watch(chunk)
        if done == len(plan.deeds) and not pace.waits:
            break
        if not await _taken(desk, written, pace.patience):
            return Ran(End.NOT_TAKEN, done, back)
        async for record in every_letter(desk, after):
            after = record.at
            letter = letter_of(record, party_of)
            if letter.came_from in sent:
                back.append(letter)
        if len(back) >= pace.stop_after:
            return Ran(End.CAME_BACK, done, back)
        if done < len(plan.deeds):
            await asyncio.sleep(max(0.0, begun + len(chunk) / pace.rate - seconds()))
    return Ran(End.CAME_BACK if back else End.DONE, done, back)


def _plan(plan: Plan, deed: Deed, why: str, cap: int) -> None:
    if why:
        plan.refused.append(NotDone(deed.letter.position, deed.letter, why))
    elif len(plan.deeds) < cap:
        plan.deeds.append(deed)
    else:
        plan.left += 1


def _emits(
    act: Act, record: Record, letter: Letter, streams: Collection[StreamName]
) -> tuple[Sequence[Emit], str]:
    """What is to be appended, or why nothing can be."""
    try:
        emits = act.emits_of(record, letter)
    except NotRedriven as why:
        return (), str(why)
    return emits, "" if all(it.stream in streams for it in emits) else _NO_READER


def _chunks(deeds: Sequence[Deed], pace: Pace) -> Iterator[Sequence[Deed]]:
    """A few first, to see whether they come back."""
    size, at = pace.stop_after, 0
    while at < len(deeds):
        yield deeds[at : at + size]
        at += size
        size = max(1, min(_MOST_AT_ONCE, int(pace.rate * _CHUNK_SECONDS)))


async def _taken(desk: Desk, written: Written, patience: float) -> bool:
    """Wait until the hub has dealt with it; whether it did."""
    until = seconds() + patience
    while not await desk.has_taken(written):
        if seconds() >= until:
            return False
        await asyncio.sleep(_LOOKS_SECONDS)
    return True
