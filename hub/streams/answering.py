"""Receipts for what a look at a cluster showed: bound, waiting, back to its publisher, expired."""

from __future__ import annotations

from collections.abc import Mapping

from hub.domain.facts import Fact, Reference
from hub.domain.refusals import Slug
from hub.domain.tenancy import Resolution
from hub.domain.tenancy import Unbound as Why
from hub.streams.cluster import Unbound
from hub.streams.glance import Glance
from hub.streams.intake import reduced
from hub.streams.receipts import ReceiptStatus


def answer_bound(
    glance: Glance, bound: Mapping[bytes, Reference], before: Mapping[bytes, Reference]
) -> None:
    """A receipt for every fact that got a household, or another one than `before`."""
    cluster = glance.cluster
    for node, key in bound.items():
        waited = cluster.unbound.pop(node, None)
        if waited is not None or before.get(node) != key:
            fact = cluster.facts[node]
            glance.answer(fact, ReceiptStatus.ACCEPTED, household=key, node=node)


def answer_unbound(glance: Glance, resolved: Resolution, found: Mapping[str, Reference]) -> None:
    """A receipt for what has no household; `found` are the alerts that exist, by household."""
    for fact in resolved.unbound[Why.WAITING]:
        _keep_waiting(glance, fact, None)
    for fact in resolved.unbound[Why.AMBIGUOUS]:
        _keep_waiting(glance, fact, Slug.AMBIGUOUS_ADDRESS)
    for fact in resolved.unbound[Why.REGULAR]:
        _leave_alone(glance, fact)
    for alert_id, acts in resolved.acts.items():
        for fact in acts:
            _answer_act(glance, fact, found.get(alert_id))


def answer_superseded(glance: Glance, resolved: Resolution) -> None:
    """A receipt for what waited and does not count any more: it was corrected or taken back."""
    if not glance.cluster.unbound:
        return
    groups = (*resolved.unbound.values(), *resolved.acts.values())
    counting = {fact.identity for facts in groups for fact in facts}
    for node in sorted(glance.cluster.unbound):
        fact = glance.cluster.facts[node]
        if fact.identity not in counting:
            del glance.cluster.unbound[node]
            glance.answer(fact, ReceiptStatus.ACCEPTED)


def answer_rest(glance: Glance, came: Mapping[bytes, Fact]) -> None:
    """A receipt for what came and has got none: it was corrected or taken back before it was ever
    looked at, or what it is about is forgotten."""
    cluster, now = glance.cluster, glance.now
    placed = cluster.places or {}
    for node, fact in came.items():
        if node in placed or node in cluster.unbound or fact.at > now:
            continue
        if fact.identity in glance.outcome.answered:
            continue
        if node in cluster.facts:
            glance.answer(fact, ReceiptStatus.ACCEPTED)
        else:
            glance.answer(fact, ReceiptStatus.REFUSED, problem=Slug.HOUSEHOLD_FORGOTTEN)


def _answer_act(glance: Glance, fact: Fact, household: Reference | None) -> None:
    """An act waits for its alert."""
    if household is None:
        _keep_waiting(glance, fact, None)
        return
    cluster = glance.cluster
    node = cluster.node_of(fact)
    was_waiting = cluster.unbound.pop(node, None) is not None
    if was_waiting or fact.at > cluster.evaluated_at or node in cluster.news.nodes:
        glance.answer(fact, ReceiptStatus.ACCEPTED, household=household)


def _keep_waiting(glance: Glance, fact: Fact, refused: Slug | None) -> None:
    """Counted, visible to its publisher, bound as soon as it can be, and not for ever."""
    cluster = glance.cluster
    node = cluster.node_of(fact)
    slug = "" if refused is None else refused.value
    waiting = cluster.unbound.get(node)
    if waiting is None or waiting.refused != slug:
        since = glance.now if waiting is None else waiting.since
        waiting = cluster.unbound[node] = Unbound(since, slug)
        status = ReceiptStatus.WAITING if refused is None else ReceiptStatus.REFUSED
        glance.answer(fact, status, problem=refused)
    expires = waiting.since + glance.wait_ms
    if expires > glance.now:
        glance.outcome.wake(expires)
        return
    glance.forget([fact])
    if refused is None:
        glance.answer(fact, ReceiptStatus.EXPIRED_UNBOUND)


def _leave_alone(glance: Glance, fact: Fact) -> None:
    """A regular tenant: the tenancy holds its address, what names its lease is forgotten whole;
    what names only the address may yet turn out to be about somebody else."""
    if fact.type in ("lease-signed", "lease-ended"):
        cluster, node = glance.cluster, glance.cluster.node_of(fact)
        was_waiting = cluster.unbound.pop(node, None) is not None
        if was_waiting or node in cluster.news.nodes:
            glance.answer(fact, ReceiptStatus.ACCEPTED)
            # only now is it known whose it is: its end is kept, the rest is nobody's business
            cluster.put(node, reduced(fact))
    elif fact.reference("lease") is None:
        _keep_waiting(glance, fact, None)
    else:
        glance.forget([fact])
        glance.answer(fact, ReceiptStatus.ACCEPTED)
