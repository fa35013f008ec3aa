"""How long a household is remembered (agreement document, Retention)."""

from __future__ import annotations

from hub.domain.agreement import Agreement
from hub.domain.time import Instant, Span, add
from hub.domain.timeline import Household

_MONITORING = Span(1, "y")


def forget_at(household: Household, agreement: Agreement) -> Instant:
    """`retention` after its monitoring ends; without a lease, after its last fact."""
    start = household.anchors.start
    if start is None:
        return add(household.facts[-1].at, agreement.retention, agreement.calendar)
    monitored = add(start, _MONITORING, agreement.calendar)
    return add(min(monitored, household.anchors.end), agreement.retention, agreement.calendar)
