"""Finding households by a reference, in the read model."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from hub.domain.facts import Reference
from hub.domain.parties import Parties
from hub.keys import Keys
from hub.reading import model
from hub.reading.households import Households
from tests.streams.world import AGREEMENTS, CORPORATIE, PARTIES

KEYS = Keys(b"0" * 32)
LEASE = Reference("lease", CORPORATIE, "L-1")


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    model.prepare(made)
    yield made
    made.close()


def test_what_was_said_before_a_herindeling_is_found(connection: sqlite3.Connection) -> None:
    name = KEYS.reference_key("0946", LEASE)
    row = (CORPORATIE, name, "hh-x")
    connection.execute("INSERT INTO read_household_name VALUES (?, ?, ?)", row)
    maas = PARTIES.by_id[CORPORATIE]
    became = Parties(PARTIES.by_id.values(), {"0946": "0988"})
    assert Households(AGREEMENTS, became, KEYS).lookup(connection, maas, LEASE) == ["hh-x"]
    assert Households(AGREEMENTS, PARTIES, KEYS).lookup(connection, maas, LEASE) == []


def test_a_reference_is_looked_up_where_the_party_is_only(connection: sqlite3.Connection) -> None:
    for gemeente in ("0988", "0344"):
        row = (CORPORATIE, KEYS.reference_key(gemeente, LEASE), f"hh-{gemeente}")
        connection.execute("INSERT INTO read_household_name VALUES (?, ?, ?)", row)
    households = Households(AGREEMENTS, PARTIES, KEYS)
    assert households.lookup(connection, PARTIES.by_id[CORPORATIE], LEASE) == ["hh-0988"]
    peel = PARTIES.by_id["corporatie-peel"]
    assert households.lookup(connection, peel, LEASE) == []
