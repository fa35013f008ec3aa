"""kill -9 of `seintje run` at random moments while it delivers: every revision arrives, in order,
and what comes again is what was going on when it was killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final

import pytest
import trustme

from hub.clocks import SystemClock
from hub.delivery import shelf
from hub.delivery.orders import Consented, Subscribe
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.shelf import SECRETS, encode
from hub.delivery.shelf_sqlite import SqliteShelf
from hub.delivery.signatures import Keyring, Secret
from hub.gateway import all_settings
from hub.keys import Keys
from hub.reading import model
from hub.reading.model import Projection, Reading
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from hub.streams.sqlite.runtime import SqliteLog
from hub.streams.sqlite.store import SqliteStore
from hub.wire.state import PartyOf
from tests.delivery.hooks import OK, Got, Hook, Step, hook
from tests.delivery.proving import judged
from tests.delivery.subscribing import told

pytestmark = pytest.mark.slow

PARTY: Final = "corporatie-maas"
REVISIONS: Final = 300
ID: Final = "sb-1"


async def prepared(data: Path, endpoint: str) -> Secret:
    """A data directory in which everything was told already and waits to be delivered."""
    keys, clock = Keys.load_or_create(data / "seintje.key"), SystemClock()
    key = new_key("v1")
    assert isinstance(key, Secret)
    with SqliteStore.open(data, clock) as store:
        await store.claim_key(keys.fingerprint)
        await store.transact(model.prepare)
        await store.transact(all_settings.prepare)
        project = Projection(PartyOf(lambda _source: None))
        stream = OUT + PARTY
        emits = [Emit(stream, b"", told(at).value) for at in range(1, REVISIONS + 1)]
        await SqliteLog(store, project).append(stream, emits)
        keeps = SqliteShelf(store, project)
        await keeps.commit({SECRETS + ID: sealed(Secrets(Keyring(key)), ID, keys.webhooks)})
        made = Subscribe(party=PARTY, endpoint=endpoint, after=0, numbered_by="", at=clock.now())
        for order in (made, Consented(endpoint, None)):
            await keeps.commit({shelf.order_key(ID): encode(order)})
    return key


class Process:
    """`seintje run` on a data directory."""

    def __init__(self, data: Path, ca_file: str) -> None:
        self._command = [sys.executable, "-m", "hub", "run", "--data", str(data)]
        self._command += ["--listen", "127.0.0.1:0"]
        self._environ: Mapping[str, str] = os.environ | {
            "SEINTJE_ALLOWED_NETWORKS": "127.0.0.0/8",
            "SEINTJE_PUBLIC_URL": "https://hub.example/",
            "SSL_CERT_FILE": ca_file,
        }

    async def start(self) -> asyncio.subprocess.Process:
        null = asyncio.subprocess.DEVNULL
        return await asyncio.create_subprocess_exec(
            *self._command, env=self._environ, stdout=null, stderr=null
        )


async def killed(hub: Process, found: Hook, after: int) -> None:
    """Start it, and kill it when the receiver got so many more."""
    process = await hub.start()
    try:
        await found.came(len(found.got) + after)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


def check_history(found: Hook, kills: int) -> None:
    taken = [it.position for it in found.taken]
    assert list(dict.fromkeys(taken)) == list(range(1, REVISIONS + 1))
    # One at a time: whatever comes again is the one of which nobody heard that it was taken.
    assert all(later in (one, one + 1) for one, later in pairwise(taken))
    assert len(taken) <= REVISIONS + kills
    assert all(it.id == f"al-{it.position}_{it.position}" for it in found.got)


async def test_killed_while_it_delivers_it_loses_nothing_and_keeps_the_order(
    tmp_path: Path, kills: int, kill_seed: int
) -> None:
    ca, moments = trustme.CA(), Random(kill_seed)
    key: list[Secret] = []

    def answer(got: Got) -> Step:
        [own] = key
        assert judged(got.headers, got.body, own.text, SystemClock().now()) is None
        return OK

    with ca.cert_pem.tempfile() as ca_file:
        async with hook(ca, answer) as found:
            key.append(await prepared(tmp_path, found.url))
            hub = Process(tmp_path, ca_file)
            for _ in range(kills):
                left = REVISIONS - len(set(it.position for it in found.taken))
                await killed(hub, found, moments.randint(1, max(1, left // (kills + 1))))
            process = await hub.start()
            try:
                await found.took(lambda: found.taken[-1].position == REVISIONS)
            finally:
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0
    check_history(found, kills)
    with_reading = Reading(tmp_path / "seintje.db")
    kept = with_reading.ask(shelf.stored)[ID]
    with_reading.close()
    assert kept.subscription.cursor == REVISIONS
