"""Who may do what on the brokers: a party its own, a role what it works with, and nothing else."""

from collections.abc import Mapping, Sequence

import pytest

from hub.domain.parties import Parties, Party
from hub.streams.kafka.grants import (
    GATEWAY,
    ROLES,
    WORKER,
    Grant,
    Operation,
    Resource,
    grants_of_parties,
    grants_of_role,
    lacking,
)
from hub.streams.kafka.names import DELIVER, Names
from hub.streams.kafka.strimzi import kafka_users

NAMES = Names("seintje")


def parties(*ids: str) -> Parties:
    return Parties(
        Party(id=it, role="corporatie", urn=f"urn:nld:kvknr:9{n:07}", gemeenten=frozenset())
        for n, it in enumerate(ids)
    )


def allowed(grants: Sequence[Grant], user: str, resource: Resource, name: str) -> set[str]:
    """What all these grants together let a user do."""
    return {
        operation
        for grant in grants
        if grant.user == user and grant.resource is resource and grant.covers(name)
        for operation in grant.operations
    }


def test_a_party_writes_its_way_in_and_reads_its_way_out_and_nothing_else() -> None:
    both = parties("maas", "peel")
    grants = grants_of_parties(NAMES, both)
    topics = [plan.topic for plan in NAMES.plans(both, 4)]
    may = {it: allowed(grants, "maas", Resource.TOPIC, it) for it in topics}
    assert {name: it for name, it in may.items() if it} == {
        "seintje.in.maas": {"WRITE", "DESCRIBE"},
        "seintje.out.maas": {"READ", "DESCRIBE"},
    }
    groups = {"maas", "maas-console", "maas.console", "peel", "seintje.correlate"}
    reads = {it for it in groups if "READ" in allowed(grants, "maas", Resource.GROUP, it)}
    assert reads == {"maas", "maas-console", "maas.console"}


def test_a_party_whose_id_begins_another_keeps_out_of_its_groups() -> None:
    grants = grants_of_parties(NAMES, parties("maas", "maas-noord"))
    may = {
        it: bool(allowed(grants, "maas", Resource.GROUP, it))
        for it in ("maas", "maas.console", "maas-noord", "maas-noord-console")
    }
    assert may == {
        "maas": True, "maas.console": True, "maas-noord": False, "maas-noord-console": False,
    }  # fmt: skip


# What each role does with each kind of topic; none of this is left to what the grants happen to say
OF_ROLES: Mapping[str, Mapping[str, str]] = {
    WORKER: {
        "seintje.in.maas": "READ",
        "seintje.out.maas": "WRITE",
        "seintje.facts.v1": "READ WRITE",
        "seintje.region-facts.v1": "READ WRITE",
        "seintje.correlate-changelog.v1": "READ WRITE",
        "seintje.region-changelog.v1": "READ WRITE",
        "seintje.receipts.v1": "WRITE",
        "seintje.household-views.v1": "WRITE",
        "seintje.disclosures.v1": "WRITE",
        "seintje.dead-letters.v1": "WRITE",
        "seintje.ops.v1": "WRITE",
        "seintje.held.v1": "WRITE",
        "seintje.settings.v1": "READ WRITE",
    },
    GATEWAY: {
        "seintje.in.maas": "",
        "seintje.out.maas": "READ",
        "seintje.facts.v1": "READ WRITE",
        "seintje.region-facts.v1": "READ WRITE",
        "seintje.correlate-changelog.v1": "",
        "seintje.region-changelog.v1": "",
        "seintje.receipts.v1": "READ",
        "seintje.household-views.v1": "READ",
        "seintje.disclosures.v1": "READ WRITE",
        "seintje.dead-letters.v1": "READ",
        "seintje.ops.v1": "READ",
        "seintje.held.v1": "READ",
        "seintje.settings.v1": "READ WRITE",
    },
    DELIVER: {
        "seintje.in.maas": "",
        "seintje.out.maas": "READ",
        "seintje.facts.v1": "",
        "seintje.region-facts.v1": "",
        "seintje.correlate-changelog.v1": "",
        "seintje.region-changelog.v1": "",
        "seintje.receipts.v1": "",
        "seintje.household-views.v1": "",
        "seintje.disclosures.v1": "",
        "seintje.dead-letters.v1": "WRITE",
        "seintje.ops.v1": "",
        "seintje.held.v1": "",
        "seintje.settings.v1": "READ WRITE",
    },
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_with_each_topic_what_it_works_with(role: str) -> None:
    grants = grants_of_role(NAMES, role)
    found = {}
    for plan in NAMES.plans(parties("maas"), 4):
        may = allowed(grants, f"seintje-{role}", Resource.TOPIC, plan.topic)
        assert not may or {"DESCRIBE", "DESCRIBE_CONFIGS"} < may
        found[plan.topic] = " ".join(sorted(may & {"READ", "WRITE"}))
    assert found == OF_ROLES[role]


def test_a_worker_has_the_groups_and_transactions_of_its_shards() -> None:
    grants = grants_of_role(NAMES, WORKER)
    for processor in ("correlate", "region"):
        shard = NAMES.transactional_id(processor, 23)
        assert "WRITE" in allowed(grants, "seintje-worker", Resource.TRANSACTIONAL_ID, shard)
    for processor in ("intake", "correlate", "region"):
        group = NAMES.group(processor)
        assert "READ" in allowed(grants, "seintje-worker", Resource.GROUP, group)
    assert not allowed(grants, "seintje-worker", Resource.TRANSACTIONAL_ID, "seintje-gateway-0")


def test_what_is_lacking_is_told_by_name_and_names_without_a_grant_do_not_count() -> None:
    operations: tuple[Operation, ...] = ("READ", "DESCRIBE")
    grants = [
        Grant("w", Resource.TOPIC, "a.", operations, is_prefix=True),
        Grant("w", Resource.GROUP, "g", operations),
    ]
    may = {"a.1": frozenset({"READ", "DESCRIBE"}), "a.2": frozenset({"DESCRIBE"}), "b": frozenset()}
    assert lacking(grants, Resource.TOPIC, may) == {"a.2": ["READ"]}


def test_each_user_is_a_kafka_user_of_strimzi_with_all_its_acls() -> None:
    grants = [*grants_of_parties(NAMES, parties("maas")), *grants_of_role(NAMES, WORKER)]
    users = kafka_users(grants, "cluster")
    assert [it["metadata"]["name"] for it in users] == ["maas", "seintje-worker"]
    acls = users[0]["spec"]["authorization"]["acls"]
    assert acls == [
        {
            "resource": {"type": "topic", "name": "seintje.in.maas", "patternType": "literal"},
            "operations": ["Write", "Describe"],
        },
        {
            "resource": {"type": "topic", "name": "seintje.out.maas", "patternType": "literal"},
            "operations": ["Read", "Describe"],
        },
        {
            "resource": {"type": "group", "name": "maas", "patternType": "prefix"},
            "operations": ["Read", "Describe"],
        },
    ]
    assert sum(len(it["spec"]["authorization"]["acls"]) for it in users) == len(grants)
