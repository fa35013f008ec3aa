"""The same users and what they may do, as KafkaUsers of Strimzi: for who keeps them in a cluster.

The User Operator makes each user, with a password in a Secret of the same name, and its ACLs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.streams.kafka.grants import Grant, Operation, Resource

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


def kafka_users(grants: Sequence[Grant], cluster: str) -> Sequence[Mapping[str, Any]]:
    """A KafkaUser for each user of these grants, in the Kafka of this name."""
    users = dict.fromkeys(grant.user for grant in grants)
    return [
        {
            "apiVersion": "kafka.strimzi.io/v1",
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
