"""Panels: what one picture of a dashboard asks and how it is shown.

A panel says in its description what is good and what to do when it is not; where an alert goes off
about the same thing, it links to the runbook. It is described here and made with the Grafana
Foundation SDK, so that a dashboard file holds words and queries only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeAlias

from grafana_foundation_sdk.builders import common, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as building
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as prometheus_models
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    GraphTresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from msgspec import Struct

Builder: TypeAlias = stat.Panel | timeseries.Panel | heatmap.Panel | table.Panel

DATASOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
# Where runbooks are read; an operator puts another address here, as in the rules.
RUNBOOKS: Final = "https://seintje.example/docs/runbooks/"

SECONDS, BYTES, SHARE = "s", "bytes", "percentunit"
COUNT, EACH_SECOND, REQUESTS = "short", "cps", "reqps"
YES_NO, SINCE, NONE = "bool_yes_no", "dateTimeFromNow", "none"


class Shape(StrEnum):
    """How it is shown."""

    NUMBER = "stat"
    LINES = "timeseries"
    STACKED = "stacked"
    HEAT = "heatmap"
    TABLE = "table"


class Query(Struct, frozen=True):
    """What is asked, and how a line of the answer is called: words, with labels in `{{}}`."""

    expr: str
    legend: str


class Bad(Struct, frozen=True):
    """From where it is not good, and from where it is bad; `below` if less is worse."""

    warn: float
    bad: float | None = None
    below: bool = False


class Panel(Struct, frozen=True, kw_only=True):
    """One panel. `told` says what is good and what to do; `alert` goes off about the same."""

    title: str
    told: str
    unit: str
    asked: tuple[Query, ...]
    shape: Shape = Shape.LINES
    bad: Bad | None = None
    alert: str | None = None
    width: int = 12
    height: int = 8


def number(title: str, told: str, unit: str, expr: str, **more: Any) -> Panel:
    """A number, with its course below it."""
    query = Query(expr, more.pop("legend", title))
    shown: dict[str, Any] = {"shape": Shape.NUMBER, "width": 4, "height": 5} | more
    return Panel(title=title, told=told, unit=unit, asked=(query,), **shown)


def lines(title: str, told: str, unit: str, *asked: Query, **more: Any) -> Panel:
    """Lines over time."""
    return Panel(title=title, told=told, unit=unit, asked=asked, **more)


def heat(title: str, told: str, unit: str, expr: str, **more: Any) -> Panel:
    """How many in each bucket of a histogram, over time."""
    return Panel(
        title=title, told=told, unit=unit, asked=(Query(expr, "{{le}}"),), shape=Shape.HEAT, **more
    )


def rows(title: str, told: str, unit: str, expr: str, **more: Any) -> Panel:
    """A table: a row for each series, a column for each label."""
    return Panel(
        title=title, told=told, unit=unit, asked=(Query(expr, title),), shape=Shape.TABLE, **more
    )


def built(panel: Panel, id_: int, place: models.GridPos) -> Builder:
    """The panel as Grafana wants it."""
    made = _SHAPES[panel.shape](panel)
    made = made.id(id_).grid_pos(place).title(panel.title).description(_described(panel))
    if panel.unit == COUNT and "$__range" in panel.asked[0].expr:
        made = made.decimals(0)  # `increase` reckons with what lies between scrapes
    made = made.datasource(DATASOURCE).unit(panel.unit).thresholds(_thresholds(panel.bad))
    for index, query in enumerate(panel.asked):
        made = made.with_target(_target(panel, query, "ABCDEFGH"[index]))
    if panel.alert is not None:
        link = building.DashboardLink(f"Runbook: {panel.alert}").type(models.DashboardLinkType.LINK)
        made = made.links([link.url(f"{RUNBOOKS}{panel.alert}.md").target_blank(True)])
    return made


def _described(panel: Panel) -> str:
    if panel.alert is None:
        return panel.told
    return f"{panel.told} Runbook: [{panel.alert}]({RUNBOOKS}{panel.alert}.md)."


def _target(panel: Panel, query: Query, ref: str) -> prometheus.Dataquery:
    made = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(ref)
    made = made.datasource(DATASOURCE)
    if panel.shape is Shape.TABLE:
        return made.instant().format(prometheus_models.PromQueryFormat.TABLE)
    if panel.shape is Shape.HEAT:
        return made.range().format(prometheus_models.PromQueryFormat.HEATMAP)
    # All that is shown has one answer: asking it for every point would be the same, many times.
    return made.instant() if "$__range" in query.expr else made.range()


def _number(panel: Panel) -> stat.Panel:
    one = len(panel.asked) == 1 and "{{" not in panel.asked[0].legend
    course = BigValueGraphMode.NONE if "$__range" in panel.asked[0].expr else BigValueGraphMode.AREA
    return (
        stat.Panel()
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(course)
        .no_value("none")
        .text_mode(BigValueTextMode.VALUE if one else BigValueTextMode.VALUE_AND_NAME)
    )


def _lines(panel: Panel) -> timeseries.Panel:
    legend = common.VizLegendOptions().show_legend(True).calcs(["lastNotNull", "max"])
    tooltip = common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
    made = (
        timeseries.Panel()
        .legend(legend.display_mode(LegendDisplayMode.TABLE).placement(LegendPlacement.BOTTOM))
        .tooltip(tooltip)
        .min(0)
        .line_width(1)
        .fill_opacity(8)
    )
    if panel.bad is None:
        return made
    marked = common.GraphThresholdsStyleConfig().mode(GraphTresholdsStyleMode.DASHED)
    return made.thresholds_style(marked)


def _stacked(panel: Panel) -> timeseries.Panel:
    stacking = common.StackingConfig().mode(StackingMode.NORMAL).group("A")
    return _lines(panel).stacking(stacking).fill_opacity(30)


def _heat(panel: Panel) -> heatmap.Panel:
    axis = heatmap.YAxisConfig().unit(panel.unit)
    return heatmap.Panel().calculate(False).y_axis(axis).show_tooltip().show_legend()


def _table(panel: Panel) -> table.Panel:
    options = {"excludeByName": {"Time": True}, "renameByName": {"Value": panel.title}}
    tidy = models.DataTransformerConfig(id_val="organize", options=options)
    order = common.TableSortByFieldState().display_name(panel.title).desc(True)
    return table.Panel().with_transformation(tidy).sort_by([order])


def _thresholds(bad: Bad | None) -> building.ThresholdsConfig:
    made = building.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE)
    return made.steps([models.Threshold(value=at, color=color) for at, color in _steps(bad)])


def _steps(bad: Bad | None) -> list[tuple[float | None, str]]:
    if bad is None:
        return [(None, "blue")]
    if not bad.below:
        steps = [(None, "green"), (bad.warn, "orange"), (bad.bad, "red")]
        return [it for it in steps if it[1] != "red" or bad.bad is not None]
    if bad.bad is None:
        return [(None, "red"), (bad.warn, "green")]
    return [(None, "red"), (bad.bad, "orange"), (bad.warn, "green")]


_SHAPES: Final[Mapping[Shape, Callable[[Panel], Builder]]] = {
    Shape.NUMBER: _number,
    Shape.LINES: _lines,
    Shape.STACKED: _stacked,
    Shape.HEAT: _heat,
    Shape.TABLE: _table,
}
