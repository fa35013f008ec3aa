"""Programs that several processes use, started by the first and ended with the last.

What the first has to tell the others (an address, a password) is a text beside the programs.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from tests.kafka.jars import only_one
from tests.kafka.program import Hold, Program

# Starts in this folder; answers what the others must know, and what they then hold.
Start = Callable[[Path], tuple[str, Sequence[Program]]]


@contextmanager
def shared_by_all(folder: Path, start: Start) -> Iterator[str]:
    """What was told by whoever started it. It lasts at least as long as the block."""
    with ExitStack() as holding:
        with only_one(folder.with_suffix(".lock")):
            told = _joined(folder, holding) or _started(folder, start, holding)
        yield told


def _joined(folder: Path, holding: ExitStack) -> str | None:
    """None when nothing runs there, or not all of it."""
    told = folder / "told"
    if not told.exists():
        return None
    running, text = msgspec.json.decode(told.read_bytes(), type=tuple[list[str], str])
    with ExitStack() as taken:
        try:
            for each in running:
                taken.callback(Hold(Path(each)).let_go)
        except ProcessLookupError:
            return None
        holding.push(taken.pop_all())
    return text


def _started(folder: Path, start: Start, holding: ExitStack) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    text, programs = start(folder)
    for program in programs:
        holding.callback(program.let_go)
    running = [str(program.folder) for program in programs]
    (folder / "told").write_bytes(msgspec.json.encode((running, text)))
    return text
