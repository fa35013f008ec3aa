"""Where a sweep over all zaken is, and where it goes on. Pure."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.time import HOUR_MS, Instant

# So many zaken in one go: what was read is kept before the next are asked for.
AT_ONCE: Final = 25
_RESTARTS: Final = 3


class Sweep(Struct, frozen=True, omit_defaults=True):
    """A sweep under way: zaaktypen that are left (URLs), the page of the first of them, how many of
    that page are done, and how many zaken the list had when it was begun. After the zaaktypen come
    `unseen`: zaken (paths) that were known before and stood in no list; None while there are
    zaaktypen left."""

    started: Instant
    zaaktypen: tuple[str, ...]
    page: int = 1
    done: int = 0
    count: int | None = None
    restarts: int = 0
    unseen: tuple[str, ...] | None = None


class Place(Struct, frozen=True, omit_defaults=True):
    """The cursor: how far the inbox is read, a sweep under way, and when the last one began."""

    inbox: str | None = None
    sweep: Sweep | None = None
    swept: Instant | None = None

    @classmethod
    def read(cls, cursor: str | None) -> Place:
        return msgspec.json.decode(cursor, type=cls) if cursor else cls()

    @property
    def written(self) -> str:
        return msgspec.json.encode(self).decode()

    def moved(self, sweep: Sweep) -> Place:
        return msgspec.structs.replace(self, sweep=sweep)

    def ended(self) -> Place:
        """The sweep is over."""
        assert self.sweep is not None
        return msgspec.structs.replace(self, sweep=None, swept=self.sweep.started)

    def is_due(self, every_hours: int, now: Instant) -> bool:
        return self.swept is None or now >= self.swept + every_hours * HOUR_MS


def turned(sweep: Sweep, count: int | None, *, is_more: bool, is_next: bool) -> Sweep:
    """Where it goes on after a part of a page; `is_more` of it is left, or there `is_next` page. A
    list that grew or shrank while its pages were turned is read anew, for a zaak may have slipped
    from a page to come onto one that was read."""
    replace = msgspec.structs.replace
    if sweep.count is not None and count != sweep.count and sweep.restarts < _RESTARTS:
        return replace(sweep, page=1, done=0, count=None, restarts=sweep.restarts + 1)
    if is_more:
        return replace(sweep, done=sweep.done + AT_ONCE, count=count)
    if is_next:
        return replace(sweep, page=sweep.page + 1, done=0, count=count)
    return Sweep(sweep.started, sweep.zaaktypen[1:])
