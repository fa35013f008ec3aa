"""Writes requirements/jars.toml anew: everything that the roots bring along, with its hash.

Part of `make lock`. jgo resolves, as Maven would; the hashes are those of what it then fetched.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from jgo.maven import Dependency, MavenContext

from tests.kafka import jars

_HEAD = """\
# Java archives for tests, by hash and without addresses. Written by `make lock`;
# what is asked for stands in tests/kafka/jars.py.
"""


def brought(maven: MavenContext, roots: Sequence[str]) -> list[Dependency]:
    """The roots and what they need at run time. An archive that is no jar brings nothing along."""
    asked = [Dependency(jars.artifact(maven, root), "compile", False, []) for root in roots]
    if any(it.artifact.packaging != "jar" for it in asked):
        return asked
    found, along = maven.resolver.resolve(asked)
    return [*found, *(it for it in along if it.scope in ("compile", "runtime"))]


def write() -> None:
    parts = [_HEAD]
    with tempfile.TemporaryDirectory() as repository:
        maven = jars.context(Path(repository))
        for name, roots in jars.ROOTS.items():
            hashes = {
                _coordinate(it): jars.sha256(it.artifact.resolve()) for it in brought(maven, roots)
            }
            lines = [f'"{where}" = "{hash_}"' for where, hash_ in sorted(hashes.items())]
            parts.append("\n".join(["", f"[{name}]", *lines, ""]))
    jars.LOCK.write_text("".join(parts), "utf-8")


def _coordinate(it: Dependency) -> str:
    of = it.artifact
    parts = [of.groupId, of.artifactId, of.packaging, of.classifier, of.version]
    return ":".join(part for part in parts if part)


if __name__ == "__main__":
    write()
