"""How long a stream keeps its records (architecture, Dedupe, time, retention).

The state is the record; streams are transport. A stream that is not named here keeps everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from hub.domain.time import DAY_MS, Instant
from hub.streams.seam import StreamName


class Keep(Struct, frozen=True):
    """For how many days after it was appended; `unread`: but what a shard must still read stays."""

    days: int
    unread: bool = False


# A name, or the beginning of names followed by a star.
Retention: TypeAlias = Mapping[str, Keep]

RETENTION: Final[Retention] = {
    # Facts hold references as they came, and the state holds them encrypted: read is gone.
    "facts": Keep(0, unread=True),
    "region-facts": Keep(0, unread=True),
    # The read model has the last of each, sealed as here.
    "household-views": Keep(0),
    "out/*": Keep(30),  # the longest "since T"
    "dead-letters": Keep(90),
    "receipts": Keep(400),
    # a notice seldom waits for longer than the year that households are monitored
    "held": Keep(400),
    "disclosures": Keep(5 * 365 + 2),  # five years
}


def keep_for(stream: StreamName, retention: Retention) -> Keep | None:
    """The rule for this stream, or None: it keeps everything."""
    return retention.get(stream) or retention.get(stream.partition("/")[0] + "/*")


def keeps_from(keep: Keep, now: Instant) -> Instant:
    """What was appended before this has been kept long enough."""
    return now - keep.days * DAY_MS
