"""Redriving into a hub that runs: killed at any moment, and many at once.

`LETTERS=5000 make letters` is the long form.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from hub.shipped import shipped
from tests.cli.terminal import command, environment, on_terminal, piped
from tests.cli.test_run import next_row, started
from tests.letters.kept import household, kept, records
from tests.streams.world import BEGELEIDER, CORPORATIE, GEMEENTE

pytestmark = pytest.mark.slow

LETTERS = int(os.environ.get("LETTERS", "150"))
SEED = int(os.environ.get("SEED", "7"))
AT = "fixed:2024-02-01T12:00:00Z"
MOST_AN_HOUR = 50
FAST = ("--rate", "400", "--cap", str(LETTERS))


@contextmanager
def running(data: Path) -> Iterator[None]:
    """A hub in a process of its own, on letters that wait."""
    kept(data, *(household(number) for number in range(LETTERS)))
    agreements = data.parent / "agreements"
    shutil.copytree(shipped("agreements"), agreements)
    parties = agreements / "parties.yaml"
    begins = f"  - id: {GEMEENTE}\n"
    limited = f"{begins}    maxNewNoticesPerHour: {MOST_AN_HOUR}\n"
    parties.write_text(parties.read_text("utf-8").replace(begins, limited))
    words = ("run", "--data", data, "--listen", "127.0.0.1:0", "--agreements", agreements)
    with started(*words, SEINTJE_CLOCK=AT) as hub:
        next_row(hub)
        yield


def times_sent(data: Path) -> Counter[bytes]:
    facts = records(data, "facts")
    return Counter(it.headers["redriven"] for it in facts if "redriven" in it.headers)


def test_a_run_that_is_killed_goes_on_and_nothing_goes_back_twice(tmp_path: Path) -> None:
    data, chance = tmp_path / "data", Random(SEED)
    words = ("dead-letters", "redrive", "--all", "--data", data, *FAST)
    with running(data):
        for _ in range(4):
            process = subprocess.Popen(
                command(*words), stdout=subprocess.PIPE, env=environment(SEINTJE_CLOCK=AT)
            )
            assert process.stdout is not None
            process.stdout.readline()  # it has begun
            time.sleep(chance.random())  # and dies anywhere
            process.kill()
            process.communicate()
            assert set(times_sent(data).values()) <= {1}
        left = LETTERS - len(times_sent(data))
        ran = piped(*words, "--wait", SEINTJE_CLOCK=AT)
    assert (ran.code, len(ran.rows)) == (0, left)
    assert (len(times_sent(data)), set(times_sent(data).values())) == (LETTERS, {1})
    assert records(data, "dead-letters")[LETTERS:] == []


def test_many_at_once_are_no_storm(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data):
        words = ("dead-letters", "redrive", "--all", "--wait", "--data", data, *FAST)
        code, shown = on_terminal(*words, "--lang", "en", SEINTJE_CLOCK=AT)
    assert code == 0, shown
    assert f"{LETTERS} letters went back" in shown
    receipts = Counter(it.key for it in records(data, "receipts"))
    assert (len(receipts), set(receipts.values())) == (LETTERS, {1})
    told = {
        party: Counter(it.key for it in records(data, f"out/{party}"))
        for party in (GEMEENTE, CORPORATIE, BEGELEIDER)
    }
    assert {party: set(it.values()) for party, it in told.items()} == {party: {1} for party in told}
    # who said how many it can take gets no more, and the rest is held for it
    assert (len(told[GEMEENTE]), len(told[CORPORATIE]) > LETTERS) == (MOST_AN_HOUR, True)
