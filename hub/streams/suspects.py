"""Which fact is to be redriven when a household failed at a tick, and nobody can tell by which."""

from __future__ import annotations

from hub.domain.refusals import Slug
from hub.domain.time import Instant
from hub.keys import Keys
from hub.streams.cluster import Cluster
from hub.streams.entries import FACTS, entry_of
from hub.streams.loop import dead_letter
from hub.streams.seam import Emit, Record


def suspects(cluster: Cluster, keys: Keys, now: Instant) -> list[Emit]:
    """A dead letter, to redrive when it is mended: the last fact that came since the household was
    looked at, or else the last of all. Empty if there is none."""
    facts = [cluster.facts[node] for node in cluster.news.nodes] or cluster.facts.values()
    last = max(facts, key=lambda fact: fact.key, default=None)
    if last is None:
        return []
    it = entry_of(last, keys).emit
    record = Record(0, it.key, it.value, it.headers, now)
    return [dead_letter(record, Slug.PROCESSING_ERROR, FACTS)]
