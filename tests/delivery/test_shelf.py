"""Where subscriptions stand: written, asked for, sealed, and moved to another hub."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from hub.delivery import moving, shelf
from hub.delivery.orders import Consented, Order, Pause, Subscribe, folded
from hub.delivery.sealing import Secrets, new_key, opened, sealed
from hub.delivery.shelf import SECRETS, SUBSCRIPTION, encode
from hub.delivery.signatures import Keyring
from hub.delivery.subscription import Life
from hub.errors import Tampered
from hub.keys import Keys
from hub.reading import settings
from hub.streams.seam import Emit
from tests.delivery.subscribing import NOW

KEYS, OTHERS = Keys(b"k" * 32), Keys(b"o" * 32, b"k" * 32)
HERE = "https://one.example/in"
SUBSCRIBE = Subscribe(party="gemeente-weert", endpoint=HERE, after=7, numbered_by="", at=NOW)


@pytest.fixture
def table() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        settings.prepare(connection)
        yield connection


def order(table: sqlite3.Connection, id_: str, given: Order) -> None:
    settings.change(table, shelf.order_key(id_), encode(given))


def carry_out(table: sqlite3.Connection) -> None:
    """As who delivers does."""
    for id_, placed in shelf.open_orders(table).items():
        told = [(it.position, it.order) for it in placed]
        kept = folded(shelf.stored(table).get(id_), id_, told, lambda _party, _since: 0)
        value = None if kept is None else encode(kept)
        settings.change(table, SUBSCRIPTION + id_, value)
        for it in placed:
            settings.change(table, it.key, None)


def test_what_was_ordered_shows_before_and_after_it_was_carried_out(
    table: sqlite3.Connection,
) -> None:
    order(table, "sb-1", SUBSCRIBE)
    order(table, "sb-1", Consented(HERE, None))
    before = shelf.find(table, "sb-1")
    assert before is not None
    assert before.subscription.life is Life.ACTIVE
    carry_out(table)
    assert not shelf.open_orders(table)
    assert shelf.find(table, "sb-1") == before
    order(table, "sb-1", Pause())  # its position is after all that were, though those are gone
    paused = shelf.find(table, "sb-1")
    assert paused is not None
    assert paused.subscription.life is Life.PAUSED


def test_what_others_wrote_earlier_and_comes_later_does_not_count(
    table: sqlite3.Connection,
) -> None:
    key = f"{SUBSCRIPTION}sb-1"
    mine, theirs = Emit("settings", key.encode(), b"mine"), Emit("settings", key.encode(), b"old")
    settings.put(table, [(mine, 10, NOW)], shelf.KINDS)
    settings.put(table, [(theirs, 8, NOW), (mine, 10, NOW)], shelf.KINDS)
    assert settings.find(table, key) == b"mine"
    gone = Emit("settings", key.encode(), None)
    settings.put(table, [(gone, 9, NOW)], shelf.KINDS)
    assert settings.find(table, key) == b"mine"
    settings.put(table, [(gone, 11, NOW)], shelf.KINDS)
    assert settings.find(table, key) is None


def test_settings_of_other_kinds_are_not_kept(table: sqlite3.Connection) -> None:
    settings.put(table, [(Emit("settings", b"api-key/a", b"{}"), 1, NOW)], shelf.KINDS)
    assert settings.beginning_with(table, "") == []


@pytest.mark.parametrize("kind", ["v1", "v1a"])
def test_secrets_open_under_their_own_id_and_key_only(kind: str) -> None:
    there = "https://auth.example/token"
    secrets = Secrets(Keyring(new_key(kind)), "geheim", there).rotated(new_key(kind), NOW)
    kept = sealed(secrets, "sb-1", KEYS.webhooks)
    found = opened(kept, "sb-1", KEYS.webhooks)
    assert found.keyring.former is not None
    assert secrets.keyring.former is not None
    assert found.keyring.current.text == secrets.keyring.current.text
    assert found.keyring.former.text == secrets.keyring.former.text
    assert (found.keyring.former_until, found.client_secret) == (NOW, "geheim")
    assert found.token_url == there
    for id_, keys in (("sb-2", KEYS), ("sb-1", OTHERS)):
        with pytest.raises(Tampered):
            opened(kept, id_, keys.webhooks)
    assert "geheim" not in repr(secrets)
    assert b"geheim" not in kept


def test_subscriptions_move_to_a_hub_with_a_successor_of_the_key(
    table: sqlite3.Connection,
) -> None:
    order(table, "sb-1", SUBSCRIBE)
    secrets = Secrets(Keyring(new_key("v1")))
    settings.change(table, SECRETS + "sb-1", sealed(secrets, "sb-1", KEYS.webhooks))
    carry_out(table)
    order(table, "sb-1", Consented(HERE, None))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as elsewhere:
        settings.prepare(elsewhere)
        for entry in moving.entries(table, KEYS, OTHERS):
            moving.restore(elsewhere, entry)
        here, there = shelf.find(table, "sb-1"), shelf.find(elsewhere, "sb-1")
        assert here is not None
        assert there is not None
        assert there.subscription == here.subscription
        assert there.subscription.life is Life.ACTIVE
        kept = shelf.find_secrets(elsewhere, "sb-1")
        assert kept is not None
        assert opened(kept, "sb-1", OTHERS.webhooks).keyring.current.text == (
            secrets.keyring.current.text
        )


def test_whoever_asks_while_orders_are_carried_out_finds_the_subscription(
    table: sqlite3.Connection,
) -> None:
    order(table, "sb-1", SUBSCRIBE)
    asked: list[str] = []
    table.set_trace_callback(lambda sql: asked.append(sql) if sql.startswith("SELECT") else None)
    assert shelf.find(table, "sb-1") is not None
    assert len(asked) == 1, "between two looks an order may go, and what it became not be seen yet"
