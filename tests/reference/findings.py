"""What makes a finding of an interval: its id, its end, what people did with it, its status.

The agreement document, "One maximal interval = one finding" and Alerts (Identity, Status).
"""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.reference.clock import FOREVER, add_days
from tests.reference.facts import Fact, Name, Party

# Of several ends at one instant the first in this list.
RESOLUTIONS = ["condition", "approach", "expired", "scope-ended", "closed"]
ACTS_ON_IT = "A"
IS_INFORMED = "i"
Tells = Mapping[str, str]  # side -> ACTS_ON_IT or IS_INFORMED


@dataclass(frozen=True)
class Rule:
    """A row of the table of default rules, without its condition."""

    id: str
    severity: str
    tells: Tells
    until_approach: bool = False
    expires_days: int | None = None
    inhibits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Absent:
    type: str
    expected_by: int


@dataclass(frozen=True)
class Finding:
    alert_id: str
    rule: Rule
    raised: int
    end: int
    resolution: str
    status: str
    tells: Tells
    evidence: tuple[Fact, ...]
    absent: tuple[Absent, ...]


@dataclass
class Subject:
    """A household or region as far as its findings share it: lease, acts, corrections, T."""

    now: int
    lease: Fact | None
    acts: Mapping[str, Sequence[Fact]]  # by alert id, sorted
    side_of: Callable[[Party], str | None]
    root_of: Callable[[Name], Name]
    # When an approach to a stronger alert of this household resolves those of a rule, too.
    approached: dict[str, list[int]] = field(default_factory=dict)

    def finding(
        self,
        rule: Rule,
        start: int,
        opener: Fact,
        *,
        condition: int = FOREVER,
        scope: int = FOREVER,
        others: Sequence[Fact] = (),
        absent: Sequence[Absent] = (),
        tells: Tells | None = None,
    ) -> Finding | None:
        """The finding of an interval that starts at `start`, or None when it is empty at T.

        `condition` is where it stops to hold or a fact of its `until` cuts it, `scope` where its
        `during` ends, `others` the evidence besides the opener.
        """
        ends = {"condition": condition, "scope-ended": scope}
        if rule.expires_days is not None:
            ends["expired"] = add_days(start, rule.expires_days)
        if start > self.now or min(ends.values()) <= start:
            return None
        alert_id = self._alert_id(rule, opener)
        tells = rule.tells if tells is None else tells
        acts = [act for act in self.acts.get(alert_id, ()) if self.side_of(act.party) in tells]
        ends |= self._ends_by_people(rule, start, acts, tells)
        resolution = min(ends, key=lambda r: (ends[r], RESOLUTIONS.index(r)))
        evidence = sorted({opener, *others}, key=lambda f: f.key)
        return Finding(
            alert_id,
            rule,
            start,
            ends[resolution],
            resolution,
            self._status(ends[resolution], resolution, acts),
            tells,
            tuple(evidence),
            tuple(absent),
        )

    def _ends_by_people(
        self, rule: Rule, start: int, acts: Sequence[Fact], tells: Tells
    ) -> dict[str, int]:
        """Acts count from the finding's start at the earliest, and may end it right there."""
        approaches = [max(act.at, start) for act in acts if act.type == "approach-agreed"]
        approaches += [at for at in self.approached.get(rule.id, []) if at >= start]
        closings = [
            max(act.at, start)
            for act in acts
            if act.type == "alert-closed" and tells[str(self.side_of(act.party))] == ACTS_ON_IT
        ]
        ends = {"closed": min(closings, default=FOREVER)}
        if rule.until_approach:
            ends["approach"] = min(approaches, default=FOREVER)
        return ends

    def _status(self, end: int, resolution: str, acts: Sequence[Fact]) -> str:
        if end <= self.now:
            return "closed" if resolution == "closed" else "resolved"
        types = {act.type for act in acts}
        if "approach-agreed" in types:
            return "agreed"
        return "acknowledged" if "alert-acknowledged" in types else "open"

    def _alert_id(self, rule: Rule, opener: Fact) -> str:
        lease = ("", "") if self.lease is None else self.root_of(self.lease.name)
        lines = "\n".join([rule.id, *lease, *self.root_of(opener.name)])
        digest = hashlib.sha256(lines.encode()).digest()
        return "al-" + base64.b32encode(digest).decode().lower()[:26]
