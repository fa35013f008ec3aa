"""Looking into the state of shards: the facts behind an alert or a household, and why.

Changes nothing. What a household is and what is found in it comes from the same functions as
everywhere, over the facts that the shards have kept. Whoever calls says which states to look in: a
data directory has one of each processor, a worker has those of its partitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from hub.domain.agreement import Agreements, Rule
from hub.domain.explain import Explanation
from hub.domain.explain import explain as explain_finding
from hub.domain.facts import Fact, Reference
from hub.domain.parties import Parties
from hub.domain.time import Instant
from hub.domain.why_not import Case, WhyNot
from hub.domain.why_not import why_not as ask_why_not
from hub.keys import Keys, fresh_salt
from hub.streams.backtest import Backtest, Evaluated
from hub.streams.clusters import CLUSTERS, TEXTS, Clusters
from hub.streams.correlate import META, NOW
from hub.streams.nodes import Nodes
from hub.streams.overlay import Overlay
from hub.streams.seam import State
from hub.wire.state import Book, PartyOf

_DEPLOYMENT: Final = ""  # the party under whose name the deployment has a handle of its own


class Looking(Struct, frozen=True):
    """What it takes to look: what was agreed, the parties, the key that opens the state."""

    agreements: Agreements
    parties: Parties
    keys: Keys

    def about_alert(
        self, alert_id: str, households: Iterable[State], regions: Iterable[State]
    ) -> Backtest:
        """The kept facts that have to do with an alert, and those of every region."""
        nodes = Nodes(self.keys)
        named = [nodes.of_alert(gemeente, alert_id) for gemeente in sorted(self.parties.gemeenten)]
        return self._gathered(named, households, regions)

    def about_household(
        self, reference: Reference, households: Iterable[State], regions: Iterable[State] = ()
    ) -> Backtest:
        """The kept facts that have to do with a household of this name."""
        nodes = Nodes(self.keys)
        places = sorted(self.parties.gemeenten)
        named = [nodes.of_reference(gemeente, reference) for gemeente in places]
        return self._gathered(named, households, regions)

    def handles_of(self, reference: Reference, households: Iterable[State]) -> tuple[str, ...]:
        """What the deployment itself calls the households of this name, also those that it has
        forgotten: a handle follows from the name and the key alone."""
        nodes, run = Nodes(self.keys), self.about_household(reference, households)
        known = {
            nodes.of_reference(it.household.gemeente, it.household.key)
            for it in run.households(run.last)
            if reference in it.household.references
        }
        places = sorted(self.parties.gemeenten)
        once = {nodes.of_reference(gemeente, reference) for gemeente in places}
        return tuple(self.keys.handle(_DEPLOYMENT, name) for name in sorted(known | once))

    def _gathered(
        self, nodes: Sequence[bytes], households: Iterable[State], regions: Iterable[State]
    ) -> Backtest:
        run = Backtest(self.agreements, self.parties)
        for state in households:
            for fact in self._facts(state, nodes):
                run.put_fact(fact)
        for state in regions:
            for fact in self._facts(state, None):
                run.put_fact(fact)
        return run

    def _facts(self, state: State, nodes: Sequence[bytes] | None) -> Iterator[Fact]:
        """The facts of the clusters that the nodes lead to; None: of every cluster."""
        overlay = Overlay(state)
        clusters = Clusters(self.keys, PartyOf(self.parties.find_by_source), fresh_salt)
        clusters.open(Book(value.decode() for _, value in overlay.scan(TEXTS)))
        if nodes is None:
            ids = [id_ for id_, _ in overlay.scan(CLUSTERS)]
        else:
            known = Nodes(self.keys)
            led_to = (known.find(overlay, node) for node in nodes)
            there = dict.fromkeys(id_ for id_ in led_to if isinstance(id_, bytes))
            ids = [id_ for id_ in there if clusters.exists(overlay, id_)]
        for id_ in ids:
            yield from clusters.find(overlay, id_).facts.values()


def latest(states: Iterable[State]) -> Instant | None:
    """The latest instant at which one of these shards has worked; None if none ever did."""
    stored = (state.get(META, NOW) for state in states)
    known = [int.from_bytes(it, "big", signed=True) for it in stored if it is not None]
    return max(known, default=None)


def explained(run: Backtest, alert_id: str, at: Instant) -> Explanation | None:
    """The explanation of an alert among the facts of a backtest, None if there is none."""
    agreements, parties = run.agreements, run.parties
    for evaluated in run.households(at):
        for finding in evaluated.findings:
            if finding.alert_id == alert_id and finding.raised_at <= at:
                versions = agreements.of_gemeente(evaluated.household.gemeente)
                sharing = agreements.find(versions, at) or finding.agreement
                return explain_finding(finding, evaluated.household, sharing, parties, at)
    for name, findings in run.regions(at):
        for finding in findings:
            if finding.alert_id == alert_id and finding.raised_at <= at:
                sharing = agreements.find(agreements.of_region(name), at) or finding.agreement
                return explain_finding(finding, None, sharing, parties, at)
    return None


def why_not(run: Backtest, reference: Reference, rule: Rule, at: Instant) -> list[WhyNot]:
    """Why a rule found nothing, for each household of this name; empty where none is known."""
    return [
        ask_why_not(rule, _case(run, evaluated, at))
        for evaluated in run.households(at)
        if reference in evaluated.household.references
    ]


def _case(run: Backtest, evaluated: Evaluated, at: Instant) -> Case:
    versions = run.agreements.of_gemeente(evaluated.household.gemeente)
    return Case(evaluated.household, versions, run.parties, evaluated.resolved.acts, at)


def find_rule(agreements: Agreements, name: str) -> Rule | None:
    """The household rule of this id, of the latest version that has it."""
    for agreement in reversed(agreements.all):
        found = agreement.by_id.get(name)
        if isinstance(found, Rule):
            return found
    return None
