"""The file of identities on disk: read, and everything that is wrong with it told at once."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from hub.domain.marked import Problem, Reader
from hub.errors import Misconfigured
from hub.gateway.identity.identities import Identities, read_identities
from hub.wire.yaml import parse


def load(path: Path, parties: Collection[str]) -> Identities:
    """What a file holds, of these parties. Misconfigured has a line `file:line:column: message` for
    each thing that is wrong."""
    reader = Reader()
    try:
        tree = parse(path.read_text("utf-8"))
    except OSError as error:
        raise Misconfigured(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        told = "1:1: this is no UTF-8; save the file as UTF-8"
        raise Misconfigured(str(path), f"\n{path}:{told}") from error
    found = Identities()
    if isinstance(tree, Problem):
        reader.problems.append(tree)
    else:
        found = read_identities(tree, reader, parties)
    if reader.problems:
        lines = [f"{path}:{it}" for it in sorted(reader.problems)]
        raise Misconfigured(str(path), "\n" + "\n".join(lines))
    return found
