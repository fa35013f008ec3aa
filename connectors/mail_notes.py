"""What a digest counts: of each alert that stands on the list of the party a note.

A note holds nothing of a household: no reference, no handle, no rule, no text. It goes when the
alert has ended or has left the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec
from msgspec import Struct

from connectors.seam import Shelf
from hub.client import Alert
from hub.domain.acts import LIVING, Status
from hub.domain.time import Instant, parse_instant

_PREFIX: Final = "alert/"
_COUNT: Final = "news"
# With these the hub asks who has not answered, and nobody else.
_ASKED_AGAIN: Final = frozenset({"reminder", "escalation"})


class Note(Struct, frozen=True, rename="camel", omit_defaults=True):
    """An alert, as far as a digest must know it.

    `news` numbers what a digest has to say, in the order in which it came; `at` is when. `waits`:
    whether the party must still answer it, `respond_by` until when. `roles`: of the others told.
    """

    alert_id: str
    revision: int
    severity: str
    news: int
    at: Instant
    waits: bool = False
    acts: bool = False
    respond_by: Instant | None = None
    gemeente: str | None = None
    roles: tuple[str, ...] = ()


class Notes:
    """The sink: takes what the hub tells, and keeps what a digest counts."""

    name = "notes"

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def deliver(self, alert: Alert, now: Instant) -> None:
        known = self.find(alert.alert_id)
        if known is not None and alert.revision <= known.revision:
            return
        if not _counts(alert):
            self._shelf.keep(_PREFIX + alert.alert_id, None)
            return
        if known is None or alert.notice in _ASKED_AGAIN:
            note = noted(alert, self._numbered(), now)
        else:
            note = noted(alert, known.news, known.at)
        self._shelf.keep(_PREFIX + alert.alert_id, msgspec.json.encode(note).decode())

    def find(self, alert_id: str) -> Note | None:
        found = self._shelf.value(_PREFIX + alert_id)
        return None if found is None else msgspec.json.decode(found, type=Note)

    def all(self) -> Sequence[Note]:
        """All notes, the oldest news first."""
        names = self._shelf.names(_PREFIX)
        found = (self.find(name.removeprefix(_PREFIX)) for name in names)
        return sorted((it for it in found if it is not None), key=lambda it: it.news)

    def _numbered(self) -> int:
        """The next number. Kept before it is used: none is given twice, also after a crash."""
        number = int(self._shelf.value(_COUNT) or "0") + 1
        self._shelf.keep(_COUNT, str(number))
        return number


def noted(alert: Alert, news: int, at: Instant) -> Note:
    """The note of an alert."""
    respond_by = None
    if alert.respond_by is not None:
        with suppress(ValueError):
            respond_by = parse_instant(alert.respond_by)
    return Note(
        alert_id=alert.alert_id,
        revision=alert.revision,
        severity=alert.severity,
        news=news,
        at=at,
        waits=_waits(alert),
        acts=alert.part == "acts",
        respond_by=respond_by,
        gemeente=alert.gemeente,
        roles=tuple(sorted({other.role for other in alert.others})),
    )


def _counts(alert: Alert) -> bool:
    """Whether it lasts, and asks anything of the party or is news to it."""
    return alert.status in LIVING and alert.listed and alert.announced


def _waits(alert: Alert) -> bool:
    """Whether the party must still answer. Where another has answered, the view does not say
    whether we have too: then it waits if the hub asked again, which it asks nobody who has."""
    if alert.part != "acts":
        return False
    return alert.status == Status.OPEN or alert.notice in _ASKED_AGAIN
