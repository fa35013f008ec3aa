"""The tables of docs/metrics.md, out of the catalogue of metrics.

`python -m docs.generate` writes them anew, between the markers that stand in the page. A test keeps
the page equal to what this makes of the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from docs.marked import between
from docs.metrics_values import fixed
from hub.telemetry.catalogue import FAMILIES, SUBJECTS
from hub.telemetry.family import VALUES, Family, Of, Role

PAGE: Final = Path(__file__).with_name("metrics.md")

_TOGETHER: Final[Mapping[Of, str]] = {
    Of.PROCESS: "sum",
    Of.HUB: "max, never sum",
    Of.LONGEST: "max",
    Of.LEAST: "min",
}
_LISTED: Final = 16  # longer lists are only counted


def filled(page: str) -> str:
    """The page with its tables as they should be."""
    return between(between(page, "families", _families()), "labels", _labels())


def _families() -> str:
    parts = []
    for subject, families in SUBJECTS.items():
        rows = [
            "| metric | kind | says | shown by | several processes |",
            "|---|---|---|---|---|",
            *(f"| {' | '.join(_row(it))} |" for it in families),
        ]
        parts.append(f"### {subject}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _row(family: Family) -> Iterator[str]:
    by = f" by {', '.join(f'`{it}`' for it in family.labels)}" if family.labels else ""
    name = family.series[0].removesuffix("_bucket")
    yield f"`{name}`{by}"
    yield family.kind.value
    yield family.told
    yield ", ".join(f"`{it.value}`" for it in Role if it in family.roles)
    yield "all of its buckets: sum" if family.buckets else _TOGETHER[family.of]


def _labels() -> str:
    rows = ["| label | in | values | how many |", "|---|---|---|---|"]
    for label, told in VALUES.items():
        by_values: dict[tuple[str, ...] | None, list[str]] = {}
        for family in FAMILIES.values():
            if label in family.labels:
                by_values.setdefault(fixed(family, label), []).append(f"`{family.name}`")
        for found, names in by_values.items():
            where = "all that have it" if len(by_values) == 1 else ", ".join(names)
            rows.append(f"| `{label}` | {where} | {' | '.join(_told(told, found))} |")
    return "\n".join(rows) + "\n"


def _told(told: str, found: tuple[str, ...] | None) -> tuple[str, str]:
    if found is None:
        return told, "as many as there are"
    if len(found) > _LISTED:
        return told, str(len(found))
    return ", ".join(f"`{it}`" for it in found), str(len(found))
