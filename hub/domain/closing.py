"""Which closer closes which opener (facts document, `concerns`).

A closer that says what it concerns closes that fact, by the root of its chain of corrections. One
that does not say closes all earlier ones of its kind that are still open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.domain.facts import Fact, Identity

if TYPE_CHECKING:
    from hub.domain.timeline import Household


def closers_of(
    household: Household, openers: Sequence[Fact], closers: Sequence[Fact]
) -> dict[Identity, list[Fact]]:
    """For each opener, by the root of its chain, the closers that apply to it, in order.

    `openers` are all facts of the kind, `closers` all facts that may close them, whatever else a
    rule asks of either: a repair that a rule does not care for has closed the damage all the same.
    """
    at_of = {household.root_of(fact): fact.at for fact in openers}
    closed: dict[Identity, list[Fact]] = {root: [] for root in at_of}
    for closer in closers:
        if closer.concerns is not None:
            root = household.roots.get(closer.concerns, closer.concerns)
            if root in closed and at_of[root] <= closer.at:
                closed[root].append(closer)
            continue
        for root, found in closed.items():
            if not found and at_of[root] <= closer.at:
                found.append(closer)
    return closed
