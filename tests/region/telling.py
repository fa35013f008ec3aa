"""What each party was told, each in its own way, held against what the hub shows it.

A way may leave out revisions in between, as whoever follows may; it never goes back, never tells
the same revision twice, and ends with what the hub shows now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.region.checking import Check, shown


class Delivered(NamedTuple):
    """One revision as it arrived over there; `status` None where the way does not carry one."""

    alert_id: str
    revision: int
    status: str | None = None


def told_over(
    way: str, delivered: Sequence[Delivered], views: Iterable[Mapping[str, Any]]
) -> Check:
    """What arrived over a way is what the party's views are."""
    seen: dict[str, Delivered] = {}
    wrong = []
    for it in delivered:
        before = seen.get(it.alert_id)
        if before is not None and it.revision <= before.revision:
            wrong.append(f"{it.alert_id}: revision {it.revision} after {before.revision}")
        seen[it.alert_id] = it
    expected = {view["alertId"]: view for view in views}
    wrong += [f"{name}: told, and not shown" for name in seen.keys() - expected.keys()]
    wrong += [f"{name}: shown, and not told" for name in expected.keys() - seen.keys()]
    wrong += [
        f"{name}: told {seen[name]}, shown {view['revision']} {view['status']}"
        for name, view in expected.items()
        if name in seen and not _is_same(seen[name], view)
    ]
    return Check(f"told by {way} = shown by the hub", len(delivered), shown(wrong))


def _is_same(last: Delivered, view: Mapping[str, Any]) -> bool:
    same = last.revision == view["revision"]
    return same and last.status in (None, view["status"])
