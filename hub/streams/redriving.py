"""Redriving: a dead letter goes back to where it came from, as it came.

Only the hub's own headers are taken off, and one is put on that says it comes again: that thaws
what it is about (`hub.streams.frozen`). The letter itself stays, for it is the record of what went
wrong. What is put in its place, or dropped, thaws too: else nothing would ever be told again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hub.domain.refusals import Slug
from hub.streams.entries import FACTS, Entry
from hub.streams.frozen import REDRIVEN, THAWS_ONLY
from hub.streams.letters import LETTER, SUBSCRIPTION, Letter
from hub.streams.loop import POSITION, REASON, STREAM
from hub.streams.seam import Emit, Record
from hub.wire.dead_letters import DETAIL, VIOLATIONS

_OURS: Final = frozenset({REASON, STREAM, POSITION, DETAIL, VIOLATIONS})


class NotRedriven(Exception):
    """Why a letter cannot go back; the text is for operators."""


def redriven(letter: Record) -> Emit:
    """The record that a dead letter was, to be appended once more."""
    stream = letter.headers.get(STREAM, b"").decode("ascii", "replace")
    if letter.headers.get(REASON) == Slug.BSN_FOUND.value.encode():
        raise NotRedriven("the digits of a BSN were taken out; its publisher must send it again")
    subscription = letter.headers.get(SUBSCRIPTION)
    if subscription is not None and not stream:
        id_ = subscription.decode("ascii", "replace")
        raise NotRedriven(f"a receiver refused it; have subscription {id_} recover instead")
    if not stream:
        raise NotRedriven("it does not say which stream it stood on")
    headers = {name: value for name, value in letter.headers.items() if name not in _OURS}
    return Emit(stream, letter.key, letter.value, headers | {REDRIVEN: b"%d" % letter.at})


def corrected(record: Record, letter: Letter, entries: Sequence[Entry]) -> list[Emit]:
    """These entries in place of what a letter holds, and what that froze is looked at again."""
    mark = {LETTER: b"%d" % letter.position}
    emits = [
        Emit(it.emit.stream, it.emit.key, it.emit.value, {**it.emit.headers, **mark})
        for it in entries
    ]
    return [*emits, *dropped(record, letter)]


def dropped(record: Record, letter: Letter) -> list[Emit]:
    """What lets a household be looked at again without the fact that froze it."""
    if not letter.may_freeze:
        return []
    headers = {REDRIVEN: b"%d" % letter.position, THAWS_ONLY: b"1"}
    return [Emit(FACTS, record.key, record.value, headers)]
