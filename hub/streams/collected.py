"""Facts collected in memory, as few bytes each as state has, and grouped by what they share.

Facts that share a reference, a correction or an act are one cluster: nothing outside a cluster can
change where its facts belong, so that clusters can be looked at one by one. Used by `backtest`,
which sees all facts first and evaluates once.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import islice
from typing import Final, NamedTuple

from hub.domain.facts import Fact, FactRetracted, Identity
from hub.domain.time import BEGINNING, Instant
from hub.wire.state import Book, PartyOf, References, pack, unpack


class Collected(Enum):
    """What became of a fact that was put in."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICTING = "conflicting-duplicate"


class Share(NamedTuple):
    """Of every `of` clusters the one at `part`: what one of several looks at."""

    part: int = 0
    of: int = 1


WHOLE: Final = Share()


class Collection:
    """The facts of one gemeente or region, each identity once, the first that came."""

    def __init__(self, party_of: PartyOf, book: Book) -> None:
        self._party_of = party_of
        self._book = book
        self._references = References()
        self._facts: dict[str, bytes] = {}
        self._groups = _Groups()
        self._group_of: list[int] = []  # by order of arrival
        self._corrections: list[tuple[int, Identity]] = []
        self._acts: list[bytes] = []
        self.last: Instant = BEGINNING
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._facts)

    def put(self, fact: Fact) -> Collected:
        """Keep the fact; the same identity again is a duplicate, with other content a conflict."""
        numbers = self._references.numbers_of(fact)
        packed = pack(fact, self._book, numbers)
        key = self._key_of(fact.source, fact.id)
        known = self._facts.setdefault(key, packed)
        if known is not packed:
            return Collected.DUPLICATE if known == packed else Collected.CONFLICTING
        self.size_bytes += len(key) + len(packed)
        self.last = max(self.last, fact.at)
        self._group_of.append(self._group(fact, numbers))
        if fact.kind in ("act", "correction"):
            self._acts.append(packed)
        return Collected.NEW

    def acts(self, until: Instant) -> list[Fact]:
        """Acts, and the corrections that may concern them, that occurred by then."""
        found = (self._unpack(packed) for packed in self._acts)
        return [fact for fact in found if fact.at <= until]

    def clusters(self, until: Instant, share: Share) -> Iterator[list[Fact]]:
        """The facts that occurred by then, cluster by cluster, in order of first arrival."""
        for at, target in self._corrections:
            found = self._facts.get(self._key_of(*target))
            if found is not None:
                fact = self._unpack(found)
                self._groups.join(at, self._group(fact, self._references.numbers_of(fact)))
        gathered: dict[int, list[bytes]] = {}
        for group, packed in zip(self._group_of, self._facts.values(), strict=True):
            gathered.setdefault(self._groups.root_of(group), []).append(packed)
        for stored in islice(gathered.values(), share.part, None, share.of):
            facts = [self._unpack(packed) for packed in stored]
            yield [fact for fact in facts if fact.at <= until]

    def all(self, until: Instant) -> list[Fact]:
        """Every fact that occurred by then."""
        found = (self._unpack(packed) for packed in self._facts.values())
        return [fact for fact in found if fact.at <= until]

    def _group(self, fact: Fact, numbers: list[int]) -> int:
        """The group of a fact; what it names is joined."""
        group = self._groups.of_reference(numbers[0]) if numbers else self._groups.fresh()
        for number in numbers[1:]:
            self._groups.join(group, self._groups.of_reference(number))
        if fact.replaces is not None:
            self._corrections.append((group, fact.replaces))
        if isinstance(fact.own, FactRetracted):
            self._corrections.append((group, Identity(*fact.own.retracts)))
        return group

    def _key_of(self, source: str, id_: str) -> str:
        return f"{self._book.number_of(source)} {id_}"

    def _unpack(self, packed: bytes) -> Fact:
        return unpack(packed, self._book, self._references, self._party_of)


class _Groups:
    """Union-find over references, and over facts that have none."""

    def __init__(self) -> None:
        self._above: list[int] = []
        self._of_reference: dict[int, int] = {}

    def fresh(self) -> int:
        self._above.append(len(self._above))
        return len(self._above) - 1

    def of_reference(self, number: int) -> int:
        group = self._of_reference.get(number)
        if group is None:
            group = self._of_reference[number] = self.fresh()
        return group

    def join(self, a: int, b: int) -> None:
        a, b = self.root_of(a), self.root_of(b)
        if a != b:
            self._above[max(a, b)] = min(a, b)

    def root_of(self, group: int) -> int:
        above = self._above
        while above[group] != group:
            above[group] = above[above[group]]
            group = above[group]
        return group
