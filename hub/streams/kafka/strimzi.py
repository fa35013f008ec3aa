"""The same topics, users and what they may do, as resources of Strimzi: for who keeps them in a
cluster.

The Topic Operator makes each topic and keeps it so; the User Operator makes each user, with a
password in a Secret of the same name, and its ACLs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.streams.kafka.admin import settings_of
from hub.streams.kafka.grants import Grant, Operation, Resource
from hub.streams.kafka.names import TopicPlan

_API: Final = "kafka.strimzi.io/v1"

_OPERATIONS: Final[Mapping[Operation, str]] = {
    "READ": "Read",
    "WRITE": "Write",
    "DESCRIBE": "Describe",
    "DESCRIBE_CONFIGS": "DescribeConfigs",
}
_RESOURCES: Final = {
    Resource.TOPIC: "topic",
    Resource.GROUP: "group",
    Resource.TRANSACTIONAL_ID: "transactionalId",
}


def kafka_topics(
    plans: Sequence[TopicPlan], replicas: int, cluster: str
) -> Sequence[Mapping[str, Any]]:
    """A KafkaTopic for each of these topics, in the Kafka of this name."""
    return [
        {
            "apiVersion": _API,
            "kind": "KafkaTopic",
            "metadata": {"name": plan.topic, "labels": {"strimzi.io/cluster": cluster}},
            "spec": {
                "partitions": plan.partitions,
                "replicas": replicas,
                "config": dict(settings_of(plan, replicas)),
            },
        }
        for plan in plans
    ]


def kafka_users(grants: Sequence[Grant], cluster: str) -> Sequence[Mapping[str, Any]]:
    """A KafkaUser for each user of these grants, in the Kafka of this name."""
    users = dict.fromkeys(grant.user for grant in grants)
    return [
        {
            "apiVersion": _API,
            "kind": "KafkaUser",
            "metadata": {"name": user, "labels": {"strimzi.io/cluster": cluster}},
            "spec": {
                "authentication": {"type": "scram-sha-512"},
                "authorization": {
                    "type": "simple",
                    "acls": [_acl(grant) for grant in grants if grant.user == user],
                },
            },
        }
        for user in users
    ]


def _acl(grant: Grant) -> Mapping[str, Any]:
    return {
        "resource": {
            "type": _RESOURCES[grant.resource],
            "name": grant.name,
            "patternType": "prefix" if grant.is_prefix else "literal",
        },
        "operations": [_OPERATIONS[it] for it in grant.operations],
    }
