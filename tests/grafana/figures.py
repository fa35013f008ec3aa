"""Numbers with their unit, as people read them; about as Grafana writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

_TIMES: Final = ((86400 * 2, 86400, "d"), (7200, 3600, "h"), (120, 60, "min"), (1, 1, "s"))
_BYTES: Final = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_COUNTS: Final = ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))
_AFTER: Final = {"cps": "/s", "reqps": " req/s"}


def figure(value: float, unit: str, decimals: int | None = None) -> str:
    """A number with its unit."""
    value = value if decimals is None else round(value, decimals)
    if unit == "s":
        return _time(value)
    if unit == "percentunit":
        return f"{_short(value * 100)} %"
    if unit == "bool_yes_no":
        return "Yes" if value else "No"
    if unit == "bytes":
        size, name = next(((s, n) for s, n in _BYTES if abs(value) >= s), (1.0, "B"))
        return f"{_short(value / size)} {name}"
    size, name = next(((s, n) for at, s, n in _COUNTS if abs(value) >= at), (1.0, ""))
    return f"{_short(value / size)}{name}{_AFTER.get(unit, '')}"


def _time(value: float) -> str:
    if abs(value) < 1 and value:
        return f"{_short(value * 1000)} ms"
    _, size, name = next((it for it in _TIMES if abs(value) >= it[0]), _TIMES[-1])
    return f"{_short(value / size)} {name}"


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 or value == round(value) else f"{value:.3g}"


def color(value: float, steps: Sequence[Mapping[str, object]]) -> str:
    """That of the highest threshold that the value has come to."""
    found = "blue"
    for it in steps:
        at = it.get("value")
        if at is None or (isinstance(at, int | float) and value >= at):
            found = str(it["color"])
    return found
