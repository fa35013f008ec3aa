"""How fast webhooks are delivered, and whether a receiver that never answers slows the others.

A hub without steps, on a SQLite file that is synced, delivers what eight parties were told to
receivers over TLS in a process of their own. Then the same with subscriptions beside it whose
receiver takes a connection and says nothing. The rounds take turns, and each is compared with
the one before it: what else goes on on the machine strikes both.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

import msgspec
import trustme
import uvloop

from hub.clocks import SystemClock
from hub.compose.delivering import until_of
from hub.delivery import shelf
from hub.delivery.deliverer import Deliverer
from hub.delivery.figures import Figures
from hub.delivery.line import Parts
from hub.delivery.orders import Consented, Order, Subscribe
from hub.delivery.outcome import Reason
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.shelf_sqlite import SqliteShelf
from hub.delivery.signatures import Keyring
from hub.delivery.way import Way
from hub.gateway import all_settings
from hub.guard import Guard
from hub.keys import Keys
from hub.reading import model
from hub.reading.model import Projection, Reading
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from hub.streams.sqlite.runtime import SqliteLog, SqliteOutbox
from hub.streams.sqlite.store import SqliteStore
from hub.wire.state import PartyOf

_PARTIES: Final = 8
_VIEW_BYTES: Final = 2_500
_DONE: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


def main(arguments: list[str]) -> None:
    """`python -m bench delivery [--revisions N] [--silent N] [--rounds N]`."""
    parser = argparse.ArgumentParser(prog="bench delivery", description=__doc__)
    parser.add_argument("--revisions", type=int, default=150, help="of each of eight parties")
    parser.add_argument("--silent", type=int, default=16, help="subscriptions that get no answer")
    parser.add_argument("--rounds", type=int, default=5, help="of each kind, in turns")
    asked = parser.parse_args(arguments)
    ca = trustme.CA()
    with receivers(ca) as ports:
        alone, beside = [], []
        uvloop.run(measured(ca, ports, asked.revisions // 3 or 1, 0))  # what is loaded once
        for _ in range(asked.rounds):
            alone.append(uvloop.run(measured(ca, ports, asked.revisions, 0)))
            beside.append(uvloop.run(measured(ca, ports, asked.revisions, asked.silent)))
    print(f"{_PARTIES} subscriptions                  {told(alone)}")
    print(f"the same, {asked.silent:>2} silent ones beside  {told(beside)}")
    ratios = sorted(one / other for one, other in zip(beside, alone, strict=True))
    spread = f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
    print(f"ratio of each pair of rounds     {median(ratios):.2f} {spread}")


def told(rates: Sequence[float]) -> str:
    return f"{median(rates):>6,.0f} webhooks/s ({min(rates):,.0f} to {max(rates):,.0f})"


async def measured(ca: trustme.CA, ports: tuple[int, int], revisions: int, silent: int) -> float:
    """Webhooks a second, of those that are answered."""
    with tempfile.TemporaryDirectory() as folder:
        async with hub_in(Path(folder), ca) as (parts, store):
            for number in range(_PARTIES):
                await tell(store, f"party-{number}", revisions)
                await subscribe(parts, f"sb-{number}", f"party-{number}", ports[0])
            for number in range(silent):
                await subscribe(parts, f"sb-silent-{number}", "party-0", ports[1])
            started = time.perf_counter()
            delivering = asyncio.create_task(Deliverer(parts, numbered_by="").run())
            heard = -1
            while parts.figures.attempts[Reason.DELIVERED] < _PARTIES * revisions:
                heard = await store.bell.heard("settings", heard)
            took = time.perf_counter() - started
            delivering.cancel()
            with suppress(asyncio.CancelledError):
                await delivering
    return _PARTIES * revisions / took


@asynccontextmanager
async def hub_in(folder: Path, ca: trustme.CA) -> AsyncIterator[tuple[Parts, SqliteStore]]:
    """What delivers, over a data directory."""
    clock, tls = SystemClock(), ssl.create_default_context()
    ca.configure_trust(tls)
    with SqliteStore.open(folder, clock) as store:
        await store.transact(model.prepare)
        await store.transact(all_settings.prepare)
        reading = Reading(store.database)
        yield (
            Parts(
                reading=reading,
                outbox=SqliteOutbox(store),
                bell=store.bell,
                shelf=SqliteShelf(store, Projection(PartyOf(lambda _source: None))),
                cipher=Keys(b"k" * 32).webhooks,
                way=Way("hub.example", Guard((ip_network("127.0.0.0/8"),)), tls),
                clock=clock,
                until=until_of(clock),
                chance=Random(1).random,
                figures=Figures(clock.now),
                parties={f"party-{number}" for number in range(_PARTIES)},
            ),
            store,
        )
        reading.close()


async def tell(store: SqliteStore, party: str, revisions: int) -> None:
    """The party was told so many revisions."""
    log = SqliteLog(store)
    view = {"status": "open", "rule": "rent-arrears", "severity": "high", "message": ""}
    view["message"] = "x" * (_VIEW_BYTES - len(msgspec.json.encode(view)))
    emits = [
        Emit(OUT + party, b"", msgspec.json.encode(view | {"alertId": f"al-{it}", "revision": 1}))
        for it in range(revisions)
    ]
    await log.append(OUT + party, emits)


async def subscribe(parts: Parts, id_: str, party: str, port: int) -> None:
    endpoint = f"https://127.0.0.1:{port}/hook"
    secrets = sealed(Secrets(Keyring(new_key("v1"))), id_, parts.cipher)
    await parts.shelf.commit({shelf.SECRETS + id_: secrets})
    made = Subscribe(party=party, endpoint=endpoint, after=0, numbered_by="", at=parts.clock.now())
    orders: list[Order] = [made, Consented(endpoint, None)]
    for order in orders:
        await parts.shelf.commit({shelf.order_key(id_): shelf.encode(order)})


# ---- Receivers, in a process of their own --------------------------------------------------------


class receivers:  # used like a function
    """The ports of one that answers and of one that does not."""

    def __init__(self, ca: trustme.CA) -> None:
        leaf = ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.bytes()
        self._ours, theirs = multiprocessing.Pipe()
        spawn = multiprocessing.get_context("spawn")
        self._process = spawn.Process(target=serve, args=(leaf, theirs), daemon=True)

    def __enter__(self) -> tuple[int, int]:
        self._process.start()
        ports: tuple[int, int] = self._ours.recv()
        return ports

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def serve(leaf: bytes, ports: Connection) -> None:
    uvloop.run(_serve(leaf, ports))


async def _serve(leaf: bytes, ports: Connection) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with tempfile.NamedTemporaryFile() as file:
        file.write(leaf)
        file.flush()
        tls.load_cert_chain(file.name)
    servers = [
        await asyncio.start_server(handler, "127.0.0.1", 0, ssl=tls)
        for handler in (_answers, _says_nothing)
    ]
    ports.send(tuple(it.sockets[0].getsockname()[1] for it in servers))
    await asyncio.Event().wait()


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
            await reader.readexactly(int(length))
            writer.write(_DONE)
    writer.close()


async def _says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        await reader.read()
    writer.close()
