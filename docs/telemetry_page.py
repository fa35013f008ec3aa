"""The tables of docs/logs.md and docs/traces.md, out of the lists of what may be told.

`python -m docs.generate` writes them anew, between the markers that stand in the pages. A test
keeps the pages equal to what this makes of the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from docs.marked import between
from hub.telemetry.logs import MEANING
from hub.telemetry.spans import TRACED

LOGS: Final = Path(__file__).with_name("logs.md")
TRACES: Final = Path(__file__).with_name("traces.md")
PAGES: Final[Mapping[Path, Mapping[str, str]]] = {LOGS: MEANING, TRACES: TRACED}


def filled(path: Path) -> str:
    """The page with the table as it should be."""
    return between(path.read_text("utf-8"), "keys", "".join(_rows(PAGES[path])))


def _rows(keys: Mapping[str, str]) -> Iterator[str]:
    yield "| key | what |\n| --- | --- |\n"
    for name, told in keys.items():
        yield f"| `{name}` | {told} |\n"
