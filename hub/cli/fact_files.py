"""Files of facts into a backtest: opening, reading, refusals with their place, progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from hub.cli.screen import Advance, Screen
from hub.domain.refusals import Refused
from hub.errors import Misconfigured
from hub.streams.backtest import Backtest
from hub.wire.problems import problem
from hub.wire.tables import read_lines

_CHUNK: Final = 4096  # lines between two looks at the progress bar
STDIN: Final = Path("-")
_MAGIC: Final = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst"}


class Taken(NamedTuple):
    """How many lines were read, and how many of them were refused."""

    lines: int
    refused: int


def put_files(backtest: Backtest, files: Sequence[Path], screen: Screen) -> Taken:
    """All facts of these files (`-` is stdin); refused ones are told on stderr with their place."""
    require(files)
    sizes = [file.stat().st_size if file != STDIN else None for file in files]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    taken, before = Taken(0, 0), 0
    with screen.progress(screen.words(nl="Feiten lezen", en="Reading facts"), total) as advance:
        for file, size in zip(files, sizes, strict=True):
            with opened(file) as stream:
                more = _put_stream(backtest, (stream, file), screen, _from(before, advance))
            taken = Taken(taken.lines + more.lines, taken.refused + more.refused)
            before += size or 0
    return taken


def _put_stream(
    backtest: Backtest, read: tuple[BinaryIO, Path], screen: Screen, advance: Advance
) -> Taken:
    stream, file = read
    put = backtest.put
    lines, refused = 0, 0
    for chunk in _chunks(read_lines(stream, stream_name(stream, file))):
        for number, line in chunk:
            answer = put(line)
            if answer is not None:
                refused += 1
                _tell(screen, str(file), number, answer)
        lines += len(chunk)
        advance(stream.tell() if file != STDIN else lines)
    return Taken(lines, refused)


def _chunks(lines: Iterator[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    while chunk := list(islice(lines, _CHUNK)):
        yield chunk


def _tell(screen: Screen, file: str, line: int, refused: Refused) -> None:
    told = problem(refused, screen.language)
    fields = "".join(f"\n    {it.path}: {it.expected}" for it in refused.violations)
    shown = {
        "file": file,
        "line": line,
        "slug": refused.slug.value,
        "detail": refused.detail,
        "violations": refused.violations,
    }
    screen.refusal(shown, f"{file}:{line}: {refused.slug}: {told.detail}{fields}")


def _from(before: int, advance: Advance) -> Advance:
    def show(done: int) -> None:
        advance(before + done)

    return show


def require(files: Sequence[Path]) -> None:
    """Say that a file is not there before the first is read for a minute."""
    for file in files:
        if file != STDIN and not file.is_file():
            raise Misconfigured(str(file), "there is no such file; check the name")


def opened(file: Path) -> BinaryIO:
    if file == STDIN:
        # not closed at the end of `with`: it is not ours
        return open(sys.stdin.fileno(), "rb", closefd=False)
    try:
        return file.open("rb")
    except OSError as error:
        raise Misconfigured(str(file), f"it cannot be read: {error.strerror}") from error


def stream_name(stream: BinaryIO, file: Path) -> str:
    """The name that tells how to decompress; stdin has none, so its first bytes tell."""
    if file != STDIN:
        return str(file)
    head = stream.peek(4)[:4]  # type: ignore[attr-defined]  # what `open` gives is buffered
    return "stdin" + next((s for magic, s in _MAGIC.items() if head.startswith(magic)), "")
