"""`python -m bench [NAME] [OPTIONS]`: all measurements, or one, with the machine they ran on."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from pathlib import Path
from typing import Final

_NO_MEASUREMENTS: Final = frozenset({"__init__", "__main__", "serve"})


def main(arguments: list[str]) -> None:
    """Run what is asked for; without a name everything, each with its defaults."""
    files = Path(__file__).parent.glob("*.py")
    names = sorted({file.stem for file in files} - _NO_MEASUREMENTS)
    if arguments and arguments[0] not in names:
        raise SystemExit(f"python -m bench [{' | '.join(names)}] [OPTIONS]")
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}; load before: {os.getloadavg()[0]:.1f}"
    )
    for name in arguments[:1] or names:
        print(f"\n{name}")
        importlib.import_module(f"bench.{name}").main(arguments[1:])
    print(f"\nload after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
