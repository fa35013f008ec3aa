"""Evaluating by several processes gives what one gives."""

import subprocess
import sys
from pathlib import Path

import pytest

# A process of its own: a test runner has threads, and a copy of those is none of ours to make.
SCRIPT = """
import os, sys
from pathlib import Path
from hub.cli.forked import alerts_by
from hub.cli.options import agreements_at
from hub.streams.backtest import Backtest

TESTED = os.getpid()

class Failing(Backtest):
    def alerts(self, now, share=None):
        if os.getpid() != TESTED:
            raise RuntimeError("a child that does not finish")
        return super().alerts(now, share)

run = (Failing if sys.argv[3] == "failing" else Backtest)(*agreements_at(None, None))
for line in Path(sys.argv[1]).read_bytes().splitlines():
    run.put(line)
alone = Backtest.alerts(run, run.last)
assert alone
assert alerts_by(run, run.last, int(sys.argv[2])) == alone
"""


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2, 3, 7])
@pytest.mark.parametrize("how", ["sound", "failing"])
def test_several_processes_find_what_one_finds(facts: Path, processes: int, how: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, facts, str(processes), how], capture_output=True, check=False
    )
    assert (ran.returncode, ran.stderr, ran.stdout) == (0, b"", b"")
