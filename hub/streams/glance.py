"""One look at one cluster: what it is looked at with, and what the look brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from hub.domain.agreement import Agreement
from hub.domain.corrections import kept_out, left_over
from hub.domain.facts import Fact, Identity, Reference, Role
from hub.domain.refusals import Slug
from hub.domain.time import DAY_MS, NEVER, Instant
from hub.keys import Keys
from hub.streams.cluster import Cluster
from hub.streams.nodes import Nodes
from hub.streams.notices import Notices
from hub.streams.overlay import Overlay
from hub.streams.receipts import ReceiptStatus, receipt, receipt_id

_WAIT_DAYS = 90  # where no agreement is in force to say otherwise


class Outcome(Struct):
    """What looking at a cluster brought: alerts found, nodes that are gone, when to look again."""

    wake_at: Instant = NEVER
    held: bool = False
    rekey: bool = False
    alerts: list[str] = field(default_factory=list)
    marks: list[tuple[bytes, Instant]] = field(default_factory=list)
    answered: set[Identity] = field(default_factory=set)  # the facts that got a receipt

    def wake(self, at: Instant) -> None:
        self.wake_at = min(self.wake_at, at)


class Glance(Struct, frozen=True):
    """A cluster being looked at, at `now`; `sharing` is the agreement in force then."""

    cluster: Cluster
    state: Overlay
    notices: Notices
    now: Instant
    sharing: Agreement | None
    keys: Keys
    nodes: Nodes
    roles: Mapping[str, Role]
    outcome: Outcome

    def household_key(self, household: Reference) -> bytes:
        """The key from which every party's handle of a household is made."""
        return self.nodes.of_reference(self.cluster.gemeente, household)

    def answer(
        self,
        fact: Fact,
        status: ReceiptStatus,
        *,
        household: Reference | None = None,
        problem: Slug | None = None,
        node: bytes = b"",
    ) -> None:
        """A receipt for the publisher of a fact; `node` is that of the fact, where it is known."""
        self.outcome.answered.add(fact.identity)
        handle = None
        if household is not None:
            handle = self.notices.handle(fact.party, self.household_key(household))
        # hashing it anew costs 3 µs
        name = self.cluster.news.receipts.get(node) or receipt_id(self.keys, fact)
        told = receipt(name, fact, status, self.now, household=handle, problem=problem)
        self.notices.emits.append(told)

    def forget(self, facts: Iterable[Fact]) -> None:
        """Take facts out of the cluster for good, and what was kept only because these correct it;
        they are known when they come again."""
        there = self.cluster.facts.values()
        gone = {fact.identity: fact for fact in facts}
        gone |= {fact.identity: fact for fact in left_over(there, gone)}
        absent = kept_out(there, gone)
        if absent:
            absent -= {fact.identity for fact in there}
        for name in (*gone, *sorted(absent)):
            node = self.nodes.of_identity(self.cluster.gemeente, name)
            self.cluster.remove(node)
            self.outcome.marks.append((node, NEVER))

    @property
    def wait_ms(self) -> int:
        return wait_ms(self.sharing)


def wait_ms(sharing: Agreement | None) -> int:
    """How long a fact may wait for its household."""
    days = _WAIT_DAYS if sharing is None else sharing.thresholds.wait_limit_days
    return days * DAY_MS
