"""Which facts are in force: replacements and retractions (facts document, `replaces`).

A fact is in force unless it was retracted, or replaced by any other, or a later replacement of the
same fact stands. What a retracted fact replaced does not come back. All of it is a function of the
set of facts: the order of arrival has no part in it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from msgspec import Struct

from hub.domain.facts import Fact, FactRetracted, Identity


class InForce(Struct, frozen=True):
    """The facts that count, in order; for each corrected fact the root of its chain; and whatever
    corrections are about, there or not."""

    facts: tuple[Fact, ...]
    roots: Mapping[Identity, Identity]
    corrected: frozenset[Identity] = frozenset()

    def only(self, facts: tuple[Fact, ...]) -> InForce:
        """The same corrections, of which only these facts are left."""
        return InForce(facts, self.roots, self.corrected)


def in_force(facts: Iterable[Fact]) -> InForce:
    """What counts among `facts`, all of one gemeente or region, each identity once."""
    ordered = sorted(facts, key=lambda fact: fact.key)
    if not any(fact.replaces or fact.type == "fact-retracted" for fact in ordered):
        return InForce(tuple(ordered), {})
    replaced = {fact.replaces for fact in ordered if fact.replaces is not None}
    retracted = _retracted(ordered, replaced)
    last: dict[Identity, Identity] = {}
    for fact in ordered:
        if fact.replaces is not None and fact.identity not in retracted:
            last[fact.replaces] = fact.identity
    kept = tuple(
        fact
        for fact in ordered
        if fact.identity not in retracted
        and fact.identity not in replaced
        and (fact.replaces is None or last.get(fact.replaces) == fact.identity)
    )
    return InForce(kept, _roots(ordered), frozenset(replaced | _retractable(ordered)))


def _retractable(ordered: Iterable[Fact]) -> set[Identity]:
    """What any retraction names, in force or not."""
    return {Identity(*f.own.retracts) for f in ordered if isinstance(f.own, FactRetracted)}


def _retracted(ordered: Sequence[Fact], replaced: Container[Identity]) -> frozenset[Identity]:
    """What a retraction in force has taken back. Retractions are facts: they may be taken back by
    others, whenever those occurred, replaced, or outdone by a later replacement."""
    later = _outdone_by(ordered)
    targets = {
        fact.identity: Identity(*fact.own.retracts)
        for fact in ordered
        if isinstance(fact.own, FactRetracted) and fact.identity not in replaced
    }
    # from both sides: what is retracted for certain grows, what may be shrinks, until they meet;
    # retractions in a circle never meet, and have all taken each other back
    certain: set[Identity] = set()
    possible = set(targets.values())
    while True:
        before = (len(certain), len(possible))
        certain = {
            target
            for name, target in targets.items()
            if name not in possible and certain.issuperset(later.get(name, ()))
        }
        possible = {
            target
            for name, target in targets.items()
            if name not in certain and possible.issuperset(later.get(name, ()))
        }
        if (len(certain), len(possible)) == before:
            return frozenset(possible)


def _outdone_by(ordered: Iterable[Fact]) -> dict[Identity, tuple[Identity, ...]]:
    """For each replacement the later ones of the same fact: it stands if all are retracted."""
    rivals: dict[Identity, list[Identity]] = {}
    for fact in ordered:
        if fact.replaces is not None:
            rivals.setdefault(fact.replaces, []).append(fact.identity)
    return {name: tuple(of[n + 1 :]) for of in rivals.values() for n, name in enumerate(of)}


def _roots(ordered: Sequence[Fact]) -> dict[Identity, Identity]:
    parent = {fact.identity: fact.replaces for fact in ordered if fact.replaces is not None}
    roots = {}
    for identity in parent:
        root, seen = identity, {identity}
        while (above := parent.get(root)) is not None and above not in seen:
            root = above
            seen.add(root)
        roots[identity] = root
    return roots
