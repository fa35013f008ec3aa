"""How streams, shards and groups are called on Kafka, and what each topic must be like.

The one place that knows both names. Topics are transport: the change logs are the record
(architecture, Dedupe, time, retention; interfaces, Kafka).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

from msgspec import Struct

from hub.domain.parties import Parties
from hub.domain.time import DAY_MS, MINUTE_MS
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.held import HELD
from hub.streams.household_views import HOUSEHOLD_VIEWS
from hub.streams.loop import DEAD_LETTERS
from hub.streams.notices import OPS
from hub.streams.receipts import RECEIPTS
from hub.streams.revisions import DISCLOSURES, OUT
from hub.streams.seam import StreamName

CORRELATE: Final = "correlate"
REGION: Final = "region"
INTAKE: Final = "intake"
DELIVER: Final = "deliver"
REDRIVE: Final = "redrive"

IN: Final = "in/"
SETTINGS: Final = "settings"

_HOUR_MS: Final = 60 * MINUTE_MS
_SINCE_MS: Final = 30 * DAY_MS
_YEAR_MS: Final = 365 * DAY_MS


class Cleanup(Enum):
    """What a broker removes from a topic."""

    DELETE = "delete"
    COMPACT = "compact"
    BOTH = "compact,delete"


class TopicPlan(Struct, frozen=True):
    """What a topic must be like. `keep_ms` None: nothing goes by age. `is_fixed`: a key must stay
    in its partition, so there are never more or fewer than `partitions`.
    """

    topic: str
    partitions: int
    cleanup: Cleanup
    keep_ms: int | None = None
    whole_ms: int = 0
    appended_time: bool = True  # the broker's time of arrival, not the time of whoever wrote
    is_fixed: bool = True

    @property
    def settings(self) -> dict[str, str]:
        """The settings of the topic, by the names that Kafka has for them."""
        found = {
            "cleanup.policy": self.cleanup.value,
            "message.timestamp.type": "LogAppendTime" if self.appended_time else "CreateTime",
            "retention.ms": "-1" if self.keep_ms is None else str(self.keep_ms),
            "max.message.bytes": str(2 << 20),
        }
        if self.cleanup is not Cleanup.DELETE:
            # Erased must be gone within 72 hours (agreement document, Sharing): a segment is closed
            # within 24, compacted within 24 more, and a tombstone is kept 12 for who restores.
            found |= {
                "segment.ms": str(24 * _HOUR_MS),
                "min.compaction.lag.ms": str(self.whole_ms),
                "max.compaction.lag.ms": str(self.whole_ms + 24 * _HOUR_MS),
                "delete.retention.ms": str(12 * _HOUR_MS),
                "min.cleanable.dirty.ratio": "0.1",
            }
        return found


class Names:
    """Topics, groups and transactional ids under one prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def topic(self, stream: StreamName) -> str:
        """The topic of a stream."""
        if stream.startswith((OUT, IN)):
            way, _, party = stream.partition("/")
            return f"{self.prefix}.{way}.{party}"
        return f"{self.prefix}.{stream}.v1"

    def changelog(self, shard: str) -> str:
        return f"{self.prefix}.{shard}-changelog.v1"

    def group(self, processor: str) -> str:
        return f"{self.prefix}.{processor}"

    def transactional_id(self, processor: str, partition: int) -> str:
        return f"{self.prefix}-{processor}-{partition}"

    def plans(self, parties: Parties, partitions: int) -> Sequence[TopicPlan]:
        """Every topic of a hub with these parties, as it must be."""
        each = sorted(parties.by_id)
        return [
            # in what order a party's facts arrive does not matter: it may have more partitions
            *(
                TopicPlan(self.topic(IN + it), 1, Cleanup.DELETE, 3 * DAY_MS, is_fixed=False)
                for it in each
            ),
            TopicPlan(self.topic(FACTS), partitions, Cleanup.DELETE, 14 * DAY_MS),
            TopicPlan(self.topic(REGION_FACTS), partitions, Cleanup.DELETE, 14 * DAY_MS),
            # Every revision for as long as "since T" goes back; after that the last of each alert,
            # or an alert that lasts would be gone from a read model that is filled anew.
            *(
                TopicPlan(self.topic(OUT + it), 1, Cleanup.COMPACT, whole_ms=_SINCE_MS)
                for it in each
            ),
            TopicPlan(self.topic(RECEIPTS), partitions, Cleanup.BOTH, 400 * DAY_MS),
            TopicPlan(self.topic(HOUSEHOLD_VIEWS), partitions, Cleanup.COMPACT),
            TopicPlan(self.topic(HELD), partitions, Cleanup.COMPACT),
            TopicPlan(self.topic(DISCLOSURES), partitions, Cleanup.DELETE, 5 * _YEAR_MS),
            TopicPlan(self.topic(DEAD_LETTERS), 1, Cleanup.DELETE, 90 * DAY_MS),
            TopicPlan(self.topic(OPS), 1, Cleanup.DELETE, 90 * DAY_MS),
            TopicPlan(self.topic(SETTINGS), 1, Cleanup.COMPACT),
            TopicPlan(self.changelog(CORRELATE), partitions, Cleanup.COMPACT),
            TopicPlan(self.changelog(REGION), partitions, Cleanup.COMPACT),
        ]
