"""kill -9 at many moments: what was acknowledged is there, and everything is counted once."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.runtimes import Feature, Runtime, needs
from tests.contract.toy import COUNTS, counted, heard, tell

ROOT = Path(__file__).resolve().parents[2]


class Victims:
    """Processes that work on the directory of a runtime which this process has closed."""

    def __init__(self, runtime: Runtime, name: str, directory: Path) -> None:
        self._command = [sys.executable, "-m", "tests.contract.victim", name, str(directory)]

    def die_at(self, place: str, times: int) -> int:
        return subprocess.run([*self._command, place, str(times)], cwd=ROOT, check=False).returncode

    def acknowledged_until_killed(self, lines: int) -> list[int]:
        """What a process that appends had acknowledged when it was killed from outside."""
        with subprocess.Popen(
            [*self._command, "outside", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as victim:
            assert victim.stdout is not None
            told = [victim.stdout.readline() for _ in range(lines)]
            victim.kill()
            told += victim.stdout.readlines()
        return [int(word) for line in told if line.endswith("\n") for word in line.split()]


@pytest.mark.slow
async def test_a_process_that_is_killed_again_and_again_counts_everything_once(
    runtime: Runtime, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    needs(runtime, Feature.OUTLIVES_KILL)
    await tell(runtime.log, *[(b"k", b"x")] * 40)
    await runtime.close()
    victims = Victims(runtime, request.node.callspec.params["runtime"], tmp_path)
    chance = random.Random(1)
    inside = "in the transaction" if Feature.PROJECTS in runtime.features else "committing"
    places = ["read", "committing", "committed", inside, "committing"]
    for place in places:
        assert victims.die_at(place, chance.randint(1, 3)) == -signal.SIGKILL
    assert victims.die_at("nowhere", 0) == 0
    await runtime.reopen()
    told = [(b"k", b"x")] * (40 + len(places) + 1)  # each process brought one more
    assert await heard(runtime.outbox, "counted") == counted(told)
    assert dict((await runtime.shard("toy", "facts")).state.scan(COUNTS)) == {
        b"k": b"%d" % len(told)
    }


@pytest.mark.slow
async def test_what_was_acknowledged_before_a_kill_is_there(
    runtime: Runtime, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    needs(runtime, Feature.OUTLIVES_KILL)
    await runtime.close()
    victims = Victims(runtime, request.node.callspec.params["runtime"], tmp_path)
    acknowledged = [at for lines in (1, 30) for at in victims.acknowledged_until_killed(lines)]
    await runtime.reopen()
    kept = [it.at for it in await runtime.outbox.read("facts", None, 1_000_000, 0.0)]
    assert kept == list(range(1, len(kept) + 1))
    assert set(acknowledged) <= set(kept)
    assert len(kept) % 3 == 0, "part of an append is there"
