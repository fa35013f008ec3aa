"""What a command shows, where, and in which language.

Data goes to stdout: a table on a terminal, one JSON object a line everywhere else or with `--json`.
Everything else (refusals, progress, what to do next) goes to stderr. Never quotes a fact.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, Protocol, TypeAlias
from unicodedata import category

import typer

if TYPE_CHECKING:
    from rich.console import Console

Language: TypeAlias = Literal["nl", "en"]

LANGUAGES: Final[tuple[Language, ...]] = ("nl", "en")
_ID: Final = re.compile("(al|sb)-[a-z2-7]{26}")
_PADDING: Final = 3  # between two columns
_LEAST_WIDTH: Final = 4
_PATIENCE_S: Final = 1.0  # what takes no longer needs no progress bar


class Advance(Protocol):
    """Tells how far something is, in its own unit."""

    def __call__(self, done: int) -> None: ...


class Screen:
    """The terminal of one run of a command."""

    def __init__(self, language: Language = "nl", environ: Mapping[str, str] | None = None) -> None:
        self.language = language
        self.environ = environ or {}
        self.as_json = False

    @property
    def shows_tables(self) -> bool:
        return not self.as_json and sys.stdout.isatty()

    @property
    def is_watched(self) -> bool:
        """Whether somebody sees stderr."""
        return sys.stderr.isatty()

    def words(self, *, nl: str, en: str) -> str:
        return nl if self.language == "nl" else en

    def rows(self, records: Iterable[Any]) -> None:
        """Data as JSON Lines."""
        import msgspec

        encode = msgspec.json.Encoder().encode
        write = sys.stdout.buffer.write
        sys.stdout.flush()
        for record in records:
            write(encode(record) + b"\n")
        sys.stdout.flush()  # before whatever is said next on stderr

    def lines(self, lines: Iterable[str]) -> None:
        """Sentences of an answer, on stdout."""
        for line in lines:
            self.out.print(line, markup=False, highlight=False, soft_wrap=True)

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None
    ) -> None:
        from rich import box
        from rich.table import Table

        shown = [list(row) for row in rows]
        whole = _whole(shown, len(columns), self.out.width)
        table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
        for place, name in enumerate(columns):  # fold, never cut off: an id must be fit to copy
            table.add_column(name, overflow="fold", no_wrap=place in whole)
        for row in shown:
            table.add_row(*map(_plain, row))
        self.out.print(table)

    def say(self, text: str) -> None:
        """A line for whoever watches, on stderr."""
        sys.stderr.write(f"{text}\n")

    def nothing(self, what: str, *, nl: str, en: str) -> NoReturn:
        """What was asked for is not there: the answer is no."""
        self.say(f"{what} — {self.words(nl=nl, en=en)}")
        raise typer.Exit(1)

    def remark(self, *, nl: str, en: str) -> None:
        """A line on stderr that a program has no use for."""
        if self.is_watched:
            self.say(self.words(nl=nl, en=en))

    def refusal(self, shown: Mapping[str, Any], line: str) -> None:
        """Something that was not accepted: a line for people, an object for programs."""
        import msgspec

        self.say(line if self.is_watched else msgspec.json.encode(shown).decode())

    @property
    def out(self) -> Console:
        from rich.console import Console

        class Stdout(Console):
            def on_broken_pipe(self) -> None:
                raise BrokenPipeError  # rich would exit with 1, which says no

        return Stdout(file=sys.stdout)

    @contextmanager
    def progress(self, what: str, total: int | None) -> Iterator[Advance]:
        """A bar on stderr as soon as it has taken a second; nothing if nobody watches."""
        bar = _Bar(what, total) if self.is_watched else None
        try:
            yield bar.show if bar else _ignore
        finally:
            if bar:
                bar.end()

    @contextmanager
    def waiting(self, what: str) -> Iterator[Callable[[], None]]:
        """A sign of life on stderr from when what it gives is called, if somebody watches."""
        from rich.console import Console

        status = Console(stderr=True).status(what) if self.is_watched else None
        try:
            yield status.start if status else _nothing_to_show
        finally:
            if status:
                status.stop()


class _Bar:
    def __init__(self, what: str, total: int | None) -> None:
        self._what = what
        self._total = total
        self._since = time.monotonic()
        self._progress: Any = None
        self._task: Any = None

    def show(self, done: int) -> None:
        if self._progress is None:
            if time.monotonic() - self._since < _PATIENCE_S:
                return
            self._begin()
        self._progress.update(self._task, completed=done)

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._progress = Progress(console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(self._what, total=self._total)
        self._progress.start()

    def end(self) -> None:
        if self._progress is not None:
            self._progress.stop()


def screen_of(ctx: typer.Context, *, as_json: bool = False) -> Screen:
    """The screen of the running command."""
    found = ctx.find_object(Screen) or Screen()
    found.as_json = found.as_json or as_json
    return found


def _whole(rows: Sequence[Sequence[str]], columns: int, width: int) -> frozenset[int]:
    """The columns with ids, if they fit in one piece beside something of the others."""
    ids = {place for row in rows for place, cell in enumerate(row) if _ID.fullmatch(cell)}
    longest = sum(max(len(row[place]) for row in rows) for place in ids)
    others = (columns - len(ids)) * _LEAST_WIDTH
    return frozenset(ids) if longest + others + columns * _PADDING <= width else frozenset()


def _plain(text: str) -> Any:
    from rich.text import Text

    return Text("".join(map(_shown, text)))


def _shown(char: str) -> str:
    """What others wrote may tell a terminal what to do (category C: control, format)."""
    is_told = char != "\n" and category(char).startswith("C")
    return ascii(char)[1:-1] if is_told else char


def _ignore(done: int) -> None:
    pass


def _nothing_to_show() -> None:
    pass
