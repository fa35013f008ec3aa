"""A hub in a process of its own, as `seintje run` starts it: `python -m bench.serve DIR [CLOCK]`.

It listens on a free port of this machine, writes that and an API key for each party as one JSON
object on stdout, and runs until SIGTERM.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from hub.compose.embedded import Hub, build
from hub.gateway import api_keys
from hub.settings import Listen, load
from hub.telemetry.logs import start_logs

_ROOT: Final = Path(__file__).resolve().parents[1]


class Served(Struct, frozen=True):
    """Where the hub is reached, and the key of each party."""

    port: int
    keys: dict[str, str]


def main(data: str, clock: str = "system") -> None:
    """Serve a hub on this data directory."""
    start_logs()
    settings = load({}, {"data": data, "listen": "127.0.0.1:0", "clock": clock})
    hub = build(settings)
    hub.run(lambda listen: print(msgspec.json.encode(_served(hub, listen)).decode(), flush=True))


def _served(hub: Hub, listen: Listen) -> Served:
    with api_keys.editing(hub.settings.data) as keys:
        made = {party: api_keys.create(keys, party, 0).secret for party in hub.parties.by_id}
    return Served(listen.port, made)


@contextmanager
def served(data: Path, clock: str = "system") -> Iterator[tuple[Served, subprocess.Popen[bytes]]]:
    """A hub in another process for as long as the block runs; stopped as an operator would."""
    command = [sys.executable, "-m", "bench.serve", str(data), clock]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=_ROOT) as process:
        assert process.stdout is not None
        try:
            yield msgspec.json.decode(process.stdout.readline(), type=Served), process
        finally:
            process.terminate()


if __name__ == "__main__":
    main(*sys.argv[1:])
