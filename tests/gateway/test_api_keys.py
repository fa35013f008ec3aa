"""API keys over their life: two at once, the old one ends, and when each was last used."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import pytest

from hub.clocks import SystemClock
from hub.compose.identity import at_work
from hub.domain.time import DAY_MS, HOUR_MS
from hub.errors import Misconfigured, Unavailable
from hub.gateway import api_keys
from hub.gateway.identity.key_uses import KeyUses
from hub.keys import ApiKey
from hub.reading.settings import SETTINGS
from hub.streams.seam import Emit
from tests.gateway.desk import MAAS, WEERT, Desk, a_desk

NOW = 1_000 * DAY_MS


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        api_keys.prepare(made)
        yield made


def in_force(connection: sqlite3.Connection, key: ApiKey, now: int) -> bool:
    found = api_keys.find(connection, key.secret, now)
    if found is not None:
        assert found == (MAAS, key.digest)
    name = key.digest[:12]
    assert api_keys.is_in_force(connection, MAAS, name, now) is (found is not None)
    assert not api_keys.is_in_force(connection, WEERT, name, now)
    return found is not None


def test_a_third_key_is_refused_with_what_to_do(connection: sqlite3.Connection) -> None:
    old, new = (api_keys.grant(connection, MAAS, NOW) for _ in range(2))
    with pytest.raises(Misconfigured) as caught:
        api_keys.grant(connection, MAAS, NOW)
    told = str(caught.value)
    assert old.digest[:12] in told
    assert new.digest[:12] in told
    assert "seintje parties key revoke corporatie-maas NAME" in told
    assert old.secret not in told
    api_keys.grant(connection, WEERT, NOW)  # each party has its own
    assert api_keys.revoke(connection, MAAS, old.digest[:12], NOW) == 1
    api_keys.grant(connection, MAAS, NOW)


def test_of_a_key_that_is_replaced_the_end_is_known(connection: sqlite3.Connection) -> None:
    with pytest.raises(Misconfigured, match="seintje parties key create corporatie-maas"):
        api_keys.rotate(connection, MAAS, NOW, NOW)
    old = api_keys.grant(connection, MAAS, NOW)
    new = api_keys.rotate(connection, MAAS, NOW + 1, NOW + 7 * DAY_MS)
    assert in_force(connection, old, NOW + 7 * DAY_MS - 1)
    assert not in_force(connection, old, NOW + 7 * DAY_MS)
    assert in_force(connection, new, NOW + 7 * DAY_MS)
    with pytest.raises(Misconfigured, match="two keys in force"):
        api_keys.rotate(connection, MAAS, NOW + 2, NOW + 3)
    later = NOW + 8 * DAY_MS
    newest = api_keys.rotate(connection, MAAS, later, later)
    assert (in_force(connection, new, later), in_force(connection, newest, later)) == (False, True)


def test_a_key_that_is_to_end_can_be_revoked_before(connection: sqlite3.Connection) -> None:
    old = api_keys.grant(connection, MAAS, NOW)
    api_keys.rotate(connection, MAAS, NOW, NOW + DAY_MS)
    assert api_keys.revoke(connection, MAAS, old.digest[:12], NOW + 5) == 1
    assert not in_force(connection, old, NOW + 5)
    assert api_keys.revoke(connection, MAAS, old.digest[:12], NOW + 6) == 0
    ends = {it.name: it.revoked_at for it in api_keys.stored(connection, MAAS)}
    assert ends[old.digest[:12]] == NOW + 5


def test_keys_come_out_of_the_stream_as_they_went_in(connection: sqlite3.Connection) -> None:
    old = api_keys.grant(connection, MAAS, NOW)
    api_keys.rotate(connection, MAAS, NOW, NOW + DAY_MS)
    told = api_keys.as_settings(connection)
    uses = api_keys.uses_as_settings({old.digest: NOW})
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as other:
        api_keys.prepare(other)
        api_keys.put(other, [(it, 0, 0) for it in (*uses, *told)])
        api_keys.put(other, [(api_keys.uses_as_settings({old.digest: NOW - HOUR_MS})[0], 1, 0)])
        assert api_keys.every(other) == api_keys.every(connection)
        assert [it.used_at for it in api_keys.stored(other) if it.revoked_at] == [NOW]


def test_a_key_of_an_earlier_release_is_read(connection: sqlite3.Connection) -> None:
    value = b'{"party":"corporatie-maas","createdAt":5,"revokedAt":null}'
    api_keys.put(connection, [(Emit(SETTINGS, b"api-key/" + b"ab" * 32, value), 0, 0)])
    assert api_keys.stored(connection) == [api_keys.StoredKey("abababababab", MAAS, 5, None, None)]


def test_a_use_is_written_once_an_hour(connection: sqlite3.Connection) -> None:
    uses = KeyUses()
    uses.note("a", NOW + 1)
    uses.note("a", NOW + HOUR_MS - 1)
    due = uses.due()
    assert due == {"a": NOW}
    assert uses.due() == due  # until it was written
    uses.written(due)
    uses.note("a", NOW + 5)
    assert uses.due() == {}
    uses.note("a", NOW + HOUR_MS)
    uses.note("b", NOW)
    assert uses.due() == {"a": NOW + HOUR_MS, "b": NOW}


async def test_when_a_key_was_last_used_outlives_the_hub(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data") as desk:
        for _ in range(3):
            assert (await desk.get("/v1/alerts", MAAS)).status_code == 200
        with api_keys.editing(tmp_path / "data") as keys:
            assert {it.used_at for it in api_keys.stored(keys)} == {None}
    now = SystemClock().now()
    with api_keys.editing(tmp_path / "data") as keys:
        used = {it.party: it.used_at for it in api_keys.stored(keys)}
    assert used.pop(MAAS) in (now - now % HOUR_MS, now - now % HOUR_MS - HOUR_MS)
    assert set(used.values()) == {None}


async def test_a_use_that_cannot_be_written_waits(desk: Desk) -> None:
    written = list[object]()

    async def fail(_uses: object) -> None:
        raise Unavailable("full")

    async def write(uses: object) -> None:
        written.append(uses)

    identity = desk.hub.identity
    await desk.get("/v1/alerts", MAAS)
    async with at_work(identity, fail):
        pass
    assert identity.uses.due()
    async with at_work(identity, write):
        pass
    assert len(written) == 1
    assert not identity.uses.due()


async def test_a_key_that_ended_by_itself_is_refused(desk: Desk) -> None:
    now = SystemClock().now()
    create = partial(api_keys.create, party=MAAS, now=now)
    made = await desk.hub.store.transact(create)
    headers = {"Authorization": f"Bearer {made.secret}"}
    assert (await status(desk, headers)) == 200
    with api_keys.editing(desk.hub.settings.data) as keys:
        keys.execute("UPDATE api_key SET revoked_at = ? WHERE sha256 = ?", (now, made.digest))
    assert (await status(desk, headers)) == 401


async def status(desk: Desk, headers: dict[str, str]) -> int:
    answer: httpx.Response = await desk.call("GET", "/v1/alerts", None, headers=headers)
    return answer.status_code
