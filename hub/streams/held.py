"""What is held back, for operators (agreement document, Held, not lost).

One key for each party and alert; the last record of a key counts, and one without a value says
that nothing waits any more. There is no household and no reference in it, and no party reads it:
to a recipient it is as if what is held did not exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.alerts import Tell, Told
from hub.domain.findings import Finding
from hub.domain.time import Instant, format_instant
from hub.streams.seam import Emit

HELD: Final = "held"

# How a reason is called outside: in lists and metrics. A closed list.
REASONS: Final[Mapping[Tell, str]] = {
    Tell.HELD_BY_GATE: "legal-gate",
    Tell.HELD_BY_FEED: "feed",
    Tell.INHIBITED: "inhibition",
    Tell.PAUSED: "pause",
    Tell.STORM: "storm",
}


class HeldBack(Struct, frozen=True):
    """Why a notice waits, of which rule it is, and since when the party waits for it."""

    reason: str
    rule: str
    since: str


def hold(told: Told, party: str, finding: Finding, why: Tell, now: Instant) -> Sequence[Emit]:
    """Keep why a notice waits, and since when; what there is to say of it."""
    if told.held_since is None:
        told.held_since = now
    if told.held_by == why.value:
        return ()
    told.held_by = why.value
    return (held_back(party, finding.alert_id, finding.rule.id, why, told.held_since),)


def release(told: Told, party: str, alert_id: str) -> Sequence[Emit]:
    """Nothing waits, or not any more; what there is to say of it."""
    if told.knows:
        told.held_since = None
    if not told.held_by:
        return ()
    told.held_by = ""
    return (let_go(party, alert_id),)


def held_back(party: str, alert_id: str, rule: str, why: Tell, since: Instant) -> Emit:
    """A notice waits, or waits for another reason than before."""
    told = HeldBack(REASONS[why], rule, format_instant(since))
    return Emit(HELD, _key(party, alert_id), msgspec.json.encode(told))


def let_go(party: str, alert_id: str) -> Emit:
    """Nothing waits any more: it was told, ended untold, or is no more."""
    return Emit(HELD, _key(party, alert_id), None)


def party_and_alert(key: bytes) -> tuple[str, str]:
    """What the key of a record names."""
    party, _, alert_id = key.decode().partition("/")
    return party, alert_id


def _key(party: str, alert_id: str) -> bytes:
    return f"{party}/{alert_id}".encode()
