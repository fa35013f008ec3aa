"""Which earlier facts make a fact complete a count (agreement document, leaf `count`)."""

from __future__ import annotations

from collections.abc import Sequence

from hub.domain.conditions import Count
from hub.domain.facts import Fact
from hub.domain.time import add
from hub.domain.timeline import Timeline


def partners_of(
    leaf: Count, timeline: Timeline, earlier: Sequence[Fact], fact: Fact
) -> tuple[Fact, ...] | None:
    """The latest earlier facts that together with `fact` make the count; None if they do not.

    With `both_sides` at least one of all these is from each side, and facts of neither side
    (huurders) do not count.
    """
    near = [f for f in earlier if add(f.at, leaf.within, timeline.calendar) >= fact.at]
    needed = leaf.at_least - 1
    if not leaf.both_sides:
        return tuple(near[-needed:]) if len(near) >= needed else None
    side_of = timeline.matcher.side_of
    side = side_of(fact)
    near = [f for f in near if side_of(f) is not None]
    if side is None or len(near) < needed:
        return None
    others = [f for f in near if side_of(f) != side]
    if not others:
        return None
    latest = near[-needed:]
    if others[-1] not in latest:
        latest = [others[-1], *latest[1:]]
    return tuple(latest)
