"""Which facts are in force: replacements and retractions (facts document, `replaces`).

A fact is in force unless it was retracted, or replaced by any other, or a later replacement of the
same fact stands. What a retracted fact replaced does not come back. All of it is a function of the
set of facts: the order of arrival has no part in it.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence

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


def target_of(fact: Fact) -> Identity | None:
    """The fact that this one corrects or takes back."""
    if isinstance(fact.own, FactRetracted):
        return Identity(*fact.own.retracts)
    return fact.replaces


def left_over(facts: Collection[Fact], gone: Container[Identity]) -> list[Fact]:
    """What is not in force and is kept only for what `gone` says in its place.

    Such a fact goes along: alone it would come back into force, or stay without anything to end it.
    """
    return [
        fact
        for chain in _chains(facts)
        if any(it.identity in gone for it in chain)
        for fact in _left_over_of(chain, gone)
    ]


def kept_out(facts: Collection[Fact], gone: Container[Identity]) -> set[Identity]:
    """What facts of `gone` correct or take back, there or not: it does not count without them."""
    found = set()
    for chain in _chains(facts):
        counting = {fact.identity for fact in in_force(chain).facts}
        for fact in chain:
            target = target_of(fact)
            # what took something back, and was taken back itself, keeps nothing out
            keeps_out = fact.replaces is not None or fact.identity in counting
            if target is not None and fact.identity in gone and keeps_out:
                found.add(target)
    return found


def _left_over_of(chain: Sequence[Fact], gone: Container[Identity]) -> list[Fact]:
    counted = {fact.identity for fact in in_force(chain).facts}
    rest = [fact for fact in chain if fact.identity not in gone]
    while back := [it for it in in_force(rest).facts if it.identity not in counted]:
        rest = [fact for fact in rest if fact not in back]
    kept = {fact.identity for fact in rest} if in_force(rest).facts else set()
    return [it for it in chain if it.identity not in gone and it.identity not in kept]


def _chains(facts: Collection[Fact]) -> list[list[Fact]]:
    """The facts that are joined by corrections, in the order of their first."""
    if not any(fact.replaces or fact.type == "fact-retracted" for fact in facts):
        return []
    joined: dict[Identity, list[Identity]] = {}
    for fact in facts:
        target = target_of(fact)
        if target is not None:
            joined.setdefault(fact.identity, []).append(target)
            joined.setdefault(target, []).append(fact.identity)
    by_identity = {fact.identity: fact for fact in facts}
    chains, seen = [], set[Identity]()
    for first in joined:
        reached = [] if first in seen else [first]
        seen.add(first)
        for identity in reached:
            fresh = [it for it in joined[identity] if it not in seen]
            seen.update(fresh)
            reached += fresh
        chains.append([by_identity[it] for it in reached if it in by_identity])
    return [chain for chain in chains if chain]


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
