"""When which cluster wants to be looked at again: a heap over what the state says."""

from __future__ import annotations

import heapq

from hub.domain.time import NEVER, Instant


class Schedule:
    """The next instant of each cluster; `held` are those that wait for a feed."""

    def __init__(self) -> None:
        self._wake: dict[bytes, Instant] = {}
        self._heap: list[tuple[Instant, bytes]] = []
        self.held: set[bytes] = set()

    def clear(self) -> None:
        self._wake.clear()
        self._heap.clear()
        self.held.clear()

    def __contains__(self, cluster: bytes) -> bool:
        return cluster in self._wake

    def all(self) -> list[bytes]:
        return sorted(self._wake)

    def put(self, cluster: bytes, wake_at: Instant, *, held: bool) -> None:
        self._wake[cluster] = wake_at
        if wake_at != NEVER:
            heapq.heappush(self._heap, (wake_at, cluster))
        if held:
            self.held.add(cluster)
        else:
            self.held.discard(cluster)

    def remove(self, cluster: bytes) -> None:
        self._wake.pop(cluster, None)
        self.held.discard(cluster)

    def next_at(self) -> Instant | None:
        """The earliest instant at which a cluster wants to be looked at."""
        while self._heap and self._wake.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)  # it has been put anew, or is gone
        return self._heap[0][0] if self._heap else None

    def due(self, now: Instant, limit: int) -> list[bytes]:
        """At most `limit` clusters whose instant has come; they must be put again."""
        found: list[bytes] = []
        while len(found) < limit and (at := self.next_at()) is not None and at <= now:
            cluster = heapq.heappop(self._heap)[1]
            del self._wake[cluster]
            found.append(cluster)
        return found
