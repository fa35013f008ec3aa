"""`python -m tests.region`: play a region, print what came of it, exit 0 if all of it is right."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvloop

from hub.clocks import seconds
from hub.domain.time import Instant, format_instant
from hub.telemetry.logs import start_logs
from tests.region.checking import Check
from tests.region.life import Size
from tests.region.region import played


def main() -> int:
    usual = Size()
    parser = argparse.ArgumentParser(prog="python -m tests.region", description=__doc__)
    parser.add_argument("--households", type=int, default=usual.households)
    parser.add_argument("--months", type=int, default=usual.months)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a new folder that stays")
    given = parser.parse_args()
    start_logs(least=logging.WARNING)
    began = seconds()
    size = Size(given.households, given.months, given.seed)
    with (
        _folder(given.keep) as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        checks = runner.run(played(folder, size, _tell))
    print(table(checks))
    print(f"played in {seconds() - began:.0f} seconds")
    return 0 if all(check.is_right for check in checks) else 1


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir()
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="seintje-region-") as folder:
        yield Path(folder)


def table(checks: Sequence[Check]) -> str:
    """The checks, a line each, and below one that failed what was wrong."""
    wide = max(len(check.name) for check in checks)
    lines = [f"{'check':<{wide}}  {'compared':>8}  verdict"]
    for check in checks:
        lines.append(f"{check.name:<{wide}}  {check.compared:>8}  {_verdict(check)}")
        lines += [f"    {it}" for it in check.wrong]
    return "\n".join(lines)


def _verdict(check: Check) -> str:
    if check.wrong:
        return f"WRONG ({len(check.wrong)})"
    return "right" if check.compared else "nothing to compare"


def _tell(now: Instant, said: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{format_instant(now)[:10]}  {said} said  \r", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
