"""The check of the published schemas: readable, documented, and FULL_TRANSITIVE.

Every schema must be able to read what every kept version wrote, and the other way round. The judge
of that is Apache's own checker, offline. `kept/<name>.v1.<n>.avsc` are the versions that were ever
released (facts document, Catalogue and Wire; schemas/README.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.errors import AvroException

from hub.domain.facts import CATALOGUE
from hub.wire import strict_json

NAMESPACE: Final = "nl.seintje"
# What a field tells about a person; schemas/README.md says what each means.
PRIVACY: Final = (
    "none",
    "pseudonym",
    "household",
    "financial",
    "sensitive",
    "professional",
    "restricted",
)
_ALWAYS: Final = ("unknown", "other")
_SUFFIX: Final = ".v1.avsc"


class Problem(NamedTuple):
    """What is wrong with a schema: in which file, at which field, and what to do."""

    file: str
    where: str
    says: str

    def __str__(self) -> str:
        return (
            f"{self.file}: {self.where}: {self.says}" if self.where else f"{self.file}: {self.says}"
        )


class _File(NamedTuple):
    """One schema file: its path below the root, its tree, and what Apache Avro makes of it."""

    path: str
    tree: Mapping[str, Any]
    schema: avro.schema.Schema


def check(root: Path) -> list[Problem]:
    """Everything that is wrong with the schemas below `root` (`schemas/avro`), by file."""
    problems: list[Problem] = []
    current = _read_all(root, ("*.avsc", "internal/*.avsc"), problems)
    kept = _read_all(root, ("kept/*.avsc",), problems)
    for name, file in current.items():
        problems += _of_names(name, file)
        problems += _of_fields(file)
        problems += _of_versions(file, [it for key, it in kept.items() if _base(key) == name])
    problems += [
        Problem(file.path, "", "there is no schema of this name any more; published ones stay")
        for key, file in kept.items()
        if _base(key) not in current
    ]
    problems += [
        Problem(f"{name}{_SUFFIX}", "", "a type of the catalogue without a schema")
        for name in CATALOGUE
        if name not in current
    ]
    return sorted(problems)


def _read_all(root: Path, patterns: Iterable[str], problems: list[Problem]) -> dict[str, _File]:
    files: dict[str, _File] = {}
    for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
        shown = path.relative_to(root).as_posix()
        if not path.name.partition(".")[2].startswith("v1."):
            problems.append(Problem(shown, "", f"name it like rent-missed{_SUFFIX}"))
            continue
        try:
            raw = path.read_bytes()
            tree, schema = strict_json.read(raw), avro.schema.parse(raw.decode())
        except (*strict_json.BROKEN, AvroException) as error:
            problems.append(Problem(shown, "", f"this is no Avro schema: {error}"))
            continue
        if schema.type != "record":
            problems.append(Problem(shown, "", "a schema here is a record"))
            continue
        files[path.name.removesuffix(".avsc")] = _File(shown, tree, schema)
    return {key.removesuffix(".v1"): file for key, file in files.items()}


def _base(kept_key: str) -> str:
    return kept_key.partition(".")[0]


def _of_names(name: str, file: _File) -> Iterator[Problem]:
    wanted = "".join(word.title() for word in name.split("-"))
    if file.tree.get("name") != wanted or file.tree.get("namespace") != NAMESPACE:
        yield Problem(file.path, "name", f"write {wanted} in the namespace {NAMESPACE}")
    if not file.tree.get("doc"):
        yield Problem(file.path, "doc", "say what this record is")


def _of_fields(file: _File) -> Iterator[Problem]:
    for where, field in _fields(file.tree, ""):
        if not field.get("doc"):
            yield Problem(file.path, where, "say in `doc` what the field means")
        if field.get("privacy") not in PRIVACY:
            yield Problem(file.path, where, f"`privacy` is one of {', '.join(PRIVACY)}")
        yield from (Problem(file.path, where, says) for says in _of_codes(field))
        if isinstance(field["type"], list) and not (
            field["type"][0] == "null" and "default" in field and field["default"] is None
        ):
            yield Problem(file.path, where, "optional is a union, null first, default null")


def _of_codes(field: Mapping[str, Any]) -> Iterator[str]:
    if "codes" not in field:
        return
    codes = field["codes"]
    if field["type"] not in ("string", ["null", "string"]):
        yield "codes are of type string: no symbol of an enum may be added, and none has a hyphen"
    if len(set(codes)) < len(codes):
        yield "a code stands twice in the list"
    yield from (f"add the code {code}" for code in _ALWAYS if code not in codes)


def _of_versions(file: _File, kept: Iterable[_File]) -> Iterator[Problem]:
    codes = {where: field.get("codes", ()) for where, field in _fields(file.tree, "")}
    for earlier in kept:
        for reader, writer in ((file, earlier), (earlier, file)):
            checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]  # avro's
            result = checker.get_compatibility(reader.schema, writer.schema)
            if result.compatibility is not SchemaCompatibilityType.compatible:
                why = "; ".join(sorted(result.messages)) or "the types differ"
                told = f"{reader.path} cannot read what {writer.path} wrote ({why})"
                yield Problem(file.path, " ".join(sorted(result.locations)), told)
        for where, field in _fields(earlier.tree, ""):
            lost = sorted(set(field.get("codes", ())) - set(codes.get(where, ())))
            if lost:
                told = f"keep the codes {', '.join(lost)} of {earlier.path}"
                yield Problem(file.path, where, told)


def _fields(tree: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each field in a schema with its path, those of nested records too."""
    if isinstance(tree, list):
        for branch in tree:
            yield from _fields(branch, path)
    elif isinstance(tree, dict):
        for field in tree.get("fields", ()):
            where = f"{path}.{field['name']}" if path else field["name"]
            yield where, field
            yield from _fields(field["type"], where)
        for inner in ("items", "values", "type"):
            yield from _fields(tree.get(inner), path)
