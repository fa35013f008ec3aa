"""Which column is which field, and which fact type a table holds: by the words in its header, in
Dutch and English, and by what its cells look like.

The words are in files_words.toml. A field that no word leads to is left to people.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from msgspec import Struct

from connectors.corporatie.files_shapes import Column, Shape
from hub.domain.facts import CATALOGUE, Cents, Period
from hub.wire.csv_mapping import REFERENCES, CsvMapping
from hub.wire.shapes import Gemeente, Moment

_COMMON: Final = frozenset({*REFERENCES, "references", "gemeente", "occurredAt"})
_ANY_OF: Final[Mapping[Any, frozenset[Shape]]] = {
    date: frozenset({Shape.DAY}),
    Moment: frozenset({Shape.DAY}),
    Cents: frozenset({Shape.MONEY}),
    Period: frozenset({Shape.MONTH, Shape.DAY}),
    Gemeente: frozenset({Shape.CBS, Shape.CODE}),
    bool: frozenset({Shape.TRUTH}),
}


class Words(Struct, frozen=True):
    """The words of files_words.toml."""

    type: Mapping[str, tuple[str, ...]]
    when: Mapping[str, tuple[str, ...]]
    field: Mapping[str, tuple[str, ...]]
    id: Mapping[str, tuple[str, ...]]
    group: Mapping[str, tuple[str, ...]]
    code: Mapping[str, Mapping[str, tuple[str, ...]]]

    def of(self, path: str, fact_type: str) -> tuple[str, ...]:
        """Those of a field in a type."""
        if path == "occurredAt":
            return (*self.when.get(fact_type, ()), *self.when["any"])
        return self.field.get(path, ())

    def tells_group(self, column: Column) -> bool:
        """Whether its cells say whose rows these are, whatever its name."""
        ours = self.code["targetGroup"]["vergunninghouder"]
        # `vgh` is nothing else; two letters may be.
        return any(
            word == value or (len(word) > 8 and word in value)
            for value in map(bare, column.values)
            for word in ours
            if len(word) > 2
        )

    def names_group(self, column: Column) -> bool:
        """Whether its name says that it tells whose rows these are."""
        return any(word in bare(column.name) for word in self.group["columns"])


class Found(Struct, frozen=True):
    """A table read as one fact type: which column is which field, and how sure that is."""

    type: str
    columns: Mapping[str, Column]
    score: float


def bare(text: str) -> str:
    """A name without case, accents, spaces and marks: `Contract-nr.` is `contractnr`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())


def best(
    columns: Sequence[Column], called: str, words: Words, fact_type: str | None
) -> list[Found]:
    """What the table may be, likeliest first; only the type that was given, if one was. `called`:
    the name of the file and what stands above its header."""
    types = words.type if fact_type is None else (fact_type,)
    found = [_as(it, columns, called, words) for it in types]
    return sorted(found, key=lambda it: (-it.score, it.type))


def mapping_of(fact_type: str) -> CsvMapping:
    """An empty mapping of the type, to ask what fields it has."""
    return CsvMapping(type=fact_type, id="", columns={})


def paths_of(fact_type: str, words: Words) -> list[str]:
    """The fields that a column can be."""
    mapping = mapping_of(fact_type)
    paths = [*words.field, "occurredAt"]
    if "gemeente" not in CATALOGUE[fact_type].roles:
        paths.remove("dossier")  # whose number that is, a corporatie cannot say with one word
    return [path for path in paths if mapping.kind_of(path) is not None]


def _as(fact_type: str, columns: Sequence[Column], called: str, words: Words) -> Found:
    mapping = mapping_of(fact_type)
    scores = {
        path: {it: _score(it, path, mapping, words) for it in columns}
        for path in paths_of(fact_type, words)
    }
    taken = _matched(scores)
    found = {path: scores[path][it] for path, it in taken.items()}
    total = sum(it / 3 if path in _COMMON else it for path, it in found.items())
    lacking = [path for path in mapping.lacks() if path not in taken and path not in _COMMON]
    total -= 8 * sum(not path.startswith("socialCollection.") for path in lacking)
    names, called = bare(" ".join(it.name for it in columns)), bare(called)
    for word in words.type.get(fact_type, ()):
        total += 6 * (word in called) + 3 * (word in names)
    return Found(fact_type, taken, total)


def _matched(scores: Mapping[str, Mapping[Column, float]]) -> dict[str, Column]:
    """The surest pair first: a column is one field, and a field one column. A field that is left
    without any gets the column of another, if that other can do with one that nobody has."""
    taken: dict[str, Column] = {}
    pairs = [(it, path, column) for path, of in scores.items() for column, it in of.items() if it]
    for _, path, column in sorted(pairs, key=lambda it: -it[0]):
        if path not in taken and column not in taken.values():
            taken[path] = column
    for path, of in scores.items():
        for other, column in list(taken.items()):
            free = [it for it, n in scores[other].items() if n and it not in taken.values()]
            if path not in taken and of[column] and free:
                taken[path], taken[other] = column, max(free, key=lambda it: scores[other][it])
    return taken


def _score(column: Column, path: str, mapping: CsvMapping, words: Words) -> float:
    """How much the column is that field: 0 is not at all."""
    if not _fits(path, column, mapping):
        return 0
    name = bare(column.name)
    if words.tells_group(column) or words.names_group(column):
        return 10 if path == "targetGroup" else 0
    for place, word in enumerate(words.of(path, mapping.type)):
        if name == word:
            return 12 - place / 10
        if word in name and len(word) > 2:
            is_tail = name.find(word) > 0 and len(word) < 9
            return 9 - place / 4 - is_tail - len(name) / 50
    return 0


def _fits(path: str, column: Column, mapping: CsvMapping) -> bool:
    if Shape.EMPTY in column.shapes:
        return True
    if path == "address":
        return Shape.BAG in column.shapes
    kind = mapping.kind_of(path)
    wanted = _ANY_OF.get(kind)
    if path in REFERENCES:
        # A day or an amount beside the word contract is no number of it.
        return not column.shapes & {Shape.TRUTH, Shape.DAY} or Shape.NUMBER in column.shapes
    return wanted is None or bool(wanted & column.shapes)
