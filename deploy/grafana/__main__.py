"""`python -m deploy.grafana`: write the dashboards anew, and remove what no code makes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from deploy.grafana.boards import text_of
from deploy.grafana.every import BOARDS

FOLDER: Final = Path(__file__).with_name("dashboards")


def write(folder: Path) -> int:
    """How many files were changed."""
    made = {it.file: text_of(it) for it in BOARDS}
    folder.mkdir(exist_ok=True)
    there = {it.name: it.read_text("utf-8") for it in folder.glob("*.json")}
    for name in there.keys() - made.keys():
        (folder / name).unlink()
    changed = {name: text for name, text in made.items() if there.get(name) != text}
    for name, text in changed.items():
        (folder / name).write_text(text, "utf-8")
    return len(changed) + len(there.keys() - made.keys())


if __name__ == "__main__":
    sys.stderr.write(f"{write(FOLDER)} changed in {FOLDER}\n")
