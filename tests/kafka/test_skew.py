"""What the brokers say of the time, on a real one."""

from __future__ import annotations

from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from hub.keys import Keys
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.grants import GATEWAY, user_of
from hub.streams.kafka.names import Names
from hub.streams.kafka.skew import Skew, skew_of_brokers
from hub.streams.notices import OPS
from tests.cli.terminal import seintje
from tests.kafka.broker import LOOPBACK, free_ports
from tests.kafka.cluster import Access


def settings(kafka: Connection, names: Names, tmp_path: Path) -> dict[str, str]:
    key_file = tmp_path / "hub.key"
    Keys.load_or_create(key_file)
    return {
        "SEINTJE_KEY_FILE": str(key_file),
        "SEINTJE_KAFKA_BROKERS": kafka.brokers,
        "SEINTJE_KAFKA_PREFIX": names.prefix,
        "SEINTJE_KAFKA_PARTITIONS": "2",
        "SEINTJE_LISTEN": f"{LOOPBACK}:0",
    }


def read(kafka: Connection, topic: str, *, committed: bool) -> list[bytes]:
    level = "read_committed" if committed else "read_uncommitted"
    words = {"group.id": "nobody", "isolation.level": level, "enable.partition.eof": True}
    consumer = Consumer(kafka.for_admin() | words)
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = []
    while (message := consumer.poll(30)) is not None and message.error() is None:
        found.append(message.value() or b"")
    consumer.close()
    return found


def test_a_broker_tells_its_time_and_nothing_is_there_afterwards(
    kafka: Connection, kafka_names: Names, tmp_path: Path
) -> None:
    environ = settings(kafka, kafka_names, tmp_path)
    assert seintje("topics", "create", **environ).code == 0
    ran = seintje("doctor", "--data", tmp_path / "none", "--check", "skew", **environ)
    [row] = ran.rows
    assert (ran.code, row["severity"]) == (0, "good")
    assert "brokers: its clock and ours agree" in row["says"]
    assert read(kafka, kafka_names.topic(OPS), committed=True) == []
    assert read(kafka, kafka_names.topic(OPS), committed=False) == [b""]  # it was tried


def test_brokers_without_topics_or_that_are_away_tell_nothing(
    kafka: Connection, kafka_names: Names
) -> None:
    assert skew_of_brokers(kafka, Names(f"{kafka_names.prefix}-none"), 5.0) is None
    away = Connection(f"{LOOPBACK}:{free_ports(1)[0]}", "PLAINTEXT")
    assert skew_of_brokers(away, kafka_names, 1.0) is None


@pytest.mark.slow
def test_who_may_only_look_learns_from_the_newest_record(
    cluster: Access, kafka_names: Names, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text(str(cluster.admin.password))
    operator = settings(cluster.admin, kafka_names, tmp_path) | {
        "SEINTJE_KAFKA_SECURITY": "sasl-ssl",
        "SEINTJE_KAFKA_CA": str(cluster.ca),
        "SEINTJE_KAFKA_USER": str(cluster.admin.user),
        "SEINTJE_KAFKA_PASSWORD_FILE": str(secret),
    }
    assert seintje("topics", "create", **operator).code == 0
    assert seintje("topics", "acls", "--apply", **operator).code == 0
    appended = skew_of_brokers(cluster.admin, kafka_names, 10.0)
    assert appended is not None
    assert (appended.how, abs(appended.ms) < 5000) == (Skew.APPENDED, True)
    gateway = cluster.add_user(user_of(kafka_names, GATEWAY))
    looked = skew_of_brokers(gateway, kafka_names, 10.0)
    assert looked is not None
    assert (looked.how, looked.ms < 0) == (Skew.NEWEST, True)
