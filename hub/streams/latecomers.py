"""Latecomers: facts that come after what they are about was forgotten (ADR 0014).

What occurred before that is refused. It leaves its mark all the same, where it would have changed
something had it come earlier: what it corrects does not count, and a dossier that it names with an
erased lease is erased too. Nothing of such a fact is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from hub.domain.corrections import in_force, left_over, target_of
from hub.domain.facts import Fact, Identity, Reference
from hub.domain.parties import Parties
from hub.domain.time import NEVER, Instant
from hub.streams.cluster import Cluster
from hub.streams.evaluation import Evaluator
from hub.streams.nodes import Node, Nodes
from hub.streams.work import Work

ClusterAt: TypeAlias = Callable[[bytes, Work], Cluster | None]

_UNLINKED: Final = "reference-unlinked"


class Latecomers:
    """Judges facts by the marks of what they name."""

    def __init__(
        self, nodes: Nodes, parties: Parties, evaluator: Evaluator, cluster_at: ClusterAt
    ) -> None:
        self._nodes = nodes
        self._parties = parties
        self._evaluator = evaluator
        self._cluster_at = cluster_at

    def is_gone(self, fact: Fact, there: Node, work: Work) -> bool:
        """Whether this very fact was here and is gone, or was corrected by one that is gone. What
        it corrects itself does not count then: it may never have been here."""
        if there.mark is None:
            return False
        if fact.replaces is not None:
            self._keep_out(fact.replaces, fact.gemeente, work)
        return True

    def is_refused(self, fact: Fact, named: Mapping[bytes, Node]) -> bool:
        """Whether it occurred before what it names was forgotten; a dwelling stays."""
        for reference in fact.references:
            mark = named[self._nodes.of_reference(fact.gemeente, reference)].mark
            if reference.scheme != "address" and mark is not None and fact.at <= mark.upto:
                return True
        return False

    def refuse(self, fact: Fact, named: Mapping[bytes, Node], work: Work) -> None:
        """Keep the fact out, also when it comes again, and with it what it corrects."""
        self._nodes.mark(work.state, self._nodes.of_fact(fact), NEVER, work.now)
        self.join(fact, work)
        target = target_of(fact)
        if target is not None:
            self._keep_out(target, fact.gemeente, work)

    def join(self, fact: Fact, work: Work) -> None:
        """A dossier that turns out to be of an erased tenancy shares its lot."""
        upto = self._erased_with(fact, work)
        if upto is None:
            return
        for dossier in _dossiers_in(fact):
            node = self._nodes.of_reference(fact.gemeente, dossier)
            cluster = self._cluster_at(node, work)
            if cluster is None:
                self._nodes.mark(work.state, node, upto, work.now)
            else:
                cluster.joined_late[dossier] = upto
                work.dirty[cluster.id] = None

    def _keep_out(self, target: Identity, gemeente: str, work: Work) -> None:
        """What is corrected by a fact that is gone does not count, whichever of them came first."""
        node = self._nodes.of_identity(gemeente, target)
        if self._nodes.find_mark(work.state, node) is not None:
            return
        self._nodes.mark(work.state, node, NEVER, work.now)
        cluster = self._cluster_at(node, work)
        if cluster is None or node not in cluster.facts:
            return
        facts = cluster.facts.values()
        if target not in {fact.identity for fact in in_force(facts).facts}:
            return  # it is out of force already, and names of alerts may hang on it
        for gone in (cluster.facts[node], *left_over(facts, {target})):
            of_gone = self._nodes.of_fact(gone)
            self._nodes.mark(work.state, of_gone, NEVER, work.now)
            cluster.remove(of_gone)
        work.dirty[cluster.id] = None

    def _erased_with(self, fact: Fact, work: Work) -> Instant | None:
        """Until when the lease that the fact joins to a dossier was erased, if that is lately."""
        lease, party = fact.reference("lease"), self._parties.by_id[fact.party]
        if lease is None or not _dossiers_in(fact) or fact.type == _UNLINKED:
            return None
        if not self._parties.speaks_for_gemeente(party, fact.gemeente):
            return None
        mark = self._nodes.find_mark(work.state, self._nodes.of_reference(fact.gemeente, lease))
        if mark is None or mark.upto == NEVER:
            return None
        wait_ms = self._evaluator.wait_ms(fact.gemeente, work.now)
        return mark.upto if work.now <= mark.marked_at + wait_ms else None


def _dossiers_in(fact: Fact) -> Sequence[Reference]:
    return [reference for reference in fact.references if reference.scheme == "dossier"]
