"""How fast `seintje backtest` is, next to the floor: the same lines, only decoded.

Prints facts a second of both in the same run, their ratio, the peak memory of the process and the
bytes that an encoded fact takes. Nothing is asserted: figures are for reading.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from hub.agreement_files import load
from hub.shipped import shipped
from hub.simulation import simulate
from hub.streams.backtest import Backtest


def main(arguments: list[str]) -> None:
    """`python -m bench backtest [--households N] [--months M]`."""
    parser = argparse.ArgumentParser(prog="bench backtest", description=__doc__)
    parser.add_argument("--households", type=int, default=25_000)
    parser.add_argument("--months", type=int, default=12)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "region.jsonl"
        count = _write_region(path, asked.households, asked.months)
        seconds, megabytes, alerts = _run_backtest(path)
        floor = _floor(path)
        size = _bytes_per_fact(path)
    print(f"facts                {count:>12,}   alerts {alerts:,}")
    print(f"backtest             {count / seconds:>12,.0f} facts/s of CPU time, {seconds:.1f} s")
    print(f"floor (decode only)  {count / floor:>12,.0f} facts/s, {floor:.1f} s")
    print(f"backtest / floor     {seconds / floor:>12.1f} times its time")
    print(f"peak memory          {megabytes:>12,.0f} MB")
    print(f"encoded fact         {size:>12.1f} bytes, key included")


def _write_region(path: Path, households: int, months: int) -> int:
    count = 0
    with path.open("wb") as file:
        for line in simulate(households, months, 7, frozenset()):
            file.write(line + b"\n")
            count += 1
    return count


def _run_backtest(path: Path) -> tuple[float, float, int]:
    """CPU seconds, peak megabytes and alerts of the command as a user gives it."""
    command = [sys.executable, "-m", "hub", "backtest", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    alerts = sum(1 for _ in process.stdout)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"backtest ended with {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, alerts


def _floor(path: Path) -> float:
    decode = msgspec.json.Decoder().decode
    begun = time.process_time()
    with path.open("rb") as file:
        for line in file:
            decode(line)
    return time.process_time() - begun


def _bytes_per_fact(path: Path) -> float:
    test = Backtest(*load(shipped("agreements")))
    with path.open("rb") as file:
        for number, line in enumerate(file):
            test.put(line)
            if number == 200_000:
                break
    return test.size_bytes / test.outcomes["new"]
