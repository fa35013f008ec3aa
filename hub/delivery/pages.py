"""What lies ahead of a subscription, read some at a time and kept until it is behind it."""

from __future__ import annotations

from typing import Final

from hub.delivery.revision import Ahead
from hub.delivery.subscription import Lanes, Subscription
from hub.streams.revisions import OUT
from hub.streams.seam import Cursor, Outbox

PAGE: Final = 50  # records that one lane of one subscription keeps in memory


class Pages:
    """Reads both lanes of one subscription."""

    def __init__(self, outbox: Outbox, party: str) -> None:
        self._outbox = outbox
        self._stream = OUT + party
        self._live: Ahead | None = None
        self._recovery: Ahead | None = None

    async def lanes(self, subscription: Subscription) -> Lanes:
        """What follows the cursor of each lane. Unavailable: try again."""
        live = self._live = await self._read(self._live, subscription.cursor)
        if subscription.recovery is None:
            self._recovery = None
        else:
            self._recovery = await self._read(self._recovery, subscription.recovery.after)
        return Lanes(live, self._recovery)

    async def _read(self, ahead: Ahead | None, after: Cursor) -> Ahead:
        if ahead is not None and ahead.read_to is not None and ahead.after <= after < ahead.read_to:
            return ahead
        return Ahead.of(after, await self._outbox.read(self._stream, after, PAGE, 0.0))


def fit(lanes: Lanes, subscription: Subscription) -> bool:
    """Whether these were read of where the subscription is now; a party may have moved it."""
    recovery = subscription.recovery
    if recovery is not None and lanes.recovery is not None:
        return lanes.recovery.after <= recovery.after and lanes.live.after <= subscription.cursor
    return recovery is None and lanes.live.after <= subscription.cursor
