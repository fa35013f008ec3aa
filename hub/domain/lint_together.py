"""Judging agreements beside each other, and beside the parties: who is where on which day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from hub.domain.agreement import Agreement
from hub.domain.marked import Node, Problem, listed
from hub.domain.parties import Parties
from hub.domain.places import items_at, place_of, problem_at


class AgreementTree(Struct, frozen=True):
    """An agreement with the tree of the file that it was read from."""

    agreement: Agreement
    node: Node


def lint_together(
    trees: Sequence[AgreementTree], parties: Parties | None
) -> tuple[tuple[Problem, ...], ...]:
    """What is wrong with files beside each other and beside the parties, for each file."""
    found = []
    for place, tree in enumerate(trees):
        earlier = [other.agreement for other in trees[:place]]
        problems = [*_beside(tree, earlier), *_without_party(tree.node, parties)]
        found.append(tuple(sorted(problems)))
    return tuple(found)


def _beside(tree: AgreementTree, others: Iterable[Agreement]) -> Iterator[Problem]:
    ours = tree.agreement
    for other in others:
        if (other.id, other.version) == (ours.id, ours.version):
            yield problem_at(
                place_of(tree.node, "version"),
                f"version: `{ours.id}` {ours.version} is another file too; write a new version",
            )
        shared = _shared_places(ours, other)
        if shared and ours.begins < other.ends and other.begins < ours.ends:
            yield problem_at(
                place_of(tree.node, "validFrom"),
                f"validFrom: `{other.id}` {other.version} is in force for {', '.join(shared)} on "
                "the same days; give the earlier one a `validUntil`, or change the places",
            )


def _shared_places(ours: Agreement, other: Agreement) -> list[str]:
    shared = sorted(ours.gemeenten & other.gemeenten)
    if ours.region and ours.region == other.region and ours.region_rules and other.region_rules:
        shared.append(ours.region)
    return shared


def _without_party(node: Node, parties: Parties | None) -> Iterator[Problem]:
    if parties is None:
        return
    governed = {
        code
        for party in parties.by_id.values()
        if party.role == "gemeente"
        for code in party.gemeenten
    }
    for item in items_at(node, "gemeenten"):
        if item.text not in governed:
            yield problem_at(
                item,
                f"gemeenten: no party is gemeente {item.text}: it is none of {listed(governed)}; "
                "add it to the parties file",
            )
