"""Carrying orders out: a subscription after all that was ordered, numbered as streams are here.

A cursor counts in the stream of one hub. In another it is found again by when the last revision
before it was told; of a recovery that was under way no such instant is kept, so it begins anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from hub.delivery.kept import Kept
from hub.delivery.orders import FindCursor, Recover, Subscribe, folded
from hub.delivery.shelf import Placed
from hub.delivery.subscription import recover
from hub.domain.time import Instant
from hub.streams.revisions import OUT
from hub.streams.seam import Cursor, Outbox


class Finder:
    """Finds cursors in what parties are told; `numbered_by` is the hub in whose streams."""

    def __init__(self, outbox: Outbox, numbered_by: str) -> None:
        self._outbox = outbox
        self._numbered_by = numbered_by

    async def carried_out(
        self, kept: Kept | None, id_: str, placed: Sequence[Placed]
    ) -> Kept | None:
        """The subscription after these orders; None when there is none, or no more."""
        for it in placed:
            cursor: Cursor = 0
            party = kept.subscription.party if kept is not None else ""
            if isinstance(it.order, Subscribe) and it.order.since is not None:
                cursor = await self._at(it.order.party, it.order.since)
            elif isinstance(it.order, Recover) and party:
                cursor = await self._at(party, it.order.since)
            kept = folded(kept, id_, [(it.position, it.order)], _only(cursor))
            kept = kept and await self.here(kept)
        return kept

    async def here(self, kept: Kept) -> Kept:
        """The same subscription, with a cursor that counts here."""
        if kept.numbered_by == self._numbered_by:
            return kept
        was = kept.subscription
        cursor = await self._at(was.party, kept.told_at)
        moved = replace(was, cursor=cursor, recovery=None)
        if was.recovery is not None:
            moved = recover(moved, 0)
        return replace(kept, subscription=moved, numbered_by=self._numbered_by)

    async def _at(self, party: str, since: Instant) -> Cursor:
        return await self._outbox.cursor_at(OUT + party, since)


def _only(cursor: Cursor) -> FindCursor:
    return lambda _party, _since: cursor
