"""Draws a dashboard with its real answers, as one SVG: for the documentation, where no Grafana is.

Grid, titles, units and thresholds are those of the dashboard; the drawing is ours and plain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from msgspec import Struct

from tests.grafana.figures import color, figure
from tests.grafana.reading import Tree
from tests.grafana.scraping import Line

CELL_W: Final = 44
CELL_H: Final = 27
GAP: Final = 6
INK, PALE, GRID = "#1f2933", "#616e7c", "#e4e7eb"
COLORS: Final = {"green": "#2f8132", "orange": "#c65d00", "red": "#c0262d", "blue": "#1f60c4"}
LINES: Final = (
    "#1f60c4", "#c65d00", "#2f8132", "#8f3bb8", "#c0262d", "#0e7c86", "#8a6d00", "#5b6470",
)  # fmt: skip

_FONT: Final = "font-family='Helvetica,Arial,sans-serif'"
_LEGENDS: Final = 4
_LONGEST: Final = 34


class Box(Struct, frozen=True):
    """A part of the picture, in its pixels."""

    x: float
    y: float
    w: float
    h: float


class Named(Struct, frozen=True):
    """A line of an answer, called as its legend says."""

    name: str
    line: Line


class Shown(Struct, frozen=True):
    """A panel, its answers, and between when."""

    panel: Tree
    lines: Sequence[Named]
    since: float
    until: float

    @property
    def unit(self) -> str:
        return str(self.panel["fieldConfig"]["defaults"]["unit"])

    @property
    def steps(self) -> Sequence[Mapping[str, object]]:
        found: Sequence[Mapping[str, object]] = self.panel["fieldConfig"]["defaults"]["thresholds"][
            "steps"
        ]
        return found

    def figure(self, value: float) -> str:
        """As a reader sees it."""
        return figure(value, self.unit, self.panel["fieldConfig"]["defaults"].get("decimals"))

    @property
    def has_points(self) -> bool:
        return any(it.line.points for it in self.lines)


def drawn(board: Tree, shown: Callable[[Tree], Shown]) -> str:
    """The picture of a board; `shown` gives what a panel has to show."""
    width = 24 * CELL_W
    height = max(it["gridPos"]["y"] + it["gridPos"]["h"] for it in board["panels"]) * CELL_H + GAP
    parts = [_rectangle(Box(0, 0, width, height), "#f5f7fa", GRID)]
    for panel in board["panels"]:
        place = panel["gridPos"]
        box = Box(
            place["x"] * CELL_W + GAP / 2,
            place["y"] * CELL_H + GAP / 2,
            place["w"] * CELL_W - GAP,
            place["h"] * CELL_H - GAP,
        )
        if panel["type"] == "row":
            parts.append(_text(box.x + 4, box.y + 15, panel["title"], size=13, bold=True))
        else:
            parts += _panel(shown(panel), box)
    head = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' {_FONT}>"
    title = f"<title>{escape(board['title'])}</title>"
    return "\n".join([head, title, *parts, "</svg>", ""])


def _panel(shown: Shown, box: Box) -> Iterator[str]:
    yield _rectangle(box, "#ffffff", GRID)
    yield _text(box.x + 8, box.y + 17, shown.panel["title"], bold=True)
    inside = Box(box.x + 8, box.y + 26, box.w - 16, box.h - 32)
    if not shown.has_points:
        nothing = "nothing to show"
        yield _text(box.x + box.w / 2, box.y + box.h / 2 + 8, nothing, fill=PALE, anchor="middle")
        return
    yield from _DRAWN[shown.panel["type"]](shown, inside)


def _number(shown: Shown, box: Box) -> Iterator[str]:
    last = shown.lines[0].line.points[-1][1]
    fill = COLORS[color(last, shown.steps)]
    points = shown.lines[0].line.points
    if len(points) > 1:
        low = Box(box.x, box.y + box.h * 0.6, box.w, box.h * 0.4)
        top = max(it[1] for it in points) or 1
        yield _course(_placed(points, shown, low, top), fill, 1)
    text = shown.figure(last)
    yield _text(box.x + box.w / 2, box.y + box.h * 0.45, text, size=24, fill=fill, anchor="middle")


def _lines(shown: Shown, box: Box) -> Iterator[str]:
    lines = [it for it in shown.lines if it.line.points]
    legend = 14 * ((min(len(lines), _LEGENDS) + 1) // 2 + (len(lines) > _LEGENDS))
    graph = Box(box.x + 52, box.y, box.w - 56, box.h - legend - 18)
    is_stacked = "stacking" in shown.panel["fieldConfig"]["defaults"]["custom"]
    courses = [*_stacked(lines)] if is_stacked else [it.line.points for it in lines]
    top = _round_up(max(at[1] for it in courses for at in it))
    yield from _axes(shown, graph, top)
    for index, points in reversed([*enumerate(courses)]):
        if index >= _LEGENDS and not any(value for _, value in lines[index].line.points):
            continue  # it lies on the axis, or on the one below it
        yield _course(_placed(points, shown, graph, top), LINES[index % len(LINES)], 1.4)
    yield from _legend(shown, lines, Box(box.x, box.y + box.h - legend, box.w, legend))


def _stacked(lines: Sequence[Named]) -> Iterator[Sequence[tuple[float, float]]]:
    below: dict[float, float] = {}
    for it in lines:
        for at, value in it.line.points:
            below[at] = below.get(at, 0.0) + value
        yield [(at, below[at]) for at, _ in it.line.points]


def _heat(shown: Shown, box: Box) -> Iterator[str]:
    graph = Box(box.x + 52, box.y, box.w - 56, box.h - 18)
    by_bound = sorted(shown.lines, key=lambda it: float(it.line.labels["le"]))
    cells = [*_cells(by_bound)]
    if not cells:
        return
    most, used = max(it[2] for it in cells), sorted({it[0] for it in cells})
    high = graph.h / (used[-1] - used[0] + 1)
    step = graph.w / max(1.0, shown.until - shown.since)
    for bound, at, count in cells:
        x = graph.x + (at - shown.since) * step
        y = graph.y + graph.h - (bound - used[0] + 1) * high
        strength = 0.15 + 0.85 * count / most
        place = f"x='{x:.1f}' y='{y:.1f}' width='{step:.1f}' height='{high:.1f}'"
        yield f"<rect {place} fill='{LINES[0]}' fill-opacity='{strength:.2f}'/>"
    for bound in range(used[0], used[-1] + 1):
        y = graph.y + graph.h - (bound - used[0] + 0.5) * high + 4
        up_to = float(by_bound[bound].line.labels["le"])
        told = "more" if up_to == float("inf") else shown.figure(up_to)
        yield _text(graph.x - 6, y, told, fill=PALE, anchor="end", size=10)
    yield from _times(shown, graph)


def _cells(by_bound: Sequence[Named]) -> Iterator[tuple[int, float, float]]:
    """Which bucket, when, and how many: those below it taken off."""
    below: dict[float, float] = {}
    for index, it in enumerate(by_bound):
        for at, count in it.line.points:
            if count - below.get(at, 0.0) > 1e-9:
                yield index, at, count - below.get(at, 0.0)
            below[at] = count


def _table(shown: Shown, box: Box) -> Iterator[str]:
    def last(it: Named) -> float:
        return it.line.points[-1][1]

    fit = int(box.h // 15)
    ordered = sorted(shown.lines, key=last, reverse=True)
    for index, it in enumerate(ordered[:fit]):
        y = box.y + 12 + index * 15
        if index == fit - 1 and len(ordered) > fit:
            yield _text(box.x, y, f"and {len(ordered) - fit + 1} more", fill=PALE)
            return
        told = "   ".join(it.line.labels[label] for label in sorted(it.line.labels))
        yield _text(box.x, y, told or "all", size=11)
        right = shown.figure(last(it))
        yield _text(box.x + box.w, y, right, anchor="end", size=11)


def _axes(shown: Shown, graph: Box, top: float) -> Iterator[str]:
    for part in (0.0, 0.5, 1.0):
        y = graph.y + graph.h * (1 - part)
        yield f"<path d='M{graph.x:.0f} {y:.1f}h{graph.w:.0f}' stroke='{GRID}'/>"
        told = shown.figure(top * part)
        yield _text(graph.x - 6, y + 4, told, fill=PALE, anchor="end", size=10)
    for step in shown.steps:
        at = step.get("value")
        if isinstance(at, int | float) and 0 < at <= top:
            y = graph.y + graph.h * (1 - at / top)
            stroke = f"stroke='{COLORS[str(step['color'])]}' stroke-dasharray='5 4'"
            yield f"<path d='M{graph.x:.0f} {y:.1f}h{graph.w:.0f}' {stroke}/>"
    yield from _times(shown, graph)


def _times(shown: Shown, graph: Box) -> Iterator[str]:
    for part, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        told = f"{(shown.until - shown.since) * part:.0f} s"
        x, y = graph.x + graph.w * part, graph.y + graph.h + 12
        yield _text(x, y, told, fill=PALE, anchor=anchor, size=10)


def _legend(shown: Shown, lines: Sequence[Named], box: Box) -> Iterator[str]:
    by_height = sorted(enumerate(lines), key=lambda it: -max(at[1] for at in it[1].line.points))
    for place, (index, it) in enumerate(by_height[:_LEGENDS]):
        x, y = box.x + (place % 2) * box.w / 2, box.y + 11 + (place // 2) * 14
        yield f"<rect x='{x:.0f}' y='{y - 7:.0f}' width='9' height='4' fill='{_of(index)}'/>"
        last = shown.figure(it.line.points[-1][1])
        name = it.name if len(it.name) <= _LONGEST else it.name[:_LONGEST] + "…"
        yield _text(x + 14, y, f"{name}  {last}", size=10)
    if len(lines) > _LEGENDS:
        more = f"and {len(lines) - _LEGENDS} more"
        yield _text(box.x + 14, box.y + 11 + 14 * (_LEGENDS // 2), more, fill=PALE, size=10)


def _of(index: int) -> str:
    return LINES[index % len(LINES)]


def _placed(
    points: Iterable[tuple[float, float]], shown: Shown, box: Box, top: float
) -> list[tuple[float, float]]:
    long = max(1.0, shown.until - shown.since)
    return [
        (box.x + box.w * (at - shown.since) / long, box.y + box.h * (1 - value / top))
        for at, value in points
    ]


def _course(points: Sequence[tuple[float, float]], stroke: str, width: float) -> str:
    way = " ".join(f"{x:.0f},{y:.1f}" for x, y in points)
    return f"<polyline points='{way}' fill='none' stroke='{stroke}' stroke-width='{width}'/>"


def _rectangle(box: Box, fill: str, stroke: str) -> str:
    place = f"x='{box.x:g}' y='{box.y:g}' width='{box.w:g}' height='{box.h:g}'"
    return f"<rect {place} rx='3' fill='{fill}' stroke='{stroke}'/>"


def _text(x: float, y: float, told: str, **how: Any) -> str:
    bold = " font-weight='600'" if how.get("bold") else ""
    where = f"x='{x:.1f}' y='{y:.1f}' text-anchor='{how.get('anchor', 'start')}'"
    look = f"font-size='{how.get('size', 12)}' fill='{how.get('fill', INK)}'{bold}"
    return f"<text {where} {look}>{escape(told)}</text>"


def _round_up(value: float) -> float:
    """A little more than that, in a round number."""
    if value <= 0:
        return 1.0
    size = 10.0 ** len(f"{int(value)}") if value >= 1 else 1.0
    while size / 10 > value:
        size /= 10
    return next(size * it for it in (0.1, 0.2, 0.25, 0.5, 1.0) if size * it >= value)


_DRAWN: Final[Mapping[str, Callable[[Shown, Box], Iterator[str]]]] = {
    "stat": _number,
    "timeseries": _lines,
    "heatmap": _heat,
    "table": _table,
}
