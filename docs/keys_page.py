"""The table of docs/keys.md, out of what the code derives from a key.

`python -m docs.generate` writes it anew, between the markers that stand in the page. A test keeps
the page equal to what this makes of the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docs.marked import between
from hub.keys import PURPOSES

PAGE: Final = Path(__file__).with_name("keys.md")
_HEADER: Final = ("derived from the key for", "protects", "a successor")


def filled(page: str) -> str:
    """The page with what follows from the code as it should be."""
    return between(page, "keys", "".join(_rows()))


def _rows() -> Iterator[str]:
    for cells in (_HEADER, tuple("---" for _ in _HEADER)):
        yield f"| {' | '.join(cells)} |\n"
    for name, purpose in PURPOSES.items():
        kept = "has the same: it lasts" if purpose.lasts else "has another"
        yield f"| `{name}` | {purpose.told} | {kept} |\n"
