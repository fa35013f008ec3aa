"""A revision on its way to a receiver, and which of them a subscription wants.

What is delivered is the view as it was emitted: it is looked into, never changed. Which alerts a
party may see at all was decided when they were emitted; a filter only leaves out of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.time import Instant
from hub.errors import Bug
from hub.streams.seam import CAUSE, Cursor, Position, Record

_NO_NAMES: Final[frozenset[str]] = frozenset()


class Revision(Struct, frozen=True):
    """One revision of one alert, where it stands in the party's stream and when it came there."""

    at: Position
    alert_id: str
    number: int
    status: str
    rule: str
    severity: str
    gemeente: str | None
    is_listed: bool
    told_at: Instant
    view: bytes
    cause: bytes = b""  # the header of the record that says what made the hub tell it

    @property
    def webhook_id(self) -> str:
        """The same at each attempt, to each subscription and when it is recovered. Without the full
        stop of the event's id, which the signature may not hold."""
        return f"{self.alert_id}_{self.number}"

    def __repr__(self) -> str:
        return f"Revision({self.webhook_id!r} at {self.at})"  # a view is about people


class Filter(Struct, frozen=True, rename="camel"):
    """What a party wants to hear by webhook; of each an empty set asks for all."""

    gemeenten: frozenset[str] = _NO_NAMES
    rules: frozenset[str] = _NO_NAMES
    severities: frozenset[str] = _NO_NAMES
    statuses: frozenset[str] = _NO_NAMES

    def wants(self, revision: Revision) -> bool:
        """Whether the revision is to be sent.

        What takes an alert off the list passes all but the rules, which an alert never changes:
        whoever was told of it must hear that it may not be shown any more, and the last revision
        does not say of which gemeente it was.
        """
        if self.rules and revision.rule not in self.rules:
            return False
        if not revision.is_listed:
            return True
        return (
            (not self.gemeenten or revision.gemeente in self.gemeenten)
            and (not self.severities or revision.severity in self.severities)
            and (not self.statuses or revision.status in self.statuses)
        )


class Ahead(Struct, frozen=True):
    """What was read of the party's stream after a cursor. `read_to` is the last position of it,
    whatever stood there; None if there was nothing after the cursor."""

    after: Cursor
    revisions: tuple[Revision, ...]
    read_to: Position | None

    @classmethod
    def of(cls, after: Cursor, records: Sequence[Record]) -> Ahead:
        # A record without a value is what compaction leaves of an alert that was forgotten.
        found = tuple(revision_of(it) for it in records if it.value is not None)
        return cls(after, found, records[-1].at if records else None)


class _Told(Struct, rename="camel"):
    """What of a view, whole or reduced, is looked at."""

    alert_id: str
    revision: int
    status: str
    rule: str
    severity: str
    gemeente: str | None = None
    listed: bool = True


_decode: Final = msgspec.json.Decoder(_Told).decode


def revision_of(record: Record) -> Revision:
    """The revision in a record as the steps emit it; Bug if it is none."""
    try:
        told = _decode(record.value or b"")
    except msgspec.DecodeError:
        raise Bug(f"what stands at {record.at} is no view") from None
    return Revision(
        record.at,
        told.alert_id,
        told.revision,
        told.status,
        told.rule,
        told.severity,
        told.gemeente,
        told.listed,
        record.appended_at,
        record.value or b"",
        record.headers.get(CAUSE, b""),
    )
