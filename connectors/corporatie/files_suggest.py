"""`seintje connect files suggest-mapping`: an export → the mapping that reads it, as far as can be
seen, with what is left for people to decide.

Looks at the first rows and keeps nothing. No cell is quoted but the few words of a field that is a
code, which must stand in the mapping.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import structs

from connectors.corporatie import files_fields as fields
from connectors.corporatie.files_codes import Codes, codes_of, group_of
from connectors.corporatie.files_export import HEAD_BYTES, Export, seen
from connectors.corporatie.files_fields import Found, Words
from connectors.corporatie.files_forms import CsvKind
from connectors.corporatie.files_pages import NoForm, page
from connectors.corporatie.files_shapes import Column, Shape
from connectors.corporatie.files_yaml import EDIT, written
from connectors.seam import Record, Unmapped
from hub.domain.facts import CATALOGUE
from hub.errors import Misconfigured
from hub.wire.csv_cells import Decimal
from hub.wire.csv_mapping import REFERENCES, CsvMapping, Separator

_DATE_FIRST: Final = ("%d-%m-%Y", "%Y-%m-%d")
_ALL: Final = ("lease", "dossier", "address", "occurredAt")
_OBJECTED: Final = "socialCollection.tenantObjected"
_STEPS: Final = frozenset(
    f"socialCollection.{step}"
    for step in ("personalContactTried", "debtHelpOffered", "reminderSent", "sharingAnnounced")
)
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "lease-signed": ("lease",),
    "lease-ended": ("lease",),
    "rent-missed": ("lease", "period"),
    "rent-paid": ("lease", "period", "occurredAt", "amount"),
}


class Suggestion(NamedTuple):
    """The text of a mapping file, and what remains to be done, a sentence each."""

    text: str
    remaining: tuple[str, ...]


def suggest(file: Path, fact_type: str | None = None) -> Suggestion:
    """A mapping for the export; of the fact type that is given, or the likeliest. Misconfigured:
    it cannot be read, is no table, or there is no such type."""
    if fact_type is not None and fact_type not in CATALOGUE:
        raise Misconfigured(fact_type, "there is no such fact type; docs/facts.md has them all")
    try:
        with file.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as error:
        raise Misconfigured(str(file), f"it cannot be read: {error.strerror}") from error
    return suggested(head, file.name, fact_type)


def suggested(head: bytes, name: str, fact_type: str | None = None) -> Suggestion:
    """The same for the beginning of a file."""
    export, words = seen(head, name), _words()
    likely = fields.best(export.columns, f"{name} {export.title}", words, fact_type)
    found = likely[0]
    draft = _Draft(export, found, words)
    mapping = draft.mapping()
    remaining = [*_doubt(likely), *draft.remaining]
    remaining += _tried(mapping, head)
    about = f"Suggested from {name}: {len(export.columns)} columns, {export.rows} rows looked at."
    unused = [it.name for it in export.columns if it.name not in mapping.needed]
    return Suggestion(written(mapping, about, draft.notes, unused), tuple(remaining))


class _Draft:
    """The mapping that is being made, with a note for each line that needs one."""

    def __init__(self, export: Export, found: Found, words: Words) -> None:
        self._export, self._found, self._words = export, found, words
        self.notes: dict[str, str] = {}
        self.remaining: list[str] = []

    def mapping(self) -> CsvMapping:
        columns = self._columns()
        used = [it for it in self._export.columns if it.name in columns]
        return CsvMapping(
            type=self._found.type,
            id=self._id(),
            columns=columns,
            constants=self._constants(),
            codes=self._codes(),
            only=self._only(),
            dates=_dates(used),
            decimal=_decimal(used),
            separator=self._separator(),
            encoding=self._export.encoding,  # type: ignore[arg-type]  # one that was tried
        )

    def _separator(self) -> Separator | None:
        known: tuple[Separator, ...] = (";", ",", "\t", "|")
        return next((it for it in known if it == self._export.separator), None)

    def _columns(self) -> dict[str, str | list[str]]:
        found: dict[str, list[str]] = {}
        for path, it in self._found.columns.items():
            found.setdefault(it.name, []).append(path)
        address = self._found.columns.get("address")
        if address is not None and "gemeente" not in self._found.columns:
            found[address.name].append("gemeente")
            self.notes[address.name] = "the number begins with the code of its gemeente"
        if "occurredAt" not in self._found.columns:
            self._borrow_day(found)
        order = [it.name for it in self._export.columns if it.name in found]
        return {name: found[name] if len(found[name]) > 1 else found[name][0] for name in order}

    def _borrow_day(self, found: dict[str, list[str]]) -> None:
        """When it happened is often the day of something else."""
        day = next((it for it in self._export.columns if Shape.DAY in it.shapes), None)
        if day is None:
            self._ask("occurredAt", "no column holds days; which says when it happened")
        else:
            found.setdefault(day.name, []).append("occurredAt")
            self.notes[day.name] = f"{EDIT}? is this the day on which it happened"
            self.remaining.append(f"See whether column {day.name} says when it happened.")

    def _step(self, path: str, *, knows_steps: bool) -> str | bool:
        """Of social collection, of which no column tells: not taken, and nobody objected. But where
        all steps have a column the objection alone decides, and is not guessed away."""
        if path != _OBJECTED:
            self.notes[path] = "no column says so; while it is false the gemeente is not told"
            return False
        if not knows_steps:
            self.notes[path] = "no column says so; name one before every step has its own"
            return False
        self._ask(path, "no column says whether the tenant objected; name one, or decide")
        return EDIT

    def _constants(self) -> dict[str, str | int | bool | list[str]]:
        found: dict[str, str | int | bool | list[str]] = {}
        there = set(self._found.columns)
        if "address" in there:
            there.add("gemeente")
        for path in fields.mapping_of(self._found.type).lacks():
            if path in there or path in ("occurredAt", "references"):
                continue
            if path.startswith("socialCollection."):
                found[path] = self._step(path, knows_steps=there.issuperset(_STEPS))
            elif fields.mapping_of(self._found.type).kind_of(path) is bool:
                found[path] = False
                self._ask(path, "no column says so; is it no for all of them", mark=f"{EDIT}?")
            else:
                found[path] = EDIT
                what = "the CBS code of the gemeente, 4 digits" if path == "gemeente" else path
                self._ask(path, f"no column says so; write {what}, or name a column")
        if not there & {"lease", "dossier", "address"}:
            self._ask("references", "which column is the number of the lease")
        return found

    def _ask(self, path: str, note: str, mark: str = f"{EDIT}:") -> None:
        self.notes[path] = f"{mark} {note}"
        self.remaining.append(f"{path}: {note}.")

    def _id(self) -> str | list[str]:
        """A column that tells rows apart, or those that do together."""
        # An id may not hold a reference; of a list of columns a digest is taken.
        taken = [self._found.columns.get(it) for it in REFERENCES]
        own = [it for it in self._export.columns if it not in taken and self._is_key(it)]
        if own:
            return min(own, key=lambda it: self._place(it.name)).name
        found = self._named(_KEYS.get(self._found.type, _ALL))
        if not all(it.is_unique for it in self._export.columns if [it.name] == found):
            found = self._named(_ALL)
        unique = next((it.name for it in self._export.columns if it.is_unique), None)
        if not found:
            self.notes["id"] = f"{EDIT}? these tell rows apart"
            self.remaining.append("See whether the columns under `id` tell rows apart.")
            found = [unique or self._export.columns[0].name]
        told = "together they tell rows apart, and stay the same"
        self.notes.setdefault("id", told if len(found) > 1 else "it stays the same")
        return list(dict.fromkeys(found))

    def _named(self, paths: Sequence[str]) -> list[str]:
        return [self._found.columns[it].name for it in paths if it in self._found.columns]

    def _is_key(self, it: Column) -> bool:
        is_other = it.shapes & {Shape.DAY, Shape.BAG} and Shape.NUMBER not in it.shapes
        is_named = self._place(it.name) < len(self._words.id["columns"])
        return it.is_unique and is_named and not is_other

    def _place(self, name: str) -> int:
        words, plain = self._words.id["columns"], fields.bare(name)
        if any(it in plain for it in self._words.id["never"]):
            return len(words)
        fits = (
            n for n, it in enumerate(words) if plain.endswith(it) or (len(it) > 3 and it in plain)
        )
        return next(fits, len(words))

    def _codes(self) -> Codes:
        found: Codes = {}
        for path, it in self._found.columns.items():
            known, unsure = codes_of(path, self._found.type, it.values, self._words)
            if known:
                found[path] = known
            if unsure and path == "gemeente":
                self.notes[f"codes {path}"] = f"{EDIT}: the CBS code of each, 4 digits"
                self.remaining.append(f"Write the CBS code of each gemeente in column {it.name}.")
            elif unsure and not self._leaves_out(path, it):
                self.notes[f"codes {path}"] = f"{EDIT}? what is not known is `other`"
                told = f"See what the values of column {it.name} are as codes ({path})."
                self.remaining.append(told)
        return found

    def _leaves_out(self, path: str, column: Column) -> bool:
        """Whether rows with the words that are not known are read past."""
        found = group_of(self._export.columns, self._words)
        return (
            path == "targetGroup"
            and found is not None
            and found[0] == column.name
            and found[1] != [EDIT]
        )

    def _only(self) -> dict[str, list[str]]:
        found = group_of(self._export.columns, self._words)
        if found is None:
            if "corporatie" in CATALOGUE[self._found.type].roles:
                note = "no column tells whose rows these are"
                self.notes["only"] = note
                told = "have the export hold only those of vergunninghouders."
                self.remaining.append(f"{note.capitalize()}: {told}")
            return {}
        if found[1] == [EDIT]:
            note = f"which values of {found[0]} are of vergunninghouders"
            self.notes["whose"] = f"{EDIT}: {note}; until then no row is taken"
            self.remaining.append(f"Write under `only` {note}.")
        return {found[0]: found[1]}


def _dates(used: Sequence[Column]) -> tuple[str, ...]:
    found = [it.date for it in used if it.date is not None]
    # Midnight is often written without its time.
    found += [it.partition(" ")[0] for it in found if " %H" in it]
    return tuple(dict.fromkeys(found)) or _DATE_FIRST


def _decimal(used: Sequence[Column]) -> Decimal:
    """The mark that fits every amount; the Dutch one if both do."""
    amounts = [it.decimals for it in used if Shape.MONEY in it.shapes]
    return "." if amounts and not all("," in it for it in amounts) else ","


def _doubt(likely: Sequence[Found]) -> list[str]:
    if not likely[0].columns:
        return [f"No column was recognised; see whether these are {likely[0].type} at all."]
    if len(likely) > 1 and likely[1].score > 0.85 * likely[0].score:
        return [f"See whether these are {likely[0].type}; {likely[1].type} is likely too."]
    return []


def _tried(mapping: CsvMapping, head: bytes) -> list[str]:
    """What comes of the rows by this mapping."""
    filled = {"gemeente": "0000"} if mapping.constants.get("gemeente") == EDIT else {}
    trial = structs.replace(mapping, party="party", constants={**mapping.constants, **filled})
    if EDIT in (*trial.constants.values(), *trial.codes.get("gemeente", {}).values()):
        return []
    opened = CsvKind(trial).opened(head, 0)
    if isinstance(opened, NoForm):
        return [f"The mapping does not read the file: {opened.why}."]
    is_end = len(head) < HEAD_BYTES
    cut = page(head[opened.begin.offset :], opened.begin, opened.form, "row", is_end=is_end)
    bad = [it for it in cut.entries if isinstance(it, Unmapped)]
    good = sum(isinstance(it, Record) for it in cut.entries)
    keys = {it.key for it in cut.entries if isinstance(it, Record)}
    if len(keys) < good:
        columns = " and ".join(mapping.ids)
        return [f"{good - len(keys)} rows have the same {columns} as another; add to `id`."]
    if not bad:
        return []
    first = f"{bad[0].where.removeprefix('row, ')}: {bad[0].why.partition('; ')[0]}"
    return [f"{len(bad)} of {good + len(bad)} rows do not fit yet; {first}."]


def _words() -> Words:
    raw = Path(__file__).with_name("files_words.toml").read_bytes()
    return msgspec.convert(tomllib.loads(raw.decode()), Words)
