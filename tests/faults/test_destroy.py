"""A hub that is killed at random moments, and whose directory is gone then: restored elsewhere from
its last backup and its journal, it goes on as if it had only been away.

Publishers send what they had no receipt of, receivers of webhooks and followers keep what they
have. Nothing that was accepted is missing, and nobody is told anything twice, or otherwise.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
import pytest
import trustme

from hub.client import Client, Policy
from hub.delivery import shelf
from hub.delivery.orders import Consented, Subscribe
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.shelf import SECRETS, encode
from hub.delivery.signatures import Keyring
from hub.domain.time import Instant
from hub.gateway import api_keys
from hub.keys import Keys
from hub.reading import settings
from hub.streams.sqlite.editing import transaction_in
from tests.backup.stage import Stage, copy_of, stage
from tests.cli.test_state import contents
from tests.delivery.hooks import Hook, hook
from tests.embedded.hubs import Event
from tests.faults.test_kill import PARTIES, differing, outcome, pieces, region, undisturbed

pytestmark = pytest.mark.slow

PATIENT: Final = Policy(attempts=None, first_pause=0.1, longest_pause=0.4, timeout=10)
RECEIVING: Final = ("gemeente-weert", "corporatie-maas")
FOLLOWING: Final = "begeleider-onderdak"

Heard = dict[tuple[str, int], Any]  # (alert, revision) → what was told


class Publisher(threading.Thread):
    """A party that publishes all of its events, a few at a time, however often the hub is away."""

    def __init__(self, hub: Stage, key: str, events: Sequence[Event], state: Path) -> None:
        super().__init__(daemon=True)
        self._args = (hub.url, key, state)
        self._events = events
        self.pending = len(events)

    def run(self) -> None:
        url, key, state = self._args
        with Client(url, key, state, PATIENT) as client:
            for number in range(0, len(self._events), 10):
                client.publish(*self._events[number : number + 10])
                self.pending = len(self._events) - number - 10


class Follower(threading.Thread):
    """A party that asks again and again for what changed after its cursor; it never asks anew."""

    def __init__(self, hub: Stage, key: str) -> None:
        super().__init__(daemon=True)
        self.heard: Heard = {}
        self.twice: list[tuple[str, int]] = []
        self._hub, self._cursor = hub, ""
        self._headers = {"authorization": f"Bearer {key}"}
        self.over = threading.Event()

    def run(self) -> None:
        with httpx.Client(base_url=self._hub.url, trust_env=False, timeout=10) as http:
            while not self.over.wait(0.02):
                with suppress(httpx.TransportError):
                    self._ask(http)

    def _ask(self, http: httpx.Client) -> None:
        query = {"order": "cursor", "limit": "20"}
        query |= {"cursor": self._cursor} if self._cursor else {}
        answer = http.get("/v1/alerts", params=query, headers=self._headers)
        if answer.status_code != httpx.codes.OK:
            return
        for view in answer.json()["alerts"]:
            name = (view["alertId"], view["revision"])
            if name in self.heard:
                self.twice.append(name)
            assert self.heard.setdefault(name, view) == view
        self._cursor = answer.json()["cursor"]


def subscribe(hub: Stage, urls: Mapping[str, str], now: Instant) -> None:
    """Each of these parties has a webhook for everything it is told."""
    keys = Keys.load(hub.key)
    with transaction_in(hub.data) as connection:
        for party, url in urls.items():
            id_ = f"sb-{party}"
            secret = sealed(Secrets(Keyring(new_key("v1"))), id_, keys.webhooks)
            settings.change(connection, SECRETS + id_, secret)
            made = Subscribe(party=party, endpoint=url, after=0, numbered_by="", at=now)
            for order in (made, Consented(url, None)):
                settings.change(connection, shelf.order_key(id_), encode(order))


def heard_by(receiver: Hook) -> Heard:
    """What a receiver took, by alert and revision; each of them has one content, and within an
    alert they came in order. What was on its way when the hub was killed comes once more, under
    the same id: that is how a receiver knows it."""
    heard: Heard = {}
    last: dict[str, int] = {}
    for got in receiver.taken:
        told = json.loads(got.body)["data"]
        name = (told["alertId"], told["revision"])
        assert heard.setdefault(name, told) == told, name
        assert got.id == f"{name[0]}_{name[1]}"
        assert name[1] in (last.get(name[0], 0), last.get(name[0], 0) + 1), name
        last[name[0]] = max(last.get(name[0], 0), name[1])
    return heard


def struck(hub: Stage, moments: Random, is_over: Callable[[], bool]) -> None:
    """Kill it at some moment, destroy its directory, restore it elsewhere, and start that."""
    strike = threading.Timer(moments.uniform(0.1, 1.5), hub.kill)
    strike.start()
    if moments.random() < 0.5 and not is_over():
        with suppress(AssertionError):  # killed meanwhile, or beside it: either is fine
            hub.backup()
    strike.join()
    hub.destroy_and_restore()
    if not hub.not_committed():
        was = contents(copy_of(hub.lost, hub.folder / f"looked-at-{hub.number}"))
        assert contents(hub.data) == was
    hub.start()


async def test_destroyed_at_any_moment_nothing_is_lost_and_nothing_told_twice(
    tmp_path: Path, kills: int, kill_seed: int
) -> None:
    found, now = region()
    # a client refuses to hand over an event twice with other content
    events = list({(it["source"], it["id"]): it for it in reversed(found)}.values())[::-1]
    moments, ca = Random(kill_seed), trustme.CA()
    by_party: dict[str, list[Event]] = {it: [] for it in PARTIES.by_id}
    for party, some in pieces(events):
        by_party[party] += some
    with ca.cert_pem.tempfile() as trusted:
        more = {
            "SSL_CERT_FILE": trusted,
            "SEINTJE_ALLOWED_NETWORKS": "127.0.0.0/8",
            "SEINTJE_PUBLIC_URL": "https://hub.example/",
        }
        async with hook(ca) as one, hook(ca) as other:
            receivers = dict(zip(RECEIVING, (one, other), strict=True))
            with stage(tmp_path, now, **more) as hub:
                await asyncio.to_thread(hub.start)
                with api_keys.editing(hub.data) as connection:
                    keys = {it: api_keys.create(connection, it, now).secret for it in by_party}
                subscribe(hub, {name: it.url for name, it in receivers.items()}, now)
                follower = Follower(hub, keys[FOLLOWING])
                publishers = [
                    Publisher(hub, keys[it], theirs, tmp_path / f"{it}.state")
                    for it, theirs in by_party.items()
                ]
                await asyncio.to_thread(in_the_journal, hub, keys)
                for thread in (*publishers, follower):
                    thread.start()
                for _ in range(max(2, kills // 3)):
                    await asyncio.to_thread(
                        struck, hub, moments, lambda: not any(it.is_alive() for it in publishers)
                    )
                for thread in publishers:
                    await asyncio.to_thread(thread.join, 120)
                    assert not thread.is_alive(), hub.said()
                current = await asyncio.to_thread(current_views, hub, keys)
                await until_told(current, receivers, follower)
                follower.over.set()
                await asyncio.to_thread(follower.join, 20)
                await asyncio.to_thread(hub.kill, 15)
    assert not follower.twice
    data = hub.data
    (data / "seintje.key").write_bytes(hub.key.read_bytes())
    (data / "seintje.key").chmod(0o600)
    disturbed = await asyncio.to_thread(outcome, data, now, {})
    rest = await asyncio.to_thread(undisturbed, tmp_path / "other", events, now)
    assert not differing(disturbed, rest)


def in_the_journal(hub: Stage, keys: Mapping[str, str]) -> None:
    """Until what a command of an operator wrote cannot be lost any more; the hub picks it up."""
    size = sum(it.stat().st_size for it in hub.backups.rglob("*.journal"))
    headers = {"authorization": f"Bearer {keys[FOLLOWING]}"}

    def is_in() -> bool:
        with httpx.Client(base_url=hub.url, trust_env=False, headers=headers) as http:
            assert http.get("/v1/alerts").status_code == httpx.codes.OK
        return sum(it.stat().st_size for it in hub.backups.rglob("*.journal")) > size

    hub.until(is_in)
    hub.until(lambda: list(hub.backups.glob("*.backup")))


def current_views(hub: Stage, keys: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What each party that is told by itself may read, once nothing changes any more."""
    found: dict[str, dict[str, Any]] = {}

    def is_still() -> bool:
        before = dict(found)
        for party in (*RECEIVING, FOLLOWING):
            found[party] = {}
            headers, cursor = {"authorization": f"Bearer {keys[party]}"}, ""
            while True:
                query = {"order": "cursor"} | ({"cursor": cursor} if cursor else {})
                answer = httpx.get(f"{hub.url}/v1/alerts", params=query, headers=headers)
                page = answer.json()
                found[party] |= {it["alertId"]: it for it in page["alerts"]}
                cursor = page["cursor"]
                if not page["alerts"]:
                    break
        return before == found

    hub.until(is_still)
    return found


async def until_told(
    current: Mapping[str, Mapping[str, Any]], receivers: Mapping[str, Hook], follower: Follower
) -> None:
    """The last that each was told is what it may read now."""
    for party, receiver in receivers.items():
        told = current[party]
        await receiver.took(lambda it=receiver, told=told: last_of(heard_by(it)) == told)  # type: ignore[misc]
    async with asyncio.timeout(60):
        while last_of(follower.heard) != current[FOLLOWING]:
            await asyncio.sleep(0.05)


def last_of(heard: Heard) -> dict[str, Any]:
    return {name: told for (name, _), told in sorted(heard.items(), key=lambda it: it[0])}
