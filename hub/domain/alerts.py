"""Alerts: what was told, and whether there is something to tell now (agreement document, Alerts).

Findings are a function; notices are history. `why_tell` compares what a party should know with what
it was told last, and answers with a reason, not with a yes or no. Kept per alert and party is only
what the next decision needs: the last revision, a digest of what it showed, and the duty.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from hub.domain.acts import LIVING, Status
from hub.domain.time import Instant


class Tell(StrEnum):
    """Why a party is told, or why not."""

    FIRST = "first"
    CHANGED = "changed"
    GATE_CLOSED = "gate-closed"  # told before, and may not know any more: one last revision
    NOTHING_NEW = "nothing-new"
    SHADOW = "shadow"
    HELD_BY_GATE = "held-by-gate"
    HELD_BY_FEED = "held-by-feed"
    INHIBITED = "inhibited"
    PAUSED = "paused"
    STORM = "storm"
    ENDED_UNTOLD = "ended-untold"  # held back as long as it lasted


TOLD: Final = frozenset({Tell.FIRST, Tell.CHANGED, Tell.GATE_CLOSED})
HOLDING: Final = frozenset(
    {Tell.HELD_BY_GATE, Tell.HELD_BY_FEED, Tell.INHIBITED, Tell.PAUSED, Tell.STORM}
)


class Told(Struct, array_like=True, omit_defaults=True):
    """What one party was told of one alert: nothing yet at revision 0.

    `digest` is of the last view without its revision; `held_since` when it was first held back and
    not told, `held_by` what holds a notice back now; `answered` whether the party acknowledged,
    agreed or closed.
    """

    revision: int = 0
    digest: bytes = b""
    status: str = ""
    told_at: Instant = 0
    respond_by: Instant | None = None
    reminded_at: Instant | None = None
    escalated_at: Instant | None = None
    held_since: Instant | None = None
    held_by: str = ""
    announced: bool = True

    @property
    def is_told(self) -> bool:
        return self.revision > 0

    @property
    def knows(self) -> bool:
        """Whether the last revision showed something that may have to be taken back."""
        return self.revision > 0 and self.status not in (Status.WITHDRAWN, Status.ERASED)


class Circumstances(Struct, frozen=True):
    """What may hold a notice back at this moment."""

    shadow: bool = False
    gate_closed: bool = False
    feed_behind: bool = False
    inhibited: bool = False
    paused: bool = False
    storm: bool = False


def why_tell(
    status: Status, ended_at: Instant | None, digest: bytes, told: Told, around: Circumstances
) -> Tell:
    """What to do about a finding that exists. `digest` is of the view as it would be now."""
    if around.shadow:
        return Tell.SHADOW
    if around.gate_closed:
        return Tell.GATE_CLOSED if told.knows else Tell.HELD_BY_GATE
    if not told.is_told:
        if around.feed_behind:
            return Tell.HELD_BY_FEED
        # learnt of only after it ended: then nothing held it back, and it is told as ended
        if status not in LIVING and _was_held_throughout(told, ended_at):
            return Tell.ENDED_UNTOLD
    if around.inhibited:
        return Tell.INHIBITED
    if around.paused:
        return Tell.PAUSED
    if not told.knows:
        return Tell.STORM if around.storm else Tell.FIRST
    return Tell.NOTHING_NEW if digest == told.digest else Tell.CHANGED


def is_held(why: Tell, status: Status, ended_at: Instant | None, digest: bytes, told: Told) -> bool:
    """Whether a notice waits: once what holds it back is gone, the party will be told."""
    if why not in HOLDING:
        return False
    if told.knows:
        return digest != told.digest
    return told.is_told or status in LIVING or not _was_held_throughout(told, ended_at)


def _was_held_throughout(told: Told, ended_at: Instant | None) -> bool:
    return told.held_since is not None and ended_at is not None and told.held_since < ended_at
