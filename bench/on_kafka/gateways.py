"""A gateway on Kafka as `seintje gateway` makes it, with an API key for each party, and parties
besides those of the example."""

from __future__ import annotations

import http.client
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from bench.on_kafka.progress import cpu_seconds
from bench.on_kafka.workers import ROOT, Hub
from hub.agreement_files import load
from hub.gateway import api_keys
from hub.gateway.api_keys_on_kafka import editing
from hub.shipped import shipped
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.names import Names

_READY_SECONDS: Final = 60.0
_MORE: Final = """
  - id: huurders-{n}
    name: Huurders {n} (voorbeeld)
    role: huurders
    kvk: "{kvk}"
    gemeenten: ["0988"]
    contact: seintje@huurders-{n}.example.nl
"""


class Gateway(Struct, frozen=True, eq=False):
    """A gateway that is ready: its process, where it listens, and the key of each party."""

    process: subprocess.Popen[bytes]
    port: int
    keys: dict[str, str]

    @property
    def rss_mb(self) -> float:
        """What it has in memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise SystemExit("the gateway has ended")

    @property
    def cpu_seconds(self) -> float:
        return cpu_seconds(self.process.pid)

    @property
    def waited_seconds(self) -> float:
        """For how long it could have run, and had no core."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(it.read_text().split()[1]) for it in tasks) / 1e9


def with_parties(folder: Path, count: int) -> Path:
    """The agreements that come with Seintje, with so many parties more."""
    agreements = folder / "agreements"
    shutil.copytree(shipped("agreements"), agreements)
    parties = agreements / "parties.yaml"
    head, mark, tail = parties.read_text("utf-8").partition("\n# When gemeenten merge")
    more = "".join(_MORE.format(n=n, kvk=90001000 + n) for n in range(count))
    parties.write_text(head + more + mark + tail, "utf-8")
    return agreements


@contextmanager
def gateway(hub: Hub, keys: dict[str, str]) -> Iterator[Gateway]:
    """A gateway for as long as the block runs, stopped as an operator would."""
    data = hub.folder / f"{hub.prefix}-reading"
    command = [sys.executable, "-m", "hub", "gateway", "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", "--json"],
        cwd=ROOT,
        env=hub.environ(),
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        told = msgspec.json.decode(process.stdout.readline(), type=dict[str, str])
        port = urlsplit(told["api"]).port
        assert port is not None
        wait_until_ready(port)
        yield Gateway(process, port, keys)
    finally:
        process.terminate()
        process.wait(60)


def keys_of(hub: Hub) -> dict[str, str]:
    """A new API key for each party."""
    parties = load(hub.agreements or shipped("agreements"))[1]
    with editing(Brokers(hub.connection, Names(hub.prefix))) as keys:
        return {it: api_keys.create(keys, it, 0).secret for it in parties.by_id}


def wait_until_ready(port: int) -> None:
    """Until what listens there, or will, says that it is ready."""
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with suppress(OSError):
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        connection.close()
        time.sleep(0.1)
    raise SystemExit("it does not get ready")
