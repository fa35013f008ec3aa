"""Keeps what a release leaves on Kafka: the folder of the broker itself, stopped.

    python -m tests.upgrades.keep_kafka NAME [--code DIR]

beside what `keep` left under that name, whose facts it takes. A worker and a gateway of that day
run on a broker of the tests, get the facts over HTTP, and are stopped when all is correlated.
"""

from __future__ import annotations

import argparse
import io
import json
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import zstandard

from tests.kafka.broker import Broker, free_ports
from tests.upgrades.keep import KEPT, LAST, REPOSITORY, bare, run

PARTITIONS: Final = 2
PARTIES: Final = (
    "begeleider-onderdak", "corporatie-maas", "corporatie-peel", "gemeente-roermond",
    "gemeente-weert", "huurders-maas",
)  # fmt: skip
_SECONDS: Final = 120.0


def environment(broker: Broker, folder: Path, code: Path = REPOSITORY) -> dict[str, str]:
    """What each process of the hub is started with."""
    return bare(code) | {
        "SEINTJE_CLOCK": f"fixed:{LAST}",
        "SEINTJE_KAFKA_BROKERS": broker.connection.brokers,
        "SEINTJE_KAFKA_PARTITIONS": str(PARTITIONS),
        "SEINTJE_KAFKA_SESSION_SECONDS": "6",
        "SEINTJE_KEY_FILE": str(folder / "hub.key"),
    }


@contextmanager
def running(environment: Mapping[str, str], folder: Path, *words: str) -> Iterator[None]:
    """A role of the hub while the block runs; stopped as an operator stops it."""
    command = (sys.executable, "-m", "hub", *words)
    with (folder / f"{words[0]}.log").open("wb") as log:
        started = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(60)


def settled(ask: Callable[[], bytes]) -> bytes:
    """The answer when it is the same twice, and is not empty."""
    before, until = b"", time.monotonic() + _SECONDS
    while time.monotonic() < until:
        found = ask()
        if found and found == before:
            return found
        before = found
        time.sleep(1)
    raise SystemExit(f"nothing settled within {_SECONDS:.0f} s")


def keep(name: str, code: Path) -> None:
    """Run the release of `code` on a broker and keep the folder of the broker."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        broker = Broker(folder / "broker")
        broker.start()
        try:
            told = _worked(broker, folder, code, KEPT / name / "facts.jsonl.zst")
        finally:
            broker.stop()
        packed = _packed(folder / "broker" / "data", folder / "hub.key")
    (KEPT / name / "kafka.tar.zst").write_bytes(zstandard.compress(packed, 19))
    (KEPT / name / "told-on-kafka.jsonl.zst").write_bytes(zstandard.compress(told, 19))


def _worked(broker: Broker, folder: Path, code: Path, facts: Path) -> bytes:
    """What parties were told when all was correlated."""
    settings = environment(broker, folder, code)
    run(settings, folder, "keys", "create", "hub.key")
    run(settings, folder, "topics", "create")
    (folder / "facts.jsonl.zst").write_bytes(facts.read_bytes())
    worker, gateway = free_ports(2)
    at = f"127.0.0.1:{gateway}"
    with (
        running(settings, folder, "worker", "--listen", f"127.0.0.1:{worker}"),
        running(settings, folder, "gateway", "--data", "reading", "--listen", at),
    ):
        keys = {party: _key(settings, folder, party) for party in PARTIES}
        (folder / "keys.json").write_text(json.dumps(keys), "utf-8")
        words = ("facts.jsonl.zst", "--to", f"http://{at}", "--keys", "keys.json")
        run(settings, folder, "ingest", *words, "--patience", "60")
        return settled(lambda: told_by(settings, folder))


def told_by(settings: Mapping[str, str], folder: Path) -> bytes:
    """The list of alerts, one a line."""
    return run(settings, folder, "alerts", "list", "--limit", "10000", "--json")


def _key(settings: Mapping[str, str], folder: Path, party: str) -> str:
    [row] = run(settings, folder, "parties", "key", "create", party, "--json").splitlines()
    found: str = json.loads(row)["key"]
    return found


def _packed(data: Path, key: Path) -> bytes:
    """The folder of a broker, and the key of the hub, as a tar without times or owners. Indexes are
    made anew by a broker that misses them."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for file in (*sorted(it for it in data.rglob("*") if it.is_file()), key):
            if file.suffix in (".index", ".timeindex", ".lock"):
                continue
            about = tarfile.TarInfo(file.name if file == key else f"data/{file.relative_to(data)}")
            about.size, about.mode = file.stat().st_size, 0o600
            with file.open("rb") as content:
                tar.addfile(about, content)
    return packed.getvalue()


def main() -> None:
    asked = argparse.ArgumentParser(description="Keep what a release leaves on Kafka.")
    asked.add_argument("name")
    asked.add_argument("--code", type=Path, default=REPOSITORY)
    found = asked.parse_args()
    keep(found.name, found.code.absolute())


if __name__ == "__main__":
    main()
