"""ACLs and logins on three real nodes: what is granted is enough, and nothing more is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
import trustme
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from hub.compose.deliver import build as build_role
from hub.compose.gateway import fills_of, streams_of
from hub.delivery import shelf
from hub.delivery.orders import Subscribe
from hub.delivery.shelf_kafka import KafkaShelf
from hub.domain.parties import Parties, Party
from hub.errors import Misconfigured
from hub.keys import Keys
from hub.reading.follow import Follower
from hub.reading.followed import Followed
from hub.reading.settings import SETTINGS
from hub.reading.undressing import Undressing
from hub.settings import Settings
from hub.shipped import shipped
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.kafka import admin
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.diagnosis import Cause, diagnose
from hub.streams.kafka.grants import (
    GATEWAY,
    OPERATOR,
    USERS,
    WORKER,
    Resource,
    grants_of_parties,
    grants_of_role,
    user_of,
)
from hub.streams.kafka.names import DELIVER, IN, Names
from hub.streams.kafka.streams import KafkaLog, KafkaOutbox
from hub.streams.loop import DEAD_LETTERS
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from hub.wire.avro import Schemas
from tests.cli.terminal import seintje
from tests.kafka.cluster import Access

pytestmark = pytest.mark.slow


class Hub:
    """Topics and users of one hub on the cluster."""

    def __init__(self, access: Access, names: Names) -> None:
        self.access = access
        self.names = names
        # names of its own: users are shared by all tests
        self.maas, self.peel = (f"{names.prefix}-{it}" for it in ("maas", "peel"))
        self.parties = Parties(
            Party(id=it, role="corporatie", urn=f"urn:nld:kvknr:9{n:07}", gemeenten=frozenset())
            for n, it in enumerate((self.maas, self.peel))
        )
        self.administrator = Administrator(access.admin)
        self.plans = names.plans(self.parties, 2)
        self.topics = [plan.topic for plan in self.plans]
        admin.create(self.administrator, self.plans, 3)

    def grant(self) -> None:
        grants = [*grants_of_parties(self.names, self.parties)]
        grants += [it for role in USERS for it in grants_of_role(self.names, role)]
        self.administrator.grant(grants, "User:{}".format)

    def user(self, name: str) -> Connection:
        return self.access.add_user(name)

    def role(self, role: str) -> Connection:
        return self.access.add_user(user_of(self.names, role))


@pytest.fixture(scope="module")
def hub(cluster: Access, worker_id: str) -> Hub:
    """All granted that `seintje topics acls` would grant."""
    made = Hub(cluster, Names(f"{worker_id}-rights"))
    made.grant()
    return made


async def write(kafka: Connection, topic: str) -> None:
    async with AIOKafkaProducer(**kafka.for_aiokafka(), acks="all") as producer:
        await producer.send_and_wait(topic, b"fact", key=b"0957")


async def read(kafka: Connection, topic: str, group: str) -> bytes | None:
    consumer = AIOKafkaConsumer(
        topic, **kafka.for_aiokafka(), group_id=group, auto_offset_reset="earliest",
        enable_auto_commit=False, isolation_level="read_committed",
    )  # fmt: skip
    try:  # not `async with`: it leaves open what could not be started
        await consumer.start()
        found: bytes | None = (await consumer.getone()).value
        await consumer.commit()
        return found
    finally:
        await consumer.stop()


async def test_a_party_writes_and_reads_its_own_and_is_denied_all_else(hub: Hub) -> None:
    party, names = hub.user(hub.maas), hub.names
    await write(party, names.topic(IN + hub.maas))
    await write(hub.role(WORKER), names.topic(OUT + hub.maas))
    assert await read(party, names.topic(OUT + hub.maas), f"{hub.maas}-console") == b"fact"
    for stream in (IN + hub.peel, OUT + hub.maas, FACTS, "receipts", "settings"):
        with pytest.raises(TopicAuthorizationFailedError):
            await write(party, names.topic(stream))
    for stream in (OUT + hub.peel, IN + hub.maas, FACTS, "disclosures"):
        with pytest.raises(TopicAuthorizationFailedError):
            await read(party, names.topic(stream), f"{hub.maas}-console")
    for group in (f"{hub.peel}-console", names.group("correlate")):
        with pytest.raises(GroupAuthorizationFailedError):
            await read(party, names.topic(OUT + hub.maas), group)


async def test_a_worker_commits_what_it_read_changed_and_told_in_one_transaction(hub: Hub) -> None:
    kafka, names = hub.role(WORKER), hub.names
    await write(hub.role(GATEWAY), names.topic(FACTS))
    group = names.group("correlate")
    producer = AIOKafkaProducer(
        **kafka.for_aiokafka(), transactional_id=names.transactional_id("correlate", 0)
    )
    async with producer, producer.transaction():
        for topic in (names.changelog("correlate"), names.topic(OUT + hub.peel)):
            await producer.send(topic, b"view", key=b"al-1")
        offsets = {TopicPartition(names.topic(FACTS), 0): 1}
        await producer.send_offsets_to_transaction(offsets, group)
    peel = hub.user(hub.peel)
    assert await read(peel, names.topic(OUT + hub.peel), f"{hub.peel}.a") == b"view"


@pytest.mark.parametrize("role", USERS)
def test_what_a_role_is_granted_is_all_it_needs_and_it_may_look(hub: Hub, role: str) -> None:
    administrator = Administrator(hub.role(role))
    assert admin.denied(administrator, grants_of_role(hub.names, role), hub.topics) == []
    assert admin.require(administrator, hub.plans, grants_of_role(hub.names, role)) == []
    hidden = {it.topic for it in admin.check(administrator, hub.plans, 3)}
    may_see = {
        it for it in hub.topics if any(g.covers(it) for g in grants_of_role(hub.names, role))
    }
    assert hidden == set(hub.topics) - may_see


def test_what_a_user_lacks_is_told_by_topic_group_and_transactional_id(hub: Hub) -> None:
    nobody = Administrator(hub.user(f"{hub.names.prefix}-nobody"))
    grants = grants_of_role(hub.names, WORKER)
    with pytest.raises(Misconfigured, match=r"rights.*seintje topics acls --apply"):
        admin.require(nobody, hub.plans, grants)
    lacks = admin.denied(nobody, grants, hub.topics)
    assert {it.resource for it in lacks} == set(Resource)
    assert {it.name for it in lacks if it.resource is Resource.TOPIC} == set(hub.topics)
    assert {it.name for it in lacks if it.resource is Resource.TRANSACTIONAL_ID} == {
        it.name for it in grants if it.resource is Resource.TRANSACTIONAL_ID
    }


def test_who_may_make_no_topics_is_told_whose_work_that_is(hub: Hub) -> None:
    administrator = Administrator(hub.role(WORKER))
    with pytest.raises(Misconfigured, match="SEINTJE_KAFKA_USER: let an administrator"):
        administrator.create(f"{hub.names.prefix}.new", 1, 3, {})
    with pytest.raises(Misconfigured, match="DESCRIBE"):
        admin.create(administrator, Names(f"{hub.names.prefix}x").plans(hub.parties, 2), 3)


def test_with_three_nodes_there_are_three_copies_of_which_two_must_be_in_sync(hub: Hub) -> None:
    assert admin.replicas_of(None, hub.administrator.brokers) == 3
    topic = hub.names.topic(FACTS)
    found = hub.administrator.topics([topic])[topic]
    assert found is not None
    assert found.replicas == 3
    assert hub.administrator.settings([topic])[topic]["min.insync.replicas"] == "2"
    assert admin.check(hub.administrator, hub.plans, 3) == []


def test_a_password_that_is_wrong_is_told_from_a_broker_that_is_away(cluster: Access) -> None:
    for user in ("admin", "who-is-this"):
        [found] = diagnose(cluster.of(user, "wrong"))
        assert found.cause is Cause.AUTHENTICATION
        assert "SEINTJE_KAFKA_PASSWORD_FILE" in found.where
        assert user in found.says
        assert "wrong" not in found.says + found.do


def test_an_authority_that_signed_nothing_here_is_told(cluster: Access, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    found = diagnose(Connection(cluster.brokers, "SASL_SSL", "admin", cluster.password, other))
    assert {(it.cause, it.where) for it in found} == {(Cause.CERTIFICATE, "SEINTJE_KAFKA_CA")}


def test_a_listener_that_wants_a_user_hangs_up_on_who_brings_none(cluster: Access) -> None:
    [found] = diagnose(Connection(cluster.brokers, "SSL", ca=Path(cluster.ca)))
    assert (found.cause, found.where) == (Cause.LISTENER, "SEINTJE_KAFKA_SECURITY")


@pytest.fixture
def environ(cluster: Access, tmp_path: Path) -> Callable[[Connection, str], dict[str, str]]:
    """The settings with which somebody reaches the cluster."""
    key_file = tmp_path / "hub.key"
    Keys.load_or_create(key_file)

    def settings(user: Connection, prefix: str) -> dict[str, str]:
        password = tmp_path / f"{user.user}.password"
        password.write_text(f"{user.password}\n")
        return {
            "SEINTJE_KAFKA_BROKERS": cluster.brokers,
            "SEINTJE_KAFKA_SECURITY": "sasl-ssl",
            "SEINTJE_KAFKA_CA": cluster.ca,
            "SEINTJE_KAFKA_USER": str(user.user),
            "SEINTJE_KAFKA_PASSWORD_FILE": str(password),
            "SEINTJE_KAFKA_PREFIX": prefix,
            "SEINTJE_KAFKA_PARTITIONS": "2",
            "SEINTJE_LISTEN": "127.0.0.1:0",
            "SEINTJE_KEY_FILE": str(key_file),
        }

    return settings


def of_kafka(rows: Iterable[dict[str, object]]) -> list[tuple[object, object]]:
    checks = ("kafka", "topics", "rights")
    return [(row["check"], row["ok"]) for row in rows if row["check"] in checks]


def test_an_administrator_makes_all_and_then_the_doctor_of_a_worker_is_content(
    cluster: Access,
    kafka_names: Names,
    environ: Callable[[Connection, str], dict[str, str]],
    tmp_path: Path,
) -> None:
    prefix = kafka_names.prefix
    operator = environ(cluster.admin, prefix)
    worker = environ(cluster.add_user(user_of(kafka_names, WORKER)), prefix)
    assert seintje("topics", "create", **operator).code == 0
    doctor = ("doctor", "--data", tmp_path / "none", "--role", WORKER)
    before = seintje(*doctor, **worker)
    assert before.code == 1
    assert {row["check"] for row in before.rows if not row["ok"]} == {"rights"}
    applied = seintje("topics", "acls", "--apply", **operator)
    assert (applied.code, applied.err) == (0, "")
    after = seintje(*doctor, **worker)
    assert of_kafka(after.rows) == [("kafka", True), ("topics", True), ("rights", True)]
    assert after.code == 0
    assert seintje("topics", "check", **worker).code == 0
    wrong = worker | {"SEINTJE_KAFKA_PASSWORD_FILE": operator["SEINTJE_KAFKA_PASSWORD_FILE"]}
    refused = seintje("topics", "check", **wrong)
    assert (refused.code, "SEINTJE_KAFKA_PASSWORD_FILE" in refused.err) == (2, True)


def test_an_operator_makes_keys_and_does_what_there_is_to_do_about_letters(
    cluster: Access,
    kafka_names: Names,
    environ: Callable[[Connection, str], dict[str, str]],
) -> None:
    admins = environ(cluster.admin, kafka_names.prefix)
    ours = environ(cluster.add_user(user_of(kafka_names, OPERATOR)), kafka_names.prefix)
    for words in (("create",), ("acls", "--apply")):
        assert seintje("topics", *words, **admins).code == 0
    asyncio.run(_letter(Brokers(cluster.admin, kafka_names)))
    assert seintje("parties", "key", "create", "corporatie-maas", **ours).code == 0
    [letter] = seintje("dead-letters", "list", **ours).rows
    position = str(letter["position"])
    assert seintje("dead-letters", "redrive", position, "--dry-run", **ours).code == 0
    done = seintje("dead-letters", "dismiss", position, "--why", "test", **ours)
    assert (done.code, done.err) == (0, "")
    assert seintje("dead-letters", "list", "--state", "open", **ours).rows == []


async def _letter(brokers: Brokers) -> None:
    log = KafkaLog(brokers)
    await log.start()
    headers = {"reason": b"malformed", "stream": b"in/corporatie-maas", "position": b"1"}
    await log.append(DEAD_LETTERS, [Emit(DEAD_LETTERS, b"k", b"no fact", headers)])
    await log.close()


async def test_a_gateway_follows_and_appends_with_what_it_is_granted(
    cluster: Access, kafka_names: Names, tmp_path: Path
) -> None:
    hub = Hub(cluster, kafka_names)
    hub.grant()
    brokers = Brokers(hub.role(GATEWAY), hub.names)
    undressing = Undressing(Schemas.load(shipped("schemas/avro")), None)
    async with AsyncExitStack() as undo:
        log = KafkaLog(brokers)
        undo.push_async_callback(log.close)
        await log.start()
        for stream in (FACTS, REGION_FACTS, SETTINGS):
            await log.append(stream, [Emit(stream, b"0957", None)])
        followed = Followed.open(tmp_path, fills_of(hub.parties, undressing))
        undo.callback(followed.close)
        follower = Follower(brokers, streams_of(hub.parties), followed)
        async with asyncio.timeout(60):
            following = asyncio.ensure_future(follower.follow())
            there = asyncio.ensure_future(follower.caught_up.wait())
            await asyncio.wait({following, there}, return_when=asyncio.FIRST_COMPLETED)
        assert not following.done(), following.result()
        following.cancel()
        await asyncio.wait({following})


async def test_who_delivers_has_what_it_needs(
    cluster: Access, kafka_names: Names, tmp_path: Path
) -> None:
    hub = Hub(cluster, kafka_names)
    hub.grant()
    key_file = tmp_path / "hub.key"
    Keys.load_or_create(key_file)
    role = build_role(Settings(data=tmp_path / "deliver", key_file=key_file, kafka_brokers="a:1"))
    brokers = Brokers(hub.role(DELIVER), hub.names)
    role = msgspec.structs.replace(role, parties=hub.parties, brokers=brokers)
    order = Subscribe(party=hub.maas, endpoint="https://r.example/", after=0, numbered_by="", at=0)
    log = KafkaLog(Brokers(hub.role(GATEWAY), hub.names))
    await log.start()
    key = shelf.order_key("sb-1")
    await KafkaShelf(log).commit({key: shelf.encode(order)})
    delivering = asyncio.create_task(role.deliver())
    try:
        async with asyncio.timeout(60):
            while not await is_carried_out(hub, key):
                assert not delivering.done(), delivering.result()
    finally:
        delivering.cancel()
        await asyncio.wait([delivering])
        await log.close()


async def is_carried_out(hub: Hub, key: str) -> bool:
    outbox = KafkaOutbox(Brokers(hub.role(GATEWAY), hub.names))
    found = {it.key.decode(): it.value for it in await outbox.read(SETTINGS, None, 1000, 0.0)}
    return found[key] is None and found["subscription/sb-1"] is not None
