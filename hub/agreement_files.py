"""Agreement and parties files from disk: read, judge, and say everything that is wrong at once.

The only place that opens these files. What they mean is read in `hub.domain.agreement_file` and
`parties_file`, what is wrong with what can be read is `hub.domain.lint`'s. A file whose top level
has `parties` is a parties file, every other an agreement.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.agreement import Agreement, Agreements
from hub.domain.agreement_file import read_agreement
from hub.domain.lint import lint
from hub.domain.lint_together import AgreementTree, lint_together
from hub.domain.marked import Node, Problem, Reader
from hub.domain.parties import Parties
from hub.domain.parties_file import read_parties
from hub.domain.spelling import CodeLists
from hub.errors import Misconfigured
from hub.shipped import find_shipped
from hub.wire.yaml import parse

_PARTIES_FILE: Final = "parties.yaml"
_SCHEMAS: Final = "schemas/avro"
_SUFFIX: Final = ".v1.avsc"


class FileProblem(Struct, frozen=True, order=True):
    """Something wrong in one of the files."""

    file: str
    problem: Problem

    def __str__(self) -> str:
        return f"{self.file}:{self.problem}"


class Examined(Struct, frozen=True):
    """What the files hold, as far as they could be read, and all that is wrong with them."""

    agreements: tuple[Agreement, ...]
    parties: Parties | None
    problems: tuple[FileProblem, ...]


def load(
    paths: Path | Iterable[Path], *, else_parties: Path | None = None
) -> tuple[Agreements, Parties]:
    """The agreements and parties in a folder, or in these files.

    Parties that are in none of the files come from the `parties.yaml` beside them, and if there is
    none from `else_parties`. Raises `Misconfigured` with a line `file:line:column: message` for
    each thing that is wrong. What only a later year brings (the calendar) is `examine`'s to say: a
    hub that ran yesterday starts today.
    """
    paths = [paths] if isinstance(paths, Path) else list(paths)
    examined = examine(paths, else_parties=else_parties)
    if examined.problems:
        raise Misconfigured(_shown(paths), "\n" + "\n".join(map(str, examined.problems)))
    if not examined.agreements:
        raise Misconfigured(_shown(paths), "there is no agreement; add an agreement file")
    if examined.parties is None:
        raise Misconfigured(_shown(paths), f"there are no parties; add a {_PARTIES_FILE}")
    return Agreements(examined.agreements), examined.parties


def examine(
    paths: Sequence[Path], *, else_parties: Path | None = None, today: date | None = None
) -> Examined:
    """Reads and judges the files; raises `Misconfigured` only if one cannot be opened at all.

    With `today` the calendar must reach the end of next year, or the last day of the agreement.
    """
    return _Examination(today).of(_files(paths, else_parties))


def read_agreement_file(path: Path) -> Agreement:
    """One agreement as its file says, not judged beside others; `Misconfigured` with all lines if
    it cannot be read."""
    examined = _Examination().of([_read(path)])
    if examined.problems or not examined.agreements:
        lines = "\n".join(map(str, examined.problems)) or "this is no agreement file"
        raise Misconfigured(str(path), "\n" + lines)
    return examined.agreements[0]


def code_lists(root: Path | None = None) -> CodeLists:
    """The codes of each (fact type, field) from the schemas; empty as long as there are none."""
    root = root or find_shipped(_SCHEMAS)
    files = sorted(root.glob(f"*{_SUFFIX}")) if root is not None else []
    lists: dict[tuple[str, str], tuple[str, ...]] = {}
    for file in files:
        for field in json.loads(file.read_bytes())["fields"]:
            if "codes" in field:
                lists[file.name.removesuffix(_SUFFIX), field["name"]] = tuple(field["codes"])
    return lists


class _File(Struct, frozen=True):
    """One file as read: its tree, or why there is none."""

    path: Path
    raw: bytes
    tree: Node | Problem
    is_stand_in: bool = False  # parties that were given for want of others

    @property
    def is_parties(self) -> bool:
        tree = self.tree
        return (
            isinstance(tree, Node) and isinstance(tree.value, Mapping) and "parties" in tree.value
        )


class _Examination:
    def __init__(self, today: date | None = None) -> None:
        self.today = today
        self.codes = code_lists()
        self.agreements: list[Agreement] = []
        self.judged: list[tuple[_File, AgreementTree]] = []
        self.parties: Parties | None = None
        self.beside: Parties | None = None  # parties that belong to the agreements
        self.problems: list[FileProblem] = []

    def of(self, files: Iterable[_File]) -> Examined:
        for file in files:
            if isinstance(file.tree, Problem):
                self._complain(file, [file.tree])
            elif file.is_parties:
                self._read_parties(file, file.tree)
            else:
                self._read_agreement(file, file.tree)
        trees = [tree for _, tree in self.judged]
        for (file, _), problems in zip(self.judged, lint_together(trees, self.beside), strict=True):
            self._complain(file, problems)
        return Examined(tuple(self.agreements), self.parties, tuple(sorted(self.problems)))

    def _read_parties(self, file: _File, node: Node) -> None:
        reader = Reader()
        parties = read_parties(node, reader)
        if self.parties is not None:
            reader.complain(node, "there is another parties file already; put them in one")
        self.parties = parties
        self.beside = None if file.is_stand_in else parties
        self._complain(file, reader.problems)

    def _read_agreement(self, file: _File, node: Node) -> None:
        reader = Reader()
        digest = hashlib.sha256(file.raw).hexdigest()
        agreement = read_agreement(node, self.codes, digest, reader)
        self.agreements.append(agreement)
        self._complain(file, reader.problems)
        if not reader.problems:  # what was not understood would only be found wrong again
            self._complain(file, lint(agreement, node, self.today))
            self.judged.append((file, AgreementTree(agreement, node)))

    def _complain(self, file: _File, problems: Iterable[Problem]) -> None:
        self.problems += [FileProblem(str(file.path), problem) for problem in problems]


def _files(paths: Sequence[Path], else_parties: Path | None) -> list[_File]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    files = [_read(path) for path in found]
    if files and not any(file.is_parties for file in files):
        beside = files[0].path.parent / _PARTIES_FILE
        if beside.exists():
            files.append(_read(beside))
        elif else_parties is not None:
            files.append(replace(_read(else_parties), is_stand_in=True))
    return files


def _read(path: Path) -> _File:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Misconfigured(str(path), f"cannot be read: {error.strerror}") from error
    try:
        return _File(path, raw, parse(raw.decode("utf-8")))
    except UnicodeDecodeError:
        return _File(path, raw, Problem(1, 1, "this is no UTF-8; save the file as UTF-8"))


def _shown(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths)) or "agreements"
