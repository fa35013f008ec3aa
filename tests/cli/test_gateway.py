"""`seintje gateway` and what works with it: a process of its own on a real Kafka."""

import shutil
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec
import pytest

from hub.keys import Keys
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.building import parties
from tests.cli.terminal import seintje
from tests.cli.test_run import next_row, started
from tests.kafka.broker import free_ports
from tests.streams.world import CORPORATIE, GEMEENTE, event, quiet_household

pytestmark = pytest.mark.slow


class Hub(NamedTuple):
    """Its settings, and what it keeps in files."""

    environ: Mapping[str, str]
    folder: Path


@pytest.fixture
def hub(kafka: Connection, kafka_names: Names, tmp_path: Path) -> Hub:
    """A hub on Kafka that has its topics and its key."""
    key_file = tmp_path / "hub.key"
    Keys.load_or_create(key_file)
    environ = {
        "SEINTJE_KAFKA_BROKERS": kafka.brokers,
        "SEINTJE_KAFKA_PREFIX": kafka_names.prefix,
        "SEINTJE_KAFKA_PARTITIONS": "2",
        "SEINTJE_KEY_FILE": str(key_file),
    }
    assert seintje("topics", "create", **environ).code == 0
    return Hub(environ, tmp_path)


@pytest.fixture
def keys(hub: Hub) -> Path:
    """A file with a key of each party."""
    file = hub.folder / "keys.yaml"
    for party in parties().by_id:
        [made] = seintje("parties", "key", "create", party, **hub.environ).rows
        with file.open("a") as out:
            out.write(f"{party}: {made['key']}\n")
    return file


@pytest.fixture
def url(hub: Hub) -> Iterator[str]:
    """Where a gateway is that is ready."""
    words = ("gateway", "--data", hub.folder / "reading", "--listen", "127.0.0.1:0")
    with started(*words, **hub.environ) as process:
        told = next_row(process)
        assert told["kafka"] == hub.environ["SEINTJE_KAFKA_BROKERS"]
        url: str = told["api"].removesuffix("/v1")
        while httpx.get(f"{url}/readyz").status_code != 200:
            assert process.poll() is None
        yield url
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0


def test_a_file_is_sent_through_it_once(facts: Path, keys: Path, url: str, hub: Hub) -> None:
    # as two files, or it would go on where it was
    sent, again = (
        seintje("ingest", shutil.copy(facts, hub.folder / name), "--to", url, "--keys", keys)
        for name in ("once.jsonl", "again.jsonl")
    )
    assert sent.code == 0, sent.err
    assert again.rows[-1]["accepted"] == 0
    assert again.rows[-1]["duplicate"] == sent.rows[-1]["accepted"] > 0


@pytest.fixture
def worker(hub: Hub) -> Iterator[None]:
    """A worker that owns all partitions, or soon will."""
    [port] = free_ports(1)
    with started("worker", "--listen", f"127.0.0.1:{port}", **hub.environ):
        yield


def test_what_parties_were_told_can_be_looked_into(
    worker: None, keys: Path, url: str, hub: Hub
) -> None:
    file = hub.folder / "facts.jsonl"
    file.write_bytes(b"\n".join(map(msgspec.json.encode, quiet_household()[:3])))
    assert seintje("ingest", file, "--to", url, "--keys", keys).code == 0
    [secret] = [it for it in keys.read_text().splitlines() if it.startswith(GEMEENTE)]
    told = httpx.get(
        f"{url}/v1/alerts?wait=30",
        headers={"Authorization": f"Bearer {secret.partition(': ')[2]}"},
        timeout=60,
    ).json()["alerts"]
    ids = {it["alertId"] for it in told}
    assert ids
    listed = seintje("alerts", "list", "--party", GEMEENTE, **hub.environ).rows
    assert {it["alertId"] for it in listed} >= ids
    [shown] = seintje("alerts", "show", min(ids), "--party", GEMEENTE, **hub.environ).rows
    assert shown["alertId"] == min(ids)
    of_gateway = ("--data", hub.folder / "reading")
    assert {
        it["alertId"] for it in seintje("alerts", "list", *of_gateway, **hub.environ).rows
    } >= ids
    lease = "lease:corporatie-maas:L-1"
    disclosed = seintje("disclosures", "list", "--reference", lease, **hub.environ).rows
    assert {it["party"] for it in disclosed} >= {GEMEENTE}
    assert seintje("dead-letters", "list", **hub.environ).rows == []
    assert seintje("dead-letters", "show", "1", **hub.environ).code == 1


def test_what_was_answered_outlives_a_kill(keys: Path, hub: Hub) -> None:
    """And is known to a gateway that starts from nothing."""
    secret = next(it for it in keys.read_text().splitlines() if it.startswith(CORPORATIE))
    headers = {
        "Authorization": f"Bearer {secret.partition(': ')[2]}",
        "Content-Type": "application/cloudevents+json",
    }
    sent = [
        msgspec.json.encode(
            event("damage-repaired", f"r{letter}", "2024-02-01", cost=1, cause="wear")
        )
        for letter in "abcdefghijklmnopqrst"
    ]
    statuses = []
    for folder in ("one", "one", "other"):
        words = ("gateway", "--data", hub.folder / folder, "--listen", "127.0.0.1:0")
        with started(*words, **hub.environ) as process:
            api = next_row(process)["api"]
            while httpx.get(api.removesuffix("/v1") + "/readyz").status_code != 200:
                assert process.poll() is None
            answers = [httpx.post(f"{api}/events", content=it, headers=headers) for it in sent]
            process.kill()  # at once after the last answer
        statuses.append({it.json()["status"] for it in answers})
    assert statuses == [{"accepted"}, {"duplicate"}, {"duplicate"}]


def test_looking_where_no_kafka_answers_says_so() -> None:
    [port] = free_ports(1)
    ran = seintje("alerts", "list", SEINTJE_KAFKA_BROKERS=f"127.0.0.1:{port}")
    assert ran.code == 3
    assert "SEINTJE_KAFKA_BROKERS" in ran.err


def test_keys_are_kept_in_kafka(hub: Hub) -> None:
    [made] = seintje("parties", "key", "create", "corporatie-maas", **hub.environ).rows
    assert made["key"].startswith("sk_")
    [listed] = seintje("parties", "key", "list", **hub.environ).rows
    assert (listed["party"], listed["revokedAt"]) == ("corporatie-maas", None)
    words = ("parties", "key", "revoke", "corporatie-maas")
    assert seintje(*words, **hub.environ).code == 0
    assert seintje(*words, **hub.environ).code == 1
    [listed] = seintje("parties", "key", "list", "corporatie-maas", **hub.environ).rows
    assert listed["revokedAt"] is not None


def test_without_kafka_it_says_what_to_set(tmp_path: Path) -> None:
    ran = seintje("gateway", "--data", tmp_path)
    assert ran.code == 2
    assert "SEINTJE_KAFKA_BROKERS" in ran.err


def test_without_the_key_of_the_hub_it_says_what_to_set(hub: Hub) -> None:
    environ = {name: it for name, it in hub.environ.items() if name != "SEINTJE_KEY_FILE"}
    ran = seintje("gateway", "--data", hub.folder / "reading", **environ)
    assert ran.code == 2
    assert "SEINTJE_KEY_FILE" in ran.err
