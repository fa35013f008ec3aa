"""Which dead letters a command is about: by position, or by what they say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeAlias

import typer

from hub.cli.options import instant_of

if TYPE_CHECKING:
    from hub.domain.time import Instant
    from hub.reading.letter_marks import Mark
    from hub.streams.letters import Letter

Positions: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(metavar="[POSITION]...", help="As the list shows them; 12 or 12-40."),
]
Reason: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--reason", metavar="REASON", help="Why; may come again."),
]
Stream: TypeAlias = Annotated[
    str | None,
    typer.Option("--stream", metavar="STREAM", help="Where they stood: facts, in/PARTY, …"),
]
OfParty: TypeAlias = Annotated[
    str | None, typer.Option("--party", metavar="ID", help="Whose they are.")
]
FactType: TypeAlias = Annotated[
    str | None, typer.Option("--type", metavar="TYPE", help="Of which fact type.")
]
Gemeente: TypeAlias = Annotated[
    str | None, typer.Option("--gemeente", metavar="CODE", help="Of which gemeente.")
]
Since: TypeAlias = Annotated[
    str | None, typer.Option("--since", metavar="T", help="Kept at or after this instant.")
]
Until: TypeAlias = Annotated[
    str | None, typer.Option("--until", metavar="T", help="Kept before this instant.")
]

_RANGE: Final = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")


class Choice(NamedTuple):
    """What was asked for. Without positions all; of each that is given, a letter must fit."""

    ranges: tuple[tuple[int, int], ...] = ()
    reasons: frozenset[str] = frozenset()
    stream: str | None = None
    party: str | None = None
    type: str | None = None
    place: str | None = None
    since: Instant | None = None
    until: Instant | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing was asked for in particular."""
        return self == Choice()

    @property
    def single(self) -> Sequence[int]:
        """The positions that were named one by one."""
        return [first for first, last in self.ranges if first == last]

    def takes(self, letter: Letter) -> bool:
        """Whether this letter was asked for."""
        return (
            (not self.ranges or any(a <= letter.position <= b for a, b in self.ranges))
            and (not self.reasons or letter.reason in self.reasons)
            and self.stream in (None, letter.stream)
            and self.party in (None, letter.party)
            and self.type in (None, letter.type)
            and self.place in (None, letter.place)
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
        )


def ranges_of(positions: Iterable[str] | None) -> tuple[tuple[int, int], ...]:
    """Positions in the words of the command line, each as first and last; wrong use if not."""
    return tuple(_range_of(it) for it in positions or ())


def moment_of(text: str | None, name: str) -> Instant | None:
    """An instant that may be left out."""
    return None if text is None else instant_of(text, name)


def _range_of(text: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"`{text}`: write 12, or 12-40", param_hint="POSITION")
    first = int(found[1])
    return first, int(found[2] or first)


def standing(letter: Letter, marks: Mapping[str, Mark]) -> Mark | None:
    """What was done about a letter; None for one that is open."""
    from hub.reading.letter_marks import key_of

    return marks.get(key_of(letter.position, letter.at))
