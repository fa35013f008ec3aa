"""Changes to agreement and parties files that leave the rest of the text as people wrote it.

Each change is made on the text, read back and judged before anything is written. Files whose layout
leaves no line to add to are left alone, with word of what to write by hand.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from msgspec import Struct

from hub.domain.facts import Role
from hub.domain.marked import Node, Problem, Reader
from hub.domain.parties import Party
from hub.domain.parties_file import read_parties
from hub.domain.places import items_at, place_of
from hub.errors import Misconfigured
from hub.wire.yaml import parse

_DASH: Final = re.compile(r"( *- +)\S")
_TOP_KEY: Final = re.compile(r"[^\s#-]")


class NewParty(Struct, frozen=True, kw_only=True):
    """A party to add: what `parties.yaml` says of it. One of `oin` and `kvk`."""

    id: str
    name: str
    role: Role
    gemeenten: Sequence[str]
    contact: str
    oin: str | None = None
    kvk: str | None = None
    acts_for: Sequence[str] = ()
    patterns: Mapping[str, str] = {}


def add_party(path: Path, party: NewParty) -> Party:
    """Appends a party to a parties file and gives it back as it was read.

    The file is replaced in one step, and only if it is free of mistakes with the party in it;
    `Misconfigured` says otherwise what is wrong.
    """
    text = with_party(_text_of(path), party)
    parties = _judged(text, path)
    write_whole(path, text)
    return parties[party.id]


def with_party(text: str, party: NewParty) -> str:
    """The text of a parties file with a block for `party` after the last one."""
    places = items_at(_tree(text), "parties")
    lines = text.splitlines()
    dash = _DASH.match(lines[places[-1].line - 1])
    if dash is None:
        raise Misconfigured(
            "parties", "write parties one below the other, each beginning with `- `"
        )
    end = _end_of_block(lines, places[-1].line)
    first, *rest = _lines_of(party)
    indent = " " * len(dash[1])
    block = [dash[1] + first, *(indent + line for line in rest)]
    return "\n".join([*lines[:end], "", *block, *lines[end:]]) + "\n"


def fill_holidays(text: str, year: int) -> str:
    """The text of an agreement file with the Dutch holidays of a year in its calendar.

    Days that stand there already are left; Saturdays need none, but listed days may fall on one.
    """
    node = place_of(_tree(text), "calendar", "holidays")
    listed = [item for item in items_at(node) if type(item.value) is date]
    lines = text.splitlines()
    dash = _DASH.match(lines[listed[0].line - 1]) if listed else None
    if dash is None:
        raise Misconfigured(
            "calendar", "write the holidays one below the other, each like `    - 2026-01-01`"
        )
    after: dict[int, list[str]] = {}
    for day, name in holidays_of(year):
        if day not in [item.value for item in listed]:
            earlier = [item.line for item in listed if _day_of(item) < day]
            line = max(earlier, default=listed[0].line - 1)
            after.setdefault(line, []).append(f"{dash[1]}{day}  # {name}")
    years = {item.line: _day_of(item).year for item in listed}
    filled: list[str] = []
    for number, line_text in enumerate(lines, 1):
        filled.append(line_text)
        if number in after:
            filled += [""] if years.get(number, year) != year else []
            filled += after[number]
    return "\n".join(filled) + "\n"


def holidays_of(year: int) -> list[tuple[date, str]]:
    """The days of a year on which nobody works besides Saturdays and Sundays (Algemene
    termijnenwet, art. 3, and 5 May every year), each with its name."""
    import holidays  # slow to import, and only this asks for it

    found = holidays.country_holidays(
        "NL", years=year, categories=("public", "optional"), language="nl"
    )
    always_on_sunday = ("Eerste paasdag", "Eerste pinksterdag")
    return [(day, name) for day, name in sorted(found.items()) if name not in always_on_sunday]


def write_whole(path: Path, text: str) -> None:
    """Replaces a file in one step: readers see the old text or the new, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(name, path.stat().st_mode & 0o7777)
        os.replace(name, path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise Misconfigured(str(path), f"cannot be written: {error.strerror}") from error


def _day_of(item: Node) -> date:
    assert isinstance(item.value, date)
    return item.value


def _lines_of(party: NewParty) -> list[str]:
    lines = [f"id: {_quoted(party.id)}", f"name: {_quoted(party.name)}", f"role: {party.role}"]
    if party.oin is not None:
        lines.append(f"oin: {_quoted(party.oin)}")
    if party.kvk is not None:
        lines.append(f"kvk: {_quoted(party.kvk)}")
    lines.append(f"gemeenten: [{', '.join(map(_quoted, party.gemeenten))}]")
    if party.acts_for:
        lines.append(f"actsFor: [{', '.join(map(_quoted, party.acts_for))}]")
    if party.patterns:
        lines.append("patterns:")
        lines += [f"  {scheme}: {_quoted(regex)}" for scheme, regex in party.patterns.items()]
    return [*lines, f"contact: {_quoted(party.contact)}"]


def _quoted(text: str) -> str:
    # a JSON string is a YAML string, whatever is in it
    return json.dumps(text, ensure_ascii=False)


def _end_of_block(lines: Sequence[str], start: int) -> int:
    """The number of the last line of the block that begins at line `start`: what follows it are
    blank lines, comments at the margin and the next key of the file."""
    end = start
    for number in range(start + 1, len(lines) + 1):
        line = lines[number - 1]
        if _TOP_KEY.match(line):
            break
        if line.strip() and not line.startswith("#"):
            end = number
    return end


def _judged(text: str, path: Path) -> Mapping[str, Party]:
    reader = Reader()
    parties = read_parties(_tree(text), reader)
    if reader.problems:
        told = "\n".join(f"{path}:{problem}" for problem in sorted(reader.problems))
        raise Misconfigured(str(path), f"with this party the file would be wrong:\n{told}")
    return parties.by_id


def _tree(text: str) -> Node:
    tree = parse(text)
    if isinstance(tree, Problem):
        raise Misconfigured("file", str(tree))
    return tree


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(str(path), "cannot be read as UTF-8 text") from error
