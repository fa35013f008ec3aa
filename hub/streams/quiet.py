"""How long there is nothing to tell about a household, so that it need not be gone through again.

What parties are told follows from the findings, from the few facts that a view or the gate reads
besides, from the agreement, and from time. As long as these stay as they were when everything had
been told, telling again would tell nothing (`tests/streams/test_quiet.py`). What waits for a feed
is never quiet: feeds have a time of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_

from msgspec import Struct

from hub.domain.agreement import Agreement
from hub.domain.findings import Finding
from hub.domain.sharing import AANSPREEKPUNT
from hub.domain.time import Instant
from hub.domain.timeline import Household


class Quiet(Struct, frozen=True):
    """What there was when all of a household had been told: `raised` are the findings that had been
    by then, `until` is when time will change something, `held` whether a feed holds anything."""

    household: Household
    raised: Sequence[Finding]
    sharing: Agreement | None
    until: Instant
    held: bool

    def lasts(
        self,
        household: Household,
        raised: Sequence[Finding],
        sharing: Agreement | None,
        now: Instant,
    ) -> bool:
        """Whether there is still nothing to tell. Findings that say the same are the very same."""
        return (
            now < self.until
            and sharing is self.sharing
            and not self.held
            and len(raised) == len(self.raised)
            and all(map(is_, raised, self.raised))
            and _is_seen_the_same(self.household, household, sharing)
        )


def _is_seen_the_same(before: Household, now: Household, sharing: Agreement | None) -> bool:
    """Whether what a view or the gate reads of a household besides its findings is the same."""
    if before is now or sharing is None:
        return True
    was, is_now = before.by_type, now.by_type
    return before.references == now.references and all(
        was.get(name) == is_now.get(name) for name in (*AANSPREEKPUNT, *sharing.gated)
    )
