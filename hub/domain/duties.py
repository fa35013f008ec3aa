"""Duties: acknowledge in time, be reminded once, then escalate (agreement document, Duties).

A reminder comes half-way between the notice and the deadline, an escalation at the deadline, to the
silent party's own contact only; nothing after the end. After downtime a reminder counts from the
notice and an escalation from the reminder, so that nobody is escalated the moment they are asked.
"""

from __future__ import annotations

from enum import StrEnum

from hub.domain.alerts import Told
from hub.domain.time import NEVER, Instant


class Duty(StrEnum):
    """What is due from a party that has not answered."""

    NOTHING = "nothing"
    REMIND = "reminder"
    ESCALATE = "escalation"


def half_way(told_at: Instant, respond_by: Instant) -> Instant:
    """When the one reminder is due."""
    # from the notice, not from when it was raised: what the gate held is not late when it is told
    return told_at + (respond_by - told_at) // 2


def escalation_at(told: Told) -> Instant:
    """When a party that was reminded and stays silent is escalated."""
    assert told.respond_by is not None
    assert told.reminded_at is not None
    half = half_way(told.told_at, told.respond_by) - told.told_at
    return max(told.respond_by, told.reminded_at + half)


def due(told: Told, now: Instant, *, answered: bool, ended: bool) -> Duty:
    """What to do now about a party's duty."""
    if answered or ended or told.respond_by is None or not told.knows:
        return Duty.NOTHING
    if told.reminded_at is None:
        is_due = now >= half_way(told.told_at, told.respond_by)
        return Duty.REMIND if is_due else Duty.NOTHING
    if told.escalated_at is None and now >= escalation_at(told):
        return Duty.ESCALATE
    return Duty.NOTHING


def next_due(told: Told, *, answered: bool, ended: bool) -> Instant:
    """When something will be due if the party stays silent; NEVER if nothing will."""
    if answered or ended or told.respond_by is None or not told.knows:
        return NEVER
    if told.reminded_at is None:
        return half_way(told.told_at, told.respond_by)
    return escalation_at(told) if told.escalated_at is None else NEVER
