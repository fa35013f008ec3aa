"""What `ingest` keeps beside a file: how far it came, and the lines that were refused.

`FILE.progress` lets an interrupted run go on where it was; it is gone when the file is done. A line
that was sent but not noted is sent again, and is a duplicate then.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from hub.cli.fact_files import STDIN, opened
from hub.domain.refusals import Refused, Slug, Violation
from hub.wire.dead_letters import without_bsn

_HEAD_BYTES: Final = 1 << 16


class Counts(Struct):
    """How many lines ended how."""

    accepted: int = 0
    duplicate: int = 0
    refused: int = 0

    def add(self, status: str) -> None:
        setattr(self, status, getattr(self, status) + 1)

    def add_all(self, more: Counts) -> None:
        self.accepted += more.accepted
        self.duplicate += more.duplicate
        self.refused += more.refused


class Progress(Struct):
    """How far a file came: the last line that was answered. `of` says which file and hub."""

    of: str
    line: int = 0
    counts: Counts = msgspec.field(default_factory=Counts)


class _RefusedLine(Struct):
    line: int
    slug: Slug
    detail: str
    violations: tuple[Violation, ...]
    event: str


class Ledger:
    """The progress and the refused lines of one file; stdin cannot go on where it was."""

    def __init__(self, file: Path, target: str) -> None:
        is_stdin = file == STDIN
        named = Path("stdin") if is_stdin else file
        self.refused_file = named.with_name(named.name + ".refused.jsonl")
        self._noted = None if is_stdin else named.with_name(named.name + ".progress")
        self.progress = self._resumed(f"{target} {_fingerprint(file)}")
        self.began_at = self.progress.line
        self._refused: BinaryIO | None = None

    def refuse(self, line: int, refused: Refused, event: bytes) -> None:
        """Keep a refused line with its reason. Of a BSN the digits are not kept."""
        raw = without_bsn(event) if refused.slug is Slug.BSN_FOUND else event
        text = raw.decode("utf-8", "backslashreplace")
        told = _RefusedLine(line, refused.slug, refused.detail, refused.violations, text)
        if self._refused is None:
            self._refused = self.refused_file.open("ab" if self.began_at else "wb")
        self._refused.write(msgspec.json.encode(told) + b"\n")

    def note(self, line: int) -> None:
        """Everything up to this line has been answered."""
        self.progress.line = line
        if self._refused is not None:
            self._refused.flush()
        if self._noted is not None:
            part = self._noted.with_name(self._noted.name + ".part")
            part.write_bytes(msgspec.json.encode(self.progress))
            part.replace(self._noted)

    def close(self, *, done: bool) -> None:
        """The file is done, or the run ends before it is."""
        if self._refused is not None:
            self._refused.close()
        elif done and not self.began_at:
            self.refused_file.unlink(missing_ok=True)  # what an earlier run refused
        if done and self._noted is not None:
            self._noted.unlink(missing_ok=True)

    def _resumed(self, of: str) -> Progress:
        if self._noted is None:
            return Progress(of)
        try:
            found = msgspec.json.decode(self._noted.read_bytes(), type=Progress)
        except (OSError, msgspec.DecodeError):
            return Progress(of)
        return found if found.of == of else Progress(of)


def _fingerprint(file: Path) -> str:
    """Tells whether a file is still the one of the last run; it may have grown."""
    if file == STDIN:
        return ""
    with opened(file) as stream:
        head = stream.readline(_HEAD_BYTES)
    return hashlib.blake2b(head, digest_size=8).hexdigest()
