"""Equal arguments, equal bytes; more households or more faults only add."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from hub.simulation import Fault, Region, simulate
from hub.simulation.demo import demo_schedule
from tests.simulation.region import ALL_FAULTS, SEED, lines

GOLDEN: Final = Path(__file__).with_name("golden.sha256")
ARRIVAL_ONLY: Final = frozenset({Fault.LATE, Fault.REORDER})


def digest(found: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\n".join(found)).hexdigest()


def measured() -> Iterator[str]:
    """What the golden file holds; write it anew when the simulation is meant to change."""
    yield f"{digest(lines(20, 3))}  20 households, 3 months"
    yield f"{digest(simulate(20, 3, SEED, ALL_FAULTS))}  20 households, 3 months, all faults"
    yield f"{digest(arrival.line for arrival in demo_schedule())}  demo"


def test_the_bytes_are_those_of_the_golden_file() -> None:
    assert list(measured()) == GOLDEN.read_text("utf-8").splitlines()


def test_another_process_with_another_hash_seed_writes_the_same() -> None:
    code = (
        "import hashlib; from hub.simulation import Fault, simulate; "
        f"found = b'\\n'.join(simulate(8, 3, {SEED}, frozenset(Fault))); "
        "print(hashlib.sha256(found).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "12345"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.strip() == digest(simulate(8, 3, SEED, ALL_FAULTS))


@pytest.mark.parametrize("faults", [(), tuple(Fault)], ids=["no faults", "all faults"])
def test_a_larger_region_holds_the_smaller_one_in_its_order(faults: tuple[Fault, ...]) -> None:
    larger = iter(lines(21, 3, *faults))
    assert all(line in larger for line in lines(20, 3, *faults))


@pytest.mark.parametrize("fault", sorted(ARRIVAL_ONLY))
def test_late_and_reordered_are_the_same_lines_in_another_order(fault: Fault) -> None:
    assert Counter(lines(20, 6, fault)) == Counter(lines(20, 6))
    assert lines(20, 6, fault) != lines(20, 6)


@pytest.mark.parametrize("fault", sorted(frozenset(Fault) - ARRIVAL_ONLY))
def test_the_other_faults_only_add_lines(fault: Fault) -> None:
    struck, sound = Counter(lines(20, 6, fault)), Counter(lines(20, 6))
    assert not sound - struck
    assert struck - sound


def test_faults_do_not_move_each_other() -> None:
    """What a fault adds beside all others is no less than what it adds alone."""
    alone, beside = Counter(lines(20, 6, Fault.CORRECTIONS)), Counter(lines(20, 6, *Fault))
    assert not alone - beside


def test_another_seed_is_another_region() -> None:
    of_households = (line for line in lines(20, 3) if b'"references"' in line)
    assert set(simulate(20, 3, 8)).isdisjoint(of_households)


def test_arrivals_never_go_back_in_time_and_lie_within_the_months() -> None:
    region = Region(30, 12, SEED, ALL_FAULTS, date(2024, 3, 1))
    instants = [arrival.at for arrival in region.arrivals()]
    assert instants == sorted(instants)
    first, last = 1_709_247_600_000, 1_740_783_600_000  # 1 March 2024 and 2025 in Amsterdam
    assert first <= instants[0]
    assert instants[-1] < last
