"""Evaluating one cluster: where its facts belong, what is found, who is told, what is forgotten.

Everything here follows from the facts of the cluster, the agreement and `now`; the cluster keeps
what was told and since when facts wait.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from hub.domain.acts import Status
from hub.domain.agreement import Agreement, Agreements
from hub.domain.facts import Fact, Reference
from hub.domain.findings import Finding, known_at, next_change, search
from hub.domain.parties import Parties
from hub.domain.refusals import Slug
from hub.domain.retention import forget_at
from hub.domain.tenancy import Resolution, resolve
from hub.domain.tenancy import Unbound as Why
from hub.domain.time import DAY_MS, NEVER, Instant
from hub.domain.timeline import Household
from hub.keys import Keys
from hub.streams.clusters import Cluster, Unbound
from hub.streams.feeds import Feeds
from hub.streams.nodes import Nodes
from hub.streams.notices import Notices, Subject
from hub.streams.overlay import Overlay
from hub.streams.receipts import ReceiptStatus, receipt


class Outcome(Struct):
    """What looking at a cluster brought: alerts found, nodes that are gone, when to look again."""

    wake_at: Instant = NEVER
    held: bool = False
    rekey: bool = False
    alerts: list[str] = field(default_factory=list)
    marks: list[tuple[bytes, Instant]] = field(default_factory=list)

    def wake(self, at: Instant) -> None:
        self.wake_at = min(self.wake_at, at)


class Glance(Struct, frozen=True):
    """A cluster being looked at."""

    cluster: Cluster
    state: Overlay
    notices: Notices
    now: Instant
    outcome: Outcome


class Evaluator:
    """Looks at clusters under the agreements of a deployment."""

    def __init__(self, agreements: Agreements, parties: Parties, keys: Keys, feeds: Feeds) -> None:
        self._agreements = agreements
        self._parties = parties
        self._keys = keys
        self._nodes = Nodes(keys)
        self._feeds = feeds

    def place(self, cluster: Cluster, at: Instant) -> Resolution:
        """Where the facts that exist at `at` belong; kept in the cluster."""
        facts = [fact for fact in cluster.facts.values() if fact.at <= at]
        resolved = resolve(facts, cluster.gemeente, self._parties, self._lead_days(cluster, at))
        node_of = cluster.node_of()
        cluster.places = {
            node_of[id(fact)]: key
            for key, household in resolved.households.items()
            for fact in household.facts
        }
        return resolved

    def evaluate(self, cluster: Cluster, state: Overlay, notices: Notices, now: Instant) -> Outcome:
        """Look at a cluster at `now`."""
        glance = Glance(cluster, state, notices, now, Outcome())
        before = cluster.places or {}
        resolved = self.place(cluster, now)
        if resolved.erased:
            self._erase(glance, resolved)
            resolved = self.place(cluster, now)
        if self._forget_expired(glance, resolved):
            resolved = self.place(cluster, now)
        found = self._tell(glance, resolved)
        self._answer_bound(glance, resolved, before)
        self._answer_unbound(glance, resolved, found)
        for fact in cluster.facts.values():
            if fact.at > now:
                glance.outcome.wake(fact.at)
        cluster.evaluated_at = now
        return glance.outcome

    def _lead_days(self, cluster: Cluster, now: Instant) -> int:
        version = self._sharing(cluster.gemeente, now)
        return 60 if version is None else version.thresholds.address_lead_days

    def _sharing(self, gemeente: str, now: Instant) -> Agreement | None:
        return self._agreements.find(self._agreements.of_gemeente(gemeente), now)

    def _household_key(self, gemeente: str, key: Reference) -> bytes:
        return self._nodes.of_reference(gemeente, key)

    # telling

    def _tell(self, glance: Glance, resolved: Resolution) -> dict[str, Reference]:
        """Evaluate every household and tell; the household of each alert that exists."""
        cluster, now = glance.cluster, glance.now
        found: dict[str, Reference] = {}
        sharing = self._sharing(cluster.gemeente, now)
        for key, household in resolved.households.items():
            versions = self._agreements.of_gemeente(cluster.gemeente)
            findings = search(household, versions, self._parties, resolved.acts)
            current = known_at(findings, now)
            found |= dict.fromkeys((finding.alert_id for finding in current), key)
            glance.outcome.wake(next_change(findings, now))
            if sharing is not None:
                self._tell_household(glance, household, current, sharing)
        glance.outcome.alerts = [name for name in found if name not in cluster.alerts] + [
            name for name in cluster.alerts if name in found
        ]
        for alert_id in sorted(cluster.alerts.keys() - found.keys()):
            record = cluster.alerts[alert_id]
            if any(told.knows for told in record.told.values()):
                glance.notices.withdraw(alert_id, record, Status.WITHDRAWN, now)
                cluster.touch(alert_id)
            elif not any(told.is_told for told in record.told.values()):
                del cluster.alerts[alert_id]  # it came and went before it was told
                cluster.touch(alert_id)
        return found

    def _tell_household(
        self,
        glance: Glance,
        household: Household,
        current: Sequence[Finding],
        sharing: Agreement,
    ) -> None:
        cluster, state = glance.cluster, glance.state
        subject = Subject(
            household,
            self._household_key(cluster.gemeente, household.key),
            sharing,
            lambda finding: bool(self._feeds.behind(state, finding)),
        )
        changed, wake_at = glance.notices.tell(subject, current, cluster.alerts, glance.now)
        for alert_id in changed:
            cluster.touch(alert_id)
        glance.outcome.wake(wake_at)
        for finding in current:
            self._watch_feeds(glance, finding)

    def _watch_feeds(self, glance: Glance, finding: Finding) -> None:
        """Held by a feed: look again when the feed moves, tell ops when its grace is over."""
        record = glance.cluster.alerts.get(finding.alert_id)
        late = self._feeds.behind(glance.state, finding)
        if record is None or not late:
            return
        glance.outcome.held = True
        for party in late:
            at = self._feeds.grace_ends(party, finding, finding.agreement.calendar)
            if record.silent_told:
                continue
            if at <= glance.now:
                glance.notices.ops("source-silent", party.id, glance.now)
                record.silent_told = True
                glance.cluster.touch(finding.alert_id)
            else:
                glance.outcome.wake(at)

    # answering

    def _answer_bound(
        self, glance: Glance, resolved: Resolution, before: dict[bytes, Reference | None]
    ) -> None:
        """A receipt for every fact that got a household, or another one."""
        cluster = glance.cluster
        node_of = cluster.node_of()
        for key, household in resolved.households.items():
            for fact in household.facts:
                node = node_of[id(fact)]
                waited = cluster.unbound.pop(node, None)
                if waited is None and before.get(node) == key:
                    continue
                name = self._household_key(cluster.gemeente, key)
                answer = receipt(
                    self._keys, fact, ReceiptStatus.ACCEPTED, glance.now, household=name
                )
                glance.notices.emits.append(answer)

    def _answer_unbound(
        self, glance: Glance, resolved: Resolution, found: dict[str, Reference]
    ) -> None:
        for fact in resolved.unbound[Why.WAITING]:
            self._keep_waiting(glance, fact, None)
        for fact in resolved.unbound[Why.AMBIGUOUS]:
            self._keep_waiting(glance, fact, Slug.AMBIGUOUS_ADDRESS)
        for fact in resolved.unbound[Why.REGULAR]:
            self._leave_alone(glance, fact)
        for alert_id, acts in resolved.acts.items():
            for fact in acts:
                self._answer_act(glance, fact, found.get(alert_id))

    def _answer_act(self, glance: Glance, fact: Fact, household: Reference | None) -> None:
        node = self._nodes.of_fact(fact)
        cluster = glance.cluster
        assert cluster.places is not None
        if household is None:
            self._keep_waiting(glance, fact, None)
            return
        was_waiting = cluster.unbound.pop(node, None) is not None
        if was_waiting or fact.at > cluster.evaluated_at or node in cluster.changed_facts:
            name = self._household_key(cluster.gemeente, household)
            glance.notices.emits.append(
                receipt(self._keys, fact, ReceiptStatus.ACCEPTED, glance.now, household=name)
            )

    def _keep_waiting(self, glance: Glance, fact: Fact, refused: Slug | None) -> None:
        """Counted, visible to its publisher, bound as soon as it can be, and not for ever."""
        cluster, node = glance.cluster, self._nodes.of_fact(fact)
        slug = "" if refused is None else refused.value
        waiting = cluster.unbound.get(node)
        if waiting is None or waiting.refused != slug:
            since = glance.now if waiting is None else waiting.since
            waiting = cluster.unbound[node] = Unbound(since, slug)
            status = ReceiptStatus.WAITING if refused is None else ReceiptStatus.REFUSED
            glance.notices.emits.append(
                receipt(self._keys, fact, status, glance.now, problem=refused)
            )
        expires = waiting.since + self._wait_ms(glance)
        if expires > glance.now:
            glance.outcome.wake(expires)
            return
        cluster.remove(node)
        glance.outcome.marks.append((node, NEVER))
        if refused is None:
            glance.notices.emits.append(
                receipt(self._keys, fact, ReceiptStatus.EXPIRED_UNBOUND, glance.now)
            )

    def _wait_ms(self, glance: Glance) -> int:
        version = self._sharing(glance.cluster.gemeente, glance.now)
        return (90 if version is None else version.thresholds.wait_limit_days) * DAY_MS

    def _leave_alone(self, glance: Glance, fact: Fact) -> None:
        """A regular tenant: the tenancy holds its address, what names its lease is forgotten
        whole; what names only the address may yet turn out to be about somebody else."""
        if fact.type in ("lease-signed", "lease-ended"):
            node = self._nodes.of_fact(fact)
            if node in glance.cluster.changed_facts:
                glance.notices.emits.append(
                    receipt(self._keys, fact, ReceiptStatus.ACCEPTED, glance.now)
                )
        elif fact.reference("lease") is None:
            self._keep_waiting(glance, fact, None)
        else:
            node = self._nodes.of_fact(fact)
            glance.cluster.remove(node)
            glance.outcome.marks.append((node, NEVER))
            glance.notices.emits.append(
                receipt(self._keys, fact, ReceiptStatus.ACCEPTED, glance.now)
            )

    # forgetting

    def _erase(self, glance: Glance, resolved: Resolution) -> None:
        """An erasure: its facts go, everybody who was told hears `erased`, the key is destroyed.

        The erasure goes with them, for it names the household; marks keep late facts away.
        """
        cluster = glance.cluster
        named = {ref for fact in resolved.erased for ref in fact.references}
        gone = {ref for ref in named if ref.scheme != "address"}
        erasures = [
            fact
            for fact in cluster.facts.values()
            if fact.type == "household-erased" and gone & set(fact.references)
        ]
        for fact in (*resolved.erased, *erasures):
            node = self._nodes.of_fact(fact)
            cluster.remove(node)
            glance.outcome.marks.append((node, NEVER))
        for fact in erasures:
            glance.notices.emits.append(
                receipt(self._keys, fact, ReceiptStatus.ACCEPTED, glance.now)
            )
        still = {ref for other in resolved.households.values() for ref in other.references}
        upto = max((fact.at for fact in erasures), default=NEVER)
        glance.outcome.marks += [
            (self._nodes.of_reference(cluster.gemeente, ref), upto) for ref in sorted(gone - still)
        ]
        self._end_alerts(glance, gone - still)
        glance.outcome.rekey = True

    def _end_alerts(self, glance: Glance, households: set[Reference]) -> None:
        cluster = glance.cluster
        keys = {self._household_key(cluster.gemeente, key) for key in households}
        for alert_id, record in sorted(cluster.alerts.items()):
            if record.household in keys:
                glance.notices.withdraw(alert_id, record, Status.ERASED, glance.now)
                del cluster.alerts[alert_id]
                cluster.touch(alert_id)

    def _forget_expired(self, glance: Glance, resolved: Resolution) -> bool:
        """Forget the households whose retention is over; whether there were any."""
        cluster = glance.cluster
        sharing = self._sharing(cluster.gemeente, glance.now)
        if sharing is None:
            return False
        over: list[Household] = []
        for household in resolved.households.values():
            # not before everything that was sent together can have come (facts document,
            # Finding the household: convergence within the waiting limit)
            at = max(forget_at(household, sharing), cluster.arrived_at + self._wait_ms(glance))
            if at <= glance.now:
                over.append(household)
            else:
                glance.outcome.wake(at)
        for household in over:
            for fact in household.facts:
                node = self._nodes.of_fact(fact)
                cluster.remove(node)
                glance.outcome.marks.append((node, NEVER))
            for reference in household.references:
                if reference.scheme != "address" and self._is_only_of(
                    reference, household, resolved
                ):
                    node = self._nodes.of_reference(cluster.gemeente, reference)
                    glance.outcome.marks.append((node, NEVER))
            glance.outcome.rekey = True
        self._end_alerts(glance, {household.key for household in over})
        return bool(over)

    def _is_only_of(self, reference: Reference, household: Household, resolved: Resolution) -> bool:
        """Whether no other household of the cluster is known by this reference."""
        return not any(
            reference in other.references
            for other in resolved.households.values()
            if other is not household
        )
