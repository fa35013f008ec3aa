"""A program lives as long as somebody holds it, and no longer, however its holders end."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.kafka.program import Hold, NotStarted, Program

SLEEPS = ["sh", "-c", "echo up; exec sleep 600"]


def ended(pid: int) -> bool:
    """Waits until the process is gone; False when it is still there after ten seconds."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], 10)[0])
    finally:
        os.close(watched)


def test_a_program_ends_with_the_last_who_holds_it(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from tests.kafka.program import Program
it = Program(Path({str(tmp_path)!r}), {SLEEPS!r}, "up")
it.start()
print(it.pid, flush=True)
input()
"""
    starter = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        held = Hold(tmp_path)
        starter.kill()
    os.kill(pid, 0)  # the starter was killed, and we hold it
    held.let_go()
    assert ended(pid)
    with pytest.raises(ProcessLookupError):
        Hold(tmp_path)


def test_a_frozen_program_is_ended_too(tmp_path: Path) -> None:
    it = Program(tmp_path, SLEEPS, "up")
    it.start()
    it.freeze()
    it.let_go()
    assert not it.running
    assert ended(it.pid)


def test_a_program_that_ends_before_it_is_ready_tells_its_log(tmp_path: Path) -> None:
    it = Program(tmp_path, ["sh", "-c", "echo no such setting; exit 3"], "up")
    with pytest.raises(NotStarted, match="no such setting"):
        it.start()
    assert not it.running
