"""The command line as a user types it: with files, pipes and terminals.

Golden files hold the bytes that a command printed. `GOLDEN=write pytest tests/cli` writes
them anew; then read the diff, every line of it.
"""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hub.cli.app import run

GOLDEN = Path(__file__).parents[1] / "golden"
WRITE = "GOLDEN"
_LANGUAGE = ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE")


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: bytes
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def refusals(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.err.splitlines()]


def environment(**more: str) -> dict[str, str]:
    """A plain environment, Dutch unless told otherwise. What tests are told by variables of ours
    (where the jars are, and the browser) is no setting of a hub."""
    ours = (*_LANGUAGE, "SEINTJE_JARS", "SEINTJE_CHROMIUM", "SEINTJE_PICTURES")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {"LANG": "nl_NL.UTF-8", "COLUMNS": "200", "NO_COLOR": "1"} | more


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "hub", *map(str, words)]


def seintje(*words: str | Path, **more: str) -> Ran:
    """Run `seintje` as if its output were piped, in this process: that is ten times as fast."""
    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        run([str(word) for word in words], environment(**more))
    out.flush()
    code = ended.value.code
    assert isinstance(out.buffer, io.BytesIO)
    return Ran(code if isinstance(code, int) else 0, out.buffer.getvalue(), err.getvalue())


def piped(*words: str | Path, stdin: bytes = b"", **more: str) -> Ran:
    """Run `seintje` as a process of its own, with its output piped."""
    ran = subprocess.run(
        command(*words), input=stdin, capture_output=True, env=environment(**more), check=False
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr.decode())


def on_terminal(*words: str | Path, **more: str) -> tuple[int, str]:
    """Run `seintje` on a terminal; what it shows there, stdout and stderr together."""
    screen, end = pty.openpty()
    process = subprocess.Popen(
        command(*words), stdin=end, stdout=end, stderr=end, env=environment(**more)
    )
    os.close(end)
    shown = b""
    while piece := _read(screen):
        shown += piece
    os.close(screen)
    return process.wait(), shown.decode().replace("\r\n", "\n")


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 65536)
    except OSError:  # Linux says so when the other end has closed
        return b""


def golden(name: str, printed: bytes) -> None:
    """Compare with a golden file, or write it when asked to."""
    file = GOLDEN / name
    if os.environ.get(WRITE) == "write":
        file.write_bytes(printed)
    assert printed == file.read_bytes(), f"tests/golden/{name} says otherwise; see {__name__}"
