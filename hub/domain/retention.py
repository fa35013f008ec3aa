"""How long a household is remembered (agreement document, Retention)."""

from __future__ import annotations

from collections.abc import Mapping

from hub.domain.agreement import MONITORING, Agreement
from hub.domain.facts import Role
from hub.domain.time import NEVER, Instant, add
from hub.domain.timeline import Household, Timeline


def forget_at(household: Household, agreement: Agreement, roles: Mapping[str, Role]) -> Instant:
    """`retention` after its monitoring ends; without a lease, or never monitored, after its last
    fact. NEVER as long as nothing ends the monitoring."""
    until = household.facts[-1].at
    if household.anchors.lease is not None:
        timeline = Timeline(household, agreement.states, agreement.calendar, roles)
        monitored = timeline.state(MONITORING)
        until = monitored[-1].end if monitored else until
    if until == NEVER:
        return NEVER
    return add(until, agreement.retention, agreement.calendar)
