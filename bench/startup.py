"""How long `seintje run` takes to be ready with many households in its data directory.

Fills a directory with households of a lease and an intake each (through the hub itself, which is
most of the time this takes), then starts the command anew and waits for /readyz. The floor is a
start with an empty directory, in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx

from hub.clocks import VirtualClock, seconds
from hub.compose.embedded import build
from hub.domain.facts import Fact, IntakeCompleted, LeaseSigned, Reference
from hub.domain.time import Instant, format_instant, parse_instant
from hub.settings import Listen, Settings
from hub.streams.entries import FACTS, entry_of

_NOW: Instant = parse_instant("2024-01-08T12:00:00Z")
_CORPORATIE = "urn:nld:kvknr:90000001:systeem:bench"
_GEMEENTE = "urn:nld:oin:00000099000000988000:systeem:bench"
_PIECE = 5000


def main(arguments: list[str]) -> None:
    """`python -m bench startup [--households N]`."""
    parser = argparse.ArgumentParser(prog="bench startup", description=__doc__)
    parser.add_argument("--households", type=int, default=100_000)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Path(folder) / "empty", Path(folder) / "full"
        begun = time.monotonic()
        asyncio.run(_fill(full, asked.households))
        filled = time.monotonic() - begun
        size = sum(file.stat().st_size for file in full.iterdir()) / 1e6
        floor = min(_start(empty) for _ in range(2))
        ready = [_start(full) for _ in range(3)]
    print(
        f"filling              {filled:>10.1f} s for {asked.households:,} households, {size:.0f} MB"
    )
    print(f"floor (empty)        {floor:>10.2f} s from command to ready")
    print(
        f"with households      {min(ready):>10.2f} s at best, {max(ready):.2f} s at worst of three"
    )


async def _fill(data: Path, households: int) -> None:
    settings = Settings(data=data, listen=Listen("127.0.0.1", 0))
    async with build(settings, VirtualClock(_NOW, 0, seconds)).started() as hub:
        facts = _facts(households)
        while piece := [fact for _, fact in zip(range(_PIECE), facts, strict=False)]:
            await hub.reception.log.append(FACTS, [entry_of(it, hub.keys).emit for it in piece])
            await hub.settled()


def _facts(households: int) -> Iterator[Fact]:
    signed = LeaseSigned(date(2024, 1, 8), "vergunninghouder", False, None, 4, 2)
    at = _NOW - 86_400_000
    for number in range(households):
        lease = Reference("lease", "corporatie-maas", f"H-{number}")
        dossier = Reference("dossier", "gemeente-weert", f"D-{number}")
        address = Reference("address", "bag", f"0988{number:012d}")
        name = f"h{number}"
        yield Fact(
            "lease-signed",
            _CORPORATIE,
            name,
            at,
            "corporatie-maas",
            signed,
            "0988",
            references=(lease, address),
        )
        yield Fact(
            "intake-completed",
            _GEMEENTE,
            name,
            at,
            "gemeente-weert",
            IntakeCompleted(False),
            "0988",
            references=(dossier, lease),
        )


def _start(data: Path) -> float:
    """Seconds from the command to the first `ready`."""
    command = [sys.executable, "-m", "hub", "run", "--data", str(data)]
    command += ["--listen", "127.0.0.1:18399", "--clock", f"fixed:{format_instant(_NOW)}"]
    begun = time.monotonic()
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        with httpx.Client(base_url="http://127.0.0.1:18399", trust_env=False) as http:
            while not _is_ready(http):
                time.sleep(0.01)
        took = time.monotonic() - begun
        process.terminate()
    return took


def _is_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
