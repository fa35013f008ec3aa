"""Evaluating one cluster: where its facts belong, what is found, who is told, what is forgotten.

Everything here follows from the facts of the cluster, the agreement and `now`; the cluster keeps
what was told and since when facts wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from hub.domain.acts import Status
from hub.domain.agreement import Agreement, Agreements
from hub.domain.facts import Reference
from hub.domain.findings import Finding, known_at, next_change
from hub.domain.joining import Joined, joined
from hub.domain.parties import Parties
from hub.domain.remembering import Remembered
from hub.domain.search import search
from hub.domain.tenancy import Resolution, resolve
from hub.domain.time import Instant
from hub.domain.timeline import Household
from hub.keys import Keys
from hub.streams.answering import answer_bound, answer_rest, answer_superseded, answer_unbound
from hub.streams.cluster import Cluster
from hub.streams.feeds import Feeds
from hub.streams.forgetting import erase, forget_joined_late, forget_over
from hub.streams.glance import Glance, Outcome, wait_ms
from hub.streams.household_views import HouseholdViews
from hub.streams.nodes import Nodes
from hub.streams.notices import Notices, Subject
from hub.streams.overlay import Overlay
from hub.streams.quiet import Quiet
from hub.streams.revisions import because

Bound: TypeAlias = Mapping[bytes, Reference]  # the household of each fact, by its node


class Evaluator:
    """Looks at clusters under the agreements of a deployment."""

    def __init__(
        self, agreements: Agreements, parties: Parties, keys: Keys, nodes: Nodes, feeds: Feeds
    ) -> None:
        self._agreements = agreements
        self._parties = parties
        self._keys = keys
        self._nodes = nodes
        self._feeds = feeds
        self._views = HouseholdViews(parties)

    def place(self, cluster: Cluster, at: Instant) -> Bound:
        """Find where the facts that exist at `at` belong, and keep it in the cluster. Returns where
        facts were bound: those that came, or all if any of them might have moved others."""
        lead_days = self._lead_days(cluster, at)
        found = None
        if cluster.placed is not None and cluster.placed.places.lead_days == lead_days:
            found = joined(cluster.placed, [fact for fact in cluster.unplaced if fact.at <= at])
        if found is None:
            cluster.places, cluster.unplaced = {}, list(cluster.facts.values())
            cluster.quiet.clear()
            existing = [fact for fact in cluster.unplaced if fact.at <= at]
            found = Joined.whole(resolve(existing, cluster.gemeente, self._parties, lead_days))
        bound = {cluster.node_of(fact): key for key, fact in found.bound}
        cluster.placed = found.resolution
        cluster.places = {**(cluster.places or {}), **bound}
        cluster.unplaced = [fact for fact in cluster.unplaced if fact.at > at]
        return bound

    def _place_anew(self, cluster: Cluster, at: Instant) -> Bound:
        cluster.placed = None
        return self.place(cluster, at)

    def evaluate(self, cluster: Cluster, state: Overlay, notices: Notices, now: Instant) -> Outcome:
        """Look at a cluster at `now`."""
        sharing = self._sharing(cluster.gemeente, now)
        roles, keys, nodes = self._parties.roles, self._keys, self._nodes
        glance = Glance(cluster, state, notices, now, sharing, keys, nodes, roles, Outcome())
        before, told_before = cluster.places or {}, len(notices.emits)
        came = cluster.news.gone | {it: cluster.facts[it] for it in sorted(cluster.news.nodes)}
        bound = self.place(cluster, now)
        if erase(glance, cluster.resolution):
            bound = self._place_anew(cluster, now)
        if forget_joined_late(glance, cluster.resolution):
            bound = self._place_anew(cluster, now)
        if forget_over(glance, cluster.resolution):
            bound = self._place_anew(cluster, now)
        resolved = cluster.resolution
        found = self._tell(glance, resolved)
        self._views.write(glance, resolved, found)
        answer_bound(glance, bound, before)
        because(notices.emits, told_before, cluster.news.cause)
        answer_unbound(glance, resolved, found)
        answer_superseded(glance, resolved)
        answer_rest(glance, came)
        for fact in cluster.unplaced:
            glance.outcome.wake(fact.at)
        cluster.evaluated_at = now
        return glance.outcome

    def wait_ms(self, gemeente: str, now: Instant) -> int:
        """How long what was sent together may take to come."""
        return wait_ms(self._sharing(gemeente, now))

    def _lead_days(self, cluster: Cluster, now: Instant) -> int:
        version = self._sharing(cluster.gemeente, now)
        return 60 if version is None else version.thresholds.address_lead_days

    def _sharing(self, gemeente: str, now: Instant) -> Agreement | None:
        return self._agreements.find(self._agreements.of_gemeente(gemeente), now)

    def _tell(self, glance: Glance, resolved: Resolution) -> dict[str, Reference]:
        """Evaluate every household and tell; the household of each alert that exists."""
        cluster, now = glance.cluster, glance.now
        found: dict[str, Reference] = {}
        versions = self._agreements.of_gemeente(cluster.gemeente)
        for key, household in resolved.households.items():
            remembered = cluster.remembered.setdefault(key, Remembered())
            findings = search(household, versions, self._parties, resolved.acts, remembered)
            raised = [finding for finding in findings if finding.raised_at <= now]
            quiet = cluster.quiet.get(key)
            if quiet is None or not quiet.lasts(household, raised, glance.sharing, now):
                quiet = cluster.quiet[key] = self._tell_household(glance, household, raised)
            found |= dict.fromkeys((finding.alert_id for finding in raised), key)
            glance.outcome.wake(min(quiet.until, next_change(findings, now)))
            glance.outcome.held |= quiet.held
        glance.outcome.alerts = [name for name in found if name not in cluster.alerts] + [
            name for name in cluster.alerts if name in found
        ]
        self._take_back(glance, cluster.alerts.keys() - found.keys())
        return found

    def _take_back(self, glance: Glance, gone: Iterable[str]) -> None:
        """Alerts that do not exist any more: withdrawn where they were told."""
        cluster = glance.cluster
        for alert_id in sorted(gone):
            record = cluster.alerts[alert_id]
            if glance.notices.withdraw(alert_id, record, Status.WITHDRAWN, glance.now):
                cluster.touch(alert_id)
            if not any(told.is_told for told in record.told.values()):
                del cluster.alerts[alert_id]  # it came and went before it was told
                cluster.touch(alert_id)

    def _tell_household(
        self, glance: Glance, household: Household, raised: Sequence[Finding]
    ) -> Quiet:
        """Tell of all findings of a household; how long there is nothing more to tell."""
        current = known_at(raised, glance.now)
        until, held = next_change(raised, glance.now), False
        if glance.sharing is not None:
            until = min(until, self._tell_all(glance, household, current, glance.sharing))
            for finding in current:
                held |= self._watch_feeds(glance, finding)
        return Quiet(household, raised, glance.sharing, until, held)

    def _tell_all(
        self,
        glance: Glance,
        household: Household,
        current: Sequence[Finding],
        sharing: Agreement,
    ) -> Instant:
        cluster, state = glance.cluster, glance.state
        subject = Subject(
            household,
            glance.household_key(household.key),
            sharing,
            lambda finding: bool(self._feeds.behind(state, finding)),
            shown=cluster.shown,
        )
        changed, wake_at = glance.notices.tell(subject, current, cluster.alerts, glance.now)
        for alert_id in changed:
            cluster.touch(alert_id)
        return wake_at

    def _watch_feeds(self, glance: Glance, finding: Finding) -> bool:
        """Held by a feed: look again when the feed moves, tell ops when its grace is over."""
        record = glance.cluster.alerts.get(finding.alert_id)
        late = self._feeds.behind(glance.state, finding)
        if record is None or not late:
            return False
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
        return True
