"""Findings: which rule holds from when to when, on which evidence (agreement document).

A finding is one maximal interval of a rule's condition. The findings of a household are a pure
function of its facts, the agreements and the instant; arrival, batches and crashes have no part in
it. `search` (`search.py`) finds them over all of time, deadlines that are still to come included;
`as_of` shows what is known of one at an instant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct

from hub.domain.acts import Act, End, Status, status_at
from hub.domain.agreement import Agreement, Part, RegionRule, Rule
from hub.domain.base32 import first_26
from hub.domain.facts import Fact, Identity
from hub.domain.time import NEVER, Instant


class Finding(Struct, frozen=True, gc=False):
    """One interval in which a rule holds, `[raised_at, resolved_at)`.

    `evidence` is fixed at the start, in timeline order; `absent` the fact types that did not come,
    each with its deadline. `tells` says for each told party what it has to do. `acts` are those
    that count, in order. `end` is None where nothing in sight ends it.
    """

    alert_id: str
    rule: Rule | RegionRule
    agreement: Agreement
    opener: Fact
    raised_at: Instant
    end: End | None
    status: Status
    evidence: tuple[Fact, ...]
    absent: tuple[tuple[str, Instant], ...]
    tells: Mapping[str, Part]
    acts: tuple[Act, ...] = ()
    gemeente: str = ""
    region: str = ""
    origin: Finding | None = None  # of one `as_of` an instant: the same over all of time

    @property
    def sort_key(self) -> tuple[Instant, str, str]:
        return (self.raised_at, self.rule.id, self.alert_id)

    @property
    def resolved_at(self) -> Instant:
        return NEVER if self.end is None else self.end.at


@lru_cache(maxsize=1 << 16)
def alert_id(rule: str, lease: Identity | None, opener: Identity) -> str:
    """`al-` and 26 characters that depend on rule, lease and opener alone (Identity)."""
    lines = (rule, *(lease or ("", "")), *opener)
    digest = hashlib.sha256("\n".join(lines).encode()).digest()
    return "al-" + first_26(digest)


def as_of(finding: Finding, at: Instant) -> Finding:
    """The finding as it is known at `at`: an end that is still to come is no end."""
    end = finding.end if finding.resolved_at <= at else None
    return Finding(
        finding.alert_id,
        finding.rule,
        finding.agreement,
        finding.opener,
        finding.raised_at,
        end,
        status_at(finding.acts, finding.end, at),
        finding.evidence,
        finding.absent,
        finding.tells,
        tuple(act for act in finding.acts if act.at <= at),
        finding.gemeente,
        finding.region,
        finding,
    )


def known_at(findings: Iterable[Finding], at: Instant) -> list[Finding]:
    """The findings raised at or before `at`, as they are then, by (raised_at, rule, alert id)."""
    known = [as_of(finding, at) for finding in findings if finding.raised_at <= at]
    return sorted(known, key=lambda finding: finding.sort_key)


def next_change(findings: Iterable[Finding], at: Instant) -> Instant:
    """The first instant after `at` at which time alone changes something; NEVER if nothing does."""
    moments = [moment for f in findings for moment in (f.raised_at, f.resolved_at) if moment > at]
    return min(moments, default=NEVER)
