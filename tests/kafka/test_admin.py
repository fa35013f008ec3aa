"""Topics on a real broker: made, set right, refused; and nothing where only looking was asked."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from hub.domain.parties import Parties, Party
from hub.errors import Misconfigured
from hub.streams.entries import FACTS
from hub.streams.kafka import admin
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.grants import GATEWAY, ROLES, WORKER, grants_of_role
from hub.streams.kafka.names import IN, Cleanup, Names, TopicPlan

PARTIES = Parties(
    [Party(id="maas", role="corporatie", urn="urn:nld:kvknr:90000001", gemeenten=frozenset())]
)


@pytest.fixture(scope="module")
def administrator(kafka: Connection) -> Administrator:
    return Administrator(kafka)


@pytest.fixture
def plans(kafka_names: Names) -> Sequence[TopicPlan]:
    return kafka_names.plans(PARTIES, 2)


@pytest.fixture
def made(administrator: Administrator, plans: Sequence[TopicPlan]) -> Sequence[TopicPlan]:
    admin.create(administrator, plans, 1)
    return plans


def test_what_is_missing_is_made_once(
    administrator: Administrator, plans: Sequence[TopicPlan]
) -> None:
    assert {it.what for it in admin.check(administrator, plans, 1)} == {"topic"}
    first = admin.create(administrator, plans, 1)
    assert [it.topic for it in first] == [plan.topic for plan in plans]
    assert admin.create(administrator, plans, 1) == []
    assert admin.check(administrator, plans, 1) == []


def test_a_dry_run_says_the_same_and_makes_nothing(
    administrator: Administrator, plans: Sequence[TopicPlan]
) -> None:
    told = admin.create(administrator, plans, 1, dry_run=True)
    assert administrator.topics([plan.topic for plan in plans]) == {}
    assert admin.create(administrator, plans, 1) == told


def test_settings_of_a_topic_that_a_broker_has_not_heard_of_are_asked_again(
    administrator: Administrator, plans: Sequence[TopicPlan]
) -> None:
    """As after it was made: what one broker knows another may not know yet."""
    topic = plans[0].topic
    later = threading.Timer(0.5, administrator.create, (topic, 1, 1, {}))
    later.start()
    assert list(administrator.settings([topic])) == [topic]
    later.join()


def test_a_setting_that_differs_is_told_and_set_right(
    administrator: Administrator, made: Sequence[TopicPlan], kafka_names: Names
) -> None:
    topic = kafka_names.topic(FACTS)
    administrator.change(topic, {"retention.ms": "60000", "compression.type": "zstd"})
    [found] = admin.check(administrator, made, 1)
    assert (found.topic, found.what, found.found) == (topic, "retention.ms", "60000")
    assert (found.wanted, found.do) == ("1209600000", "seintje topics create")
    [change] = admin.create(administrator, made, 1)
    assert (change.topic, change.what) == (topic, "retention.ms")
    assert admin.check(administrator, made, 1) == []
    # what Seintje has no opinion on is the operator's
    assert administrator.settings([topic])[topic]["compression.type"] == "zstd"


def test_another_number_of_partitions_is_refused_before_anything_is_done(
    administrator: Administrator, made: Sequence[TopicPlan], kafka_names: Names
) -> None:
    wider = [
        *kafka_names.plans(PARTIES, 3),
        TopicPlan(f"{kafka_names.prefix}.x", 1, Cleanup.DELETE),
    ]
    with pytest.raises(Misconfigured) as refused:
        admin.create(administrator, wider, 1)
    lines = refused.value.do.strip().splitlines()
    told = [line for line in lines if line.startswith(f"{kafka_names.topic(FACTS)}: ")]
    assert told[0].startswith(f"{kafka_names.topic(FACTS)}: partitions 2, wanted 3; ")
    assert "SEINTJE_KAFKA_PARTITIONS=2" in told[0]
    assert "state export" in told[0]
    assert "SEINTJE_KAFKA_PREFIX" in told[0]
    assert len(lines) == sum(plan.partitions == 3 for plan in wider)
    assert f"{kafka_names.prefix}.x" not in administrator.topics([plan.topic for plan in wider])
    assert {it.what for it in admin.check(administrator, wider, 1)} == {"partitions", "topic"}


def test_the_way_in_of_a_party_may_have_more_partitions_and_its_way_out_may_not(
    administrator: Administrator, kafka_names: Names
) -> None:
    wide = [TopicPlan(kafka_names.topic(it), 3, Cleanup.DELETE) for it in (IN + "maas", "out/maas")]
    admin.create(administrator, wide, 1)
    plans = kafka_names.plans(PARTIES, 2)
    partitions = [it for it in admin.check(administrator, plans, 1) if it.what == "partitions"]
    assert [it.topic for it in partitions] == [kafka_names.topic("out/maas")]
    assert "state import" in partitions[0].do


def test_a_role_starts_only_where_its_topics_are_there_with_their_partitions(
    administrator: Administrator, made: Sequence[TopicPlan], kafka_names: Names
) -> None:
    worker, gateway = (grants_of_role(kafka_names, it) for it in (WORKER, GATEWAY))
    administrator.change(kafka_names.topic(FACTS), {"retention.ms": "60000"})
    assert [it.what for it in admin.require(administrator, made, worker)] == ["retention.ms"]
    newcomer = TopicPlan(kafka_names.topic(IN + "peel"), 1, Cleanup.DELETE)
    with pytest.raises(Misconfigured, match=r"in\.peel: topic missing.*seintje topics create"):
        admin.require(administrator, [*made, newcomer], worker)
    admin.require(administrator, [*made, newcomer], gateway)  # which has nothing to do with it
    with pytest.raises(Misconfigured, match="partitions 2, wanted 3"):
        admin.require(administrator, kafka_names.plans(PARTIES, 3), gateway)


def test_too_few_copies_are_told_and_never_stop_who_writes(
    administrator: Administrator, made: Sequence[TopicPlan]
) -> None:
    found = admin.check(administrator, made, 3)
    assert {(it.what, it.found, it.wanted) for it in found} == {("replicas", "1", "3")}
    # with one copy, min.insync.replicas 2 would refuse every write
    assert admin.create(administrator, made, 3) == []


@pytest.mark.parametrize(
    ("wanted", "brokers", "copies"), [(None, 1, 1), (None, 2, 2), (None, 5, 3), (2, 3, 2)]
)
def test_there_are_as_many_copies_as_there_are_brokers_and_three_at_most(
    wanted: int | None, brokers: int, copies: int
) -> None:
    assert admin.replicas_of(wanted, brokers) == copies


def test_more_copies_than_brokers_are_refused() -> None:
    with pytest.raises(Misconfigured, match=r"SEINTJE_KAFKA_REPLICAS.*write 2"):
        admin.replicas_of(3, 2)


@pytest.mark.parametrize(("replicas", "in_sync"), [(1, "1"), (2, "1"), (3, "2"), (4, "2")])
def test_with_three_copies_two_must_have_what_counts_as_written(
    replicas: int, in_sync: str
) -> None:
    settings = admin.settings_of(TopicPlan("t", 1, Cleanup.DELETE), replicas)
    assert settings["min.insync.replicas"] == in_sync


@pytest.mark.parametrize("role", ROLES)
def test_brokers_without_an_authorizer_allow_every_role(
    administrator: Administrator, made: Sequence[TopicPlan], kafka_names: Names, role: str
) -> None:
    topics = [plan.topic for plan in made]
    assert admin.denied(administrator, grants_of_role(kafka_names, role), topics) == []


def test_brokers_without_an_authorizer_take_no_acls(
    administrator: Administrator, kafka_names: Names
) -> None:
    grants = grants_of_role(kafka_names, ROLES[0])
    with pytest.raises(Misconfigured, match=r"authorizer\.class\.name"):
        administrator.grant(grants, "User:{}".format)
