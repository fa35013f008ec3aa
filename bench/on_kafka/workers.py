"""Workers of a hub on Kafka, each a process as `seintje worker` makes it, and their topics."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from hub.keys import Keys
from hub.streams.kafka.connection import Connection
from tests.kafka.broker import free_ports

ROOT: Final = Path(__file__).resolve().parents[2]


class Sampled(Struct, frozen=True):
    """To be sampled: the file in which it writes what it did, and the most facts a transaction."""

    file: Path
    batch: int


class Hub(Struct, frozen=True):
    """A hub on a broker under a prefix of its own. `clock` as SEINTJE_CLOCK has it; `agreements` is
    a folder, None for those that come with Seintje."""

    connection: Connection
    prefix: str
    partitions: int
    clock: str
    folder: Path
    agreements: Path | None = None

    @property
    def key_file(self) -> Path:
        return self.folder / "key"

    @property
    def keys(self) -> Keys:
        return Keys.load_or_create(self.key_file)

    def environ(self) -> dict[str, str]:
        """The environment in which its processes run."""
        kept = {name: it for name, it in os.environ.items() if not name.startswith("SEINTJE_")}
        own = {} if self.agreements is None else {"SEINTJE_AGREEMENTS": str(self.agreements)}
        return (
            kept
            | own
            | {
                "SEINTJE_KAFKA_BROKERS": self.connection.brokers,
                "SEINTJE_KAFKA_PREFIX": self.prefix,
                "SEINTJE_KAFKA_PARTITIONS": str(self.partitions),
                "SEINTJE_KEY_FILE": str(self.key_file),
                "SEINTJE_CLOCK": self.clock,
            }
        )

    def create_topics(self) -> None:
        """As an operator does."""
        command = [sys.executable, "-m", "hub", "topics", "create"]
        subprocess.run(command, cwd=ROOT, env=self.environ(), check=True, stdout=subprocess.DEVNULL)

    @contextmanager
    def worker(self, sampled: Sampled | None = None) -> Iterator[Worker]:
        """A worker for as long as the block runs."""
        (port,) = free_ports(1)
        runs = ["hub"]
        if sampled is not None:
            runs = ["bench.on_kafka.sampling", str(sampled.file), str(sampled.batch)]
        command = [sys.executable, "-m", *runs, "worker", "--listen", f"127.0.0.1:{port}"]
        log = self.folder / f"{self.prefix}-{port}.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ(), stdout=subprocess.DEVNULL, stderr=said
            )
        try:
            yield Worker(process, log, f"http://127.0.0.1:{port}")
        except SystemExit:
            print(log.read_text("utf-8", "replace")[-3000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait(60)


class Worker(Struct, frozen=True, eq=False):
    """A worker that was started, what it logs, and where its pages are."""

    process: subprocess.Popen[bytes]
    log: Path
    address: str

    def restored(self, processor: str) -> int:
        """How many partitions of a processor it has restored so far."""
        return sum(
            line["event"] == "restored" and line["shard"].startswith(processor)
            for line in map(json.loads, self.log.read_text("utf-8").splitlines())
        )
