"""Three nodes with passwords, ACLs and TLS: who may do what, and what a lost node costs."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.kafka.cluster import Access, Cluster
from tests.kafka.test_broker import producing, read, write

pytestmark = pytest.mark.slow


def make_topics(kafka: Connection, *topics: str) -> None:
    admin = AdminClient(kafka.for_admin())
    for made in admin.create_topics([NewTopic(it, 1, 3) for it in topics]).values():
        made.result(30)


def allow(access: Access, user: str, topic: str, *operations: AclOperation) -> None:
    admin = AdminClient(access.admin.for_admin())
    bindings = [
        AclBinding(
            ResourceType.TOPIC, topic, ResourcePatternType.LITERAL,
            f"User:{user}", "*", operation, AclPermissionType.ALLOW,
        )
        for operation in operations
    ]  # fmt: skip
    for done in admin.create_acls(bindings).values():
        done.result(30)


async def test_who_was_allowed_writes_and_reads_and_no_other_topic(
    cluster: Access, kafka_names: Names
) -> None:
    mine, other = f"{kafka_names.prefix}.mine", f"{kafka_names.prefix}.other"
    user = f"{kafka_names.prefix}-party"
    make_topics(cluster.admin, mine, other)
    party = cluster.add_user(user)
    allow(cluster, user, mine, AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE)
    await write(party, mine, b"1")
    assert await read(party, mine, 1) == [b"1"]
    with pytest.raises(TopicAuthorizationFailedError):
        await write(party, other, b"1")


async def test_a_wrong_password_does_not_get_in(cluster: Access) -> None:
    with pytest.raises(KafkaConnectionError):
        await write(cluster.of("admin", "wrong"), "any", b"1")


async def test_who_trusts_another_authority_does_not_connect(
    cluster: Access, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    elsewhere = Connection(
        cluster.brokers, "SASL_SSL", "admin", cluster.password, tmp_path / "other.pem"
    )
    with pytest.raises(KafkaConnectionError):
        await write(elsewhere, "any", b"1")


async def test_a_killed_leader_is_replaced_and_what_was_acknowledged_is_there(
    own_cluster: Cluster,
) -> None:
    kafka = own_cluster.access.admin
    make_topics(kafka, "a")
    async with producing(kafka) as producer:
        await producer.send_and_wait("a", b"before")
        killed = own_cluster.leader_of("a")
        killed.kill()
        await producer.send_and_wait("a", b"after")
    assert own_cluster.leader_of("a") is not killed
    killed.start()
    assert await read(kafka, "a", 2) == [b"before", b"after"]
