"""The queries of a dashboard, asked as Grafana would ask them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tests.grafana.drawing import Named, Shown
from tests.grafana.hubs import Watched
from tests.grafana.reading import Asked, Tree, filled
from tests.grafana.scraping import HUB, OVER, Line

VARIABLES: Final[Mapping[str, str]] = {
    "hub": HUB,
    "job": ".*",
    "instance": ".*",
    "shard": ".*",
    "party": ".*",
    "__rate_interval": OVER,
    "__range": "5m",
}
_LABEL: Final = re.compile(r"\{\{(\w+)\}\}")


def answer(watched: Watched, asked: Asked) -> list[Line]:
    """What Prometheus says to one query: at the end for what is one number, else all along."""
    expr = filled(asked.expr, VARIABLES)
    if asked.kind in {"stat", "table"}:
        return watched.prometheus.at(expr, watched.until)
    return watched.prometheus.over_time(expr, watched.since, watched.until)


def shown(watched: Watched, board: str, panel: Tree) -> Shown:
    """A panel with its answers, to be drawn."""
    lines = []
    for it in panel["targets"]:
        asked = Asked(board, panel["title"], panel["type"], it["refId"], it["expr"], "")
        if panel["type"] == "stat" and it["range"]:
            expr = filled(it["expr"], VARIABLES)
            found = watched.prometheus.over_time(expr, watched.since, watched.until)
        else:
            found = answer(watched, asked)
        lines += [Named(_called(it["legendFormat"], line), line) for line in found]
    return Shown(panel, lines, watched.since, watched.until)


def _called(legend: str, line: Line) -> str:
    return _LABEL.sub(lambda found: line.labels.get(found[1], ""), legend)
