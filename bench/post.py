"""How many facts a hub takes in over HTTP, each on the disk when it is answered.

A simulated region is sent over loopback to a hub in a process of its own, in batches of 100 and one
by one over connections that are kept open, while the hub correlates what it got. The floor is what
the disk allows in the same run: rows of that size, each in a transaction of its own, in a bare
SQLite with the same settings. Client and hub share the cores.
"""

from __future__ import annotations

import argparse
import http.client
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from bench.serve import Served, served
from hub.agreement_files import load
from hub.shipped import shipped
from hub.simulation import Region
from hub.wire import cloudevents

BATCH: Final = 100
_MONTHS: Final = 36
_NOW: Final = "from:2027-01-01T00:00:00Z"  # when all that is told has happened
_FLOOR_ROWS: Final = 2_000

Request: TypeAlias = tuple[str, bytes]  # the party that sends it, and the body


class Rate(NamedTuple):
    """What was measured."""

    what: str
    facts: int
    seconds: float

    def __str__(self) -> str:
        rate = self.facts / self.seconds
        return f"{self.what:<40} {rate:>7,.0f} facts/s, {self.facts:,} in {self.seconds:.2f} s"


def main(arguments: list[str]) -> None:
    """`python -m bench post [--batched N] [--single N]`."""
    parser = argparse.ArgumentParser(prog="bench post", description=__doc__)
    parser.add_argument("--batched", type=int, default=5_000, help="facts sent in batches")
    parser.add_argument("--single", type=int, default=1_000, help="facts sent one by one, each way")
    asked = parser.parse_args(arguments)
    feed = requests(asked.batched + 3_000 + 3 * asked.single)
    with tempfile.TemporaryDirectory() as folder:
        print(floor(Path(folder)))
        with served(Path(folder) / "data", _NOW) as (hub, _process):
            batches = list(batched(islice(feed, asked.batched)))
            print(timed(f"batches of {BATCH}, 1 connection", hub, batches, 1))
            print(until_correlated(hub))
            for connections in (1, 8):
                single = list(islice(feed, asked.single))
                print(timed(f"one by one, {connections} connection(s)", hub, single, connections))
                print(until_correlated(hub))
            single, beside = list(islice(feed, asked.single)), list(batched(islice(feed, 3_000)))
            with ThreadPoolExecutor(1) as pool:
                load_beside = pool.submit(send, hub, beside)
                print(timed("one by one, batches beside it", hub, single, 1))
                load_beside.result()


def requests(least: int) -> Iterator[Request]:
    """The facts of a region, at least so many, each with its party."""
    parties = load(shipped("agreements"))[1]
    for arrival in Region(least // 40 + 1, _MONTHS, 11).arrivals():
        event = cloudevents.decode(arrival.line)
        assert isinstance(event, cloudevents.Envelope)
        party = parties.find_by_source(event.source)
        assert party is not None
        yield party.id, arrival.line


def floor(folder: Path, size: int = 450) -> Rate:
    """Rows of `size` bytes, each in a transaction that is synced."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, value BLOB)")
    started = time.perf_counter()
    for _ in range(_FLOOR_ROWS):
        connection.execute("INSERT INTO row (value) VALUES (?)", (b"x" * size,))
    took = time.perf_counter() - started
    connection.close()
    return Rate(f"floor: {size} bytes a synced transaction", _FLOOR_ROWS, took)


def batched(feed: Iterable[Request]) -> Iterator[Request]:
    """Batches of one party each, for a party speaks for itself only; what is left over is left."""
    waiting: dict[str, list[bytes]] = {}
    for party, line in feed:
        lines = waiting.setdefault(party, [])
        lines.append(line)
        if len(lines) == BATCH:
            yield party, b"[" + b",".join(waiting.pop(party)) + b"]"


def timed(what: str, hub: Served, sent: Sequence[Request], connections: int) -> Rate:
    """How long all of it takes over that many connections."""
    facts = sum(BATCH if body.startswith(b"[") else 1 for _, body in sent)
    started = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        parts = [sent[start::connections] for start in range(connections)]
        for _ in pool.map(lambda part: send(hub, part), parts):
            pass
    return Rate(what, facts, time.perf_counter() - started)


def send(hub: Served, sent: Sequence[Request]) -> None:
    """Send them over one connection; every one must be kept."""
    connection = http.client.HTTPConnection("127.0.0.1", hub.port)
    for party, body in sent:
        media = "cloudevents-batch+json" if body.startswith(b"[") else "cloudevents+json"
        headers = {
            "Authorization": f"Bearer {hub.keys[party]}",
            "Content-Type": f"application/{media}",
        }
        connection.request("POST", "/v1/events", body, headers)
        response = connection.getresponse()
        answer = response.read()
        assert response.status == 202, answer
    connection.close()


def until_correlated(hub: Served) -> str:
    """How long it takes after the last answer until everything is correlated."""
    started = time.perf_counter()
    while oldest_unprocessed(hub):
        time.sleep(0.05)
    return f"    correlated {time.perf_counter() - started:.2f} s later"


def oldest_unprocessed(hub: Served) -> float:
    """In seconds, over all shards."""
    connection = http.client.HTTPConnection("127.0.0.1", hub.port)
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    connection.close()
    name = "seintje_oldest_unprocessed_seconds{"
    return max(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))
