"""Dashboards: rows of panels on Grafana's grid, and the variables that their queries ask for.

Every dashboard is of one hub (`hub`), names no data source but by a variable, is read-only (what
somebody clicks together is gone at the next start; it belongs in the code), and has no number of
its own: `uid` stays the same wherever it is loaded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard as building
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from msgspec import Struct

from deploy.grafana.panels import DATASOURCE, Builder, Panel, built

WIDTH: Final = 24
TAG: Final = "seintje"
ALL: Final = ".*"


class Row(Struct, frozen=True):
    """Panels below one heading, from left to right and on below."""

    title: str
    panels: tuple[Panel, ...]


class Board(Struct, frozen=True, kw_only=True):
    """One dashboard; `told` says which question it answers."""

    uid: str
    title: str
    told: str
    rows: tuple[Row, ...]
    since: str = "now-3h"

    @property
    def panels(self) -> Sequence[Panel]:
        return [panel for row in self.rows for panel in row.panels]

    @property
    def file(self) -> str:
        return f"{self.uid}.json"


def text_of(board: Board) -> str:
    """The dashboard as the file that Grafana reads."""
    return json.dumps(tree_of(board), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def tree_of(board: Board) -> dict[str, Any]:
    """The dashboard as a tree of JSON."""
    made = (
        building.Dashboard(board.title)
        .uid(board.uid)
        .description(board.told)
        .tags([TAG])
        .readonly()
        .refresh("30s")
        .time(board.since, "now")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(_to_the_others())
        .annotation(_of_alerts())
        .variables(list(_variables(board)))
    )
    for placed in _placed(board):
        made = (
            made.with_row(placed) if isinstance(placed, building.Row) else made.with_panel(placed)
        )
    tree: dict[str, Any] = json.loads(json.dumps(made.build(), cls=JSONEncoder))
    for variable in tree["templating"]["list"]:
        variable.pop("id", None)  # the SDK writes a number of nothing
    for mark in tree["annotations"]["list"]:
        mark["titleFormat"] = "{{alertname}}"  # the SDK has no word for it
    return tree


def _to_the_others() -> building.DashboardLink:
    link = building.DashboardLink("Seintje").type(models.DashboardLinkType.DASHBOARDS)
    return link.tags([TAG]).as_dropdown(True).include_vars(True).keep_time(True)


def _of_alerts() -> building.AnnotationQuery:
    """Marks on every graph where one of our alerts began to fire."""
    query = 'ALERTS{hub="$hub",alertname=~"Seintje.+",alertstate="firing"}'
    made = building.AnnotationQuery().name("Alerts").datasource(DATASOURCE).expr(query)
    return made.enable(True).icon_color("red")


def _placed(board: Board) -> Iterator[building.Row | Builder]:
    """Headings and panels where they stand, numbered from 1."""
    top, id_ = 0, 1
    for row in board.rows:
        place = models.GridPos(h=1, w=WIDTH, x=0, y=top)
        yield building.Row(row.title).id(id_).grid_pos(place).collapsed(False)
        top, id_ = top + 1, id_ + 1
        for line in _in_lines(row.panels):
            left = 0
            for panel in line:
                place = models.GridPos(h=panel.height, w=panel.width, x=left, y=top)
                yield built(panel, id_, place)
                left, id_ = left + panel.width, id_ + 1
            top += max(it.height for it in line)


def _in_lines(panels: Sequence[Panel]) -> Iterator[list[Panel]]:
    line: list[Panel] = []
    for panel in panels:
        if line and sum(it.width for it in line) + panel.width > WIDTH:
            yield line
            line = []
        line.append(panel)
    if line:
        yield line


# By name: what can be chosen, whether several at once, and how it is called.
_CHOICES: Final = {
    "hub": ("label_values(seintje_ready, hub)", False, "Hub"),
    "job": ('label_values(seintje_ready{hub="$hub"}, job)', True, "Role"),
    "instance": (
        'label_values(seintje_ready{hub="$hub",job=~"$job"}, instance)',
        True,
        "Process",
    ),
    "shard": ('label_values(seintje_records_total{hub="$hub"}, shard)', True, "Shard"),
    "party": ('label_values({hub="$hub",party!=""}, party)', True, "Party"),
}


def _variables(board: Board) -> Iterator[building.DatasourceVariable | building.QueryVariable]:
    """Those that a query of the dashboard asks for, and the data source."""
    yield building.DatasourceVariable("datasource").label("Data source").type("prometheus")
    asked = " ".join(query.expr for panel in board.panels for query in panel.asked)
    used = {*re.findall(r"\$([a-z]+)", asked)}
    for name, (query, several, label) in _CHOICES.items():
        if name in used:
            yield _choice(name, query, label, several=several)


def _choice(name: str, query: str, label: str, *, several: bool) -> building.QueryVariable:
    made = (
        building.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({"query": query, "refId": name})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )
    if not several:
        return made
    everything = models.VariableOption(text="All", value="$__all", selected=True)
    return made.multi(True).include_all(True).all_value(ALL).current(everything)
