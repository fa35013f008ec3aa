"""Writes requirements/jars.toml anew: everything that the roots bring along, with its hash.

Part of `make lock`. jgo resolves, as Maven would; the hashes are those of what it then fetched.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from jgo.maven import Dependency, MavenContext

from tests.kafka import fetching, jars

# What is asked for; what comes along with it stands in the lock.
ROOTS: Final[Mapping[str, Sequence[str]]] = {
    "kafka": ["org.apache.kafka:kafka_2.13:jar:4.1.0", "org.slf4j:slf4j-simple:jar:1.7.36"],
    "streams": ["org.apache.kafka:kafka-streams:jar:4.1.0", "org.slf4j:slf4j-simple:jar:1.7.36"],
    # The Java from PyPI has no compiler of its own.
    "compiler": ["org.eclipse.jdt:ecj:jar:3.44.0"],
    "registry": ["io.apicurio:apicurio-registry-app:tar.gz:all:3.3.3"],
}
_HEAD = """\
# Java archives for tests, by hash and without addresses. Written by `make lock`;
# what is asked for stands in tests/kafka/lock_jars.py.
"""


def brought(maven: MavenContext, roots: Sequence[str]) -> list[Dependency]:
    """The roots and what they need at run time. An archive that is no jar brings nothing along."""
    asked = [Dependency(fetching.artifact(maven, root), "compile", False, []) for root in roots]
    if any(it.artifact.packaging != "jar" for it in asked):
        return asked
    found, along = maven.resolver.resolve(asked)
    return [*found, *(it for it in along if it.scope in ("compile", "runtime"))]


def write() -> None:
    parts = [_HEAD]
    with tempfile.TemporaryDirectory() as repository:
        maven = fetching.context(Path(repository))
        for name, roots in ROOTS.items():
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
