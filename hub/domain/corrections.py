"""Which facts are in force: replacements and retractions (facts document, `replaces`).

A fact is in force unless it was retracted, or replaced by any other, or a later replacement of the
same fact stands. What a retracted fact replaced does not come back. All of it is a function of the
set of facts: the order of arrival has no part in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from hub.domain.facts import Fact, FactRetracted, Identity


class InForce(Struct, frozen=True):
    """The facts that count, in order, and for each corrected fact the root of its chain."""

    facts: tuple[Fact, ...]
    roots: Mapping[Identity, Identity]


def in_force(facts: Iterable[Fact]) -> InForce:
    """What counts among `facts`, all of one gemeente or region, each identity once."""
    ordered = sorted(facts, key=lambda fact: fact.key)
    if not any(fact.replaces or fact.type == "fact-retracted" for fact in ordered):
        return InForce(tuple(ordered), {})
    replaced = {fact.replaces for fact in ordered if fact.replaces is not None}
    retracted = _retracted(fact for fact in ordered if fact.identity not in replaced)
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
    return InForce(kept, _roots(ordered))


def _retracted(ordered: Iterable[Fact]) -> frozenset[Identity]:
    # from the last to the first, so that of two retractions only the later can undo the other
    found: set[Identity] = set()
    for fact in reversed(list(ordered)):
        if isinstance(fact.own, FactRetracted) and fact.identity not in found:
            found.add(Identity(*fact.own.retracts))
    return frozenset(found)


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
