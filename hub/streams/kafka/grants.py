"""Who may do what on the brokers: of each party and each role of the hub, as little as will do.

Pure: names in, grants out. What differs from the names of `hub.streams.kafka.names` is denied by
the brokers themselves, so a party cannot write as another, or read what another was told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from hub.domain.parties import Parties
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.held import HELD
from hub.streams.household_views import HOUSEHOLD_VIEWS
from hub.streams.kafka.names import (
    CORRELATE,
    DELIVER,
    IN,
    INTAKE,
    REDRIVE,
    REGION,
    SETTINGS,
    Names,
)
from hub.streams.loop import DEAD_LETTERS
from hub.streams.notices import OPS
from hub.streams.receipts import RECEIPTS
from hub.streams.revisions import DISCLOSURES, OUT

Operation: TypeAlias = Literal["READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS"]

WORKER: Final = "worker"
GATEWAY: Final = "gateway"
ROLES: Final = (WORKER, GATEWAY, DELIVER)
OPERATOR: Final = "operator"  # who types the commands
USERS: Final = (*ROLES, OPERATOR)
AS_NAMED: Final = "User:{id}"

_WRITES: Final[tuple[Operation, ...]] = ("WRITE", "DESCRIBE", "DESCRIBE_CONFIGS")
_READS: Final[tuple[Operation, ...]] = ("READ", "DESCRIBE", "DESCRIBE_CONFIGS")
_BOTH: Final[tuple[Operation, ...]] = ("READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS")


class Resource(Enum):
    """What something may be done with."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactional-id"


class Grant(Struct, frozen=True):
    """What one user may do with one thing, or with all whose name begins with `name`."""

    user: str
    resource: Resource
    name: str
    operations: tuple[Operation, ...]
    is_prefix: bool = False

    def covers(self, name: str) -> bool:
        return name.startswith(self.name) if self.is_prefix else name == self.name


def grants_of_parties(names: Names, parties: Parties) -> Sequence[Grant]:
    """What each party needs: its way in, its way out, and groups that begin with its id."""
    return [
        grant
        for party in sorted(parties.by_id)
        for grant in (
            Grant(party, Resource.TOPIC, names.topic(IN + party), ("WRITE", "DESCRIBE")),
            Grant(party, Resource.TOPIC, names.topic(OUT + party), ("READ", "DESCRIBE")),
            *_groups_of(party, parties.by_id),
        )
    ]


def _groups_of(party: str, everybody: Iterable[str]) -> Sequence[Grant]:
    """Groups that begin with the id of a party. Where another id does so too, a dot must follow:
    neither may touch the offsets of the other."""
    operations: tuple[Operation, ...] = ("READ", "DESCRIBE")
    if not any(other != party and other.startswith(party) for other in everybody):
        return [Grant(party, Resource.GROUP, party, operations, is_prefix=True)]
    return [
        Grant(party, Resource.GROUP, party, operations),
        Grant(party, Resource.GROUP, f"{party}.", operations, is_prefix=True),
    ]


def user_of(names: Names, role: str) -> str:
    """As whom a role of the hub speaks to the brokers, unless its operator decides otherwise."""
    return f"{names.prefix}-{role}"


def grants_of_role(names: Names, role: str) -> Sequence[Grant]:
    """What a role of the hub needs, or its operator."""
    by_role = {WORKER: _worker, GATEWAY: _gateway, DELIVER: _deliver, OPERATOR: _operator}
    return by_role[role](names)


def _worker(names: Names) -> Sequence[Grant]:
    user = user_of(names, WORKER)
    logs = [names.changelog(CORRELATE), names.changelog(REGION)]
    both = [*map(names.topic, (FACTS, REGION_FACTS)), *logs]
    told = map(names.topic, (RECEIPTS, HOUSEHOLD_VIEWS, DISCLOSURES, DEAD_LETTERS, OPS, HELD))
    return [
        Grant(user, Resource.TOPIC, names.topic(IN), _READS, is_prefix=True),
        Grant(user, Resource.TOPIC, names.topic(OUT), _WRITES, is_prefix=True),
        *(Grant(user, Resource.TOPIC, topic, _BOTH) for topic in both),
        *(Grant(user, Resource.TOPIC, topic, _WRITES) for topic in told),
        Grant(user, Resource.TOPIC, names.topic(SETTINGS), _BOTH),
        *_groups(names, user, (INTAKE, CORRELATE, REGION)),
        # none for intake: it may tell a fact twice, which correlation sees
        *(_transactions(names, user, it) for it in (CORRELATE, REGION)),
    ]


def _gateway(names: Names) -> Sequence[Grant]:
    user = user_of(names, GATEWAY)
    read = map(names.topic, (RECEIPTS, HOUSEHOLD_VIEWS, DEAD_LETTERS, OPS, HELD))
    # it appends to disclosures what was read
    both = map(names.topic, (FACTS, REGION_FACTS, SETTINGS, DISCLOSURES))
    return [
        *(Grant(user, Resource.TOPIC, topic, _BOTH) for topic in both),
        Grant(user, Resource.TOPIC, names.topic(OUT), _READS, is_prefix=True),
        *(Grant(user, Resource.TOPIC, topic, _READS) for topic in read),
        *_groups(names, user, (GATEWAY,)),
        _transactions(names, user, GATEWAY),
    ]


def _deliver(names: Names) -> Sequence[Grant]:
    user = user_of(names, DELIVER)
    return [
        Grant(user, Resource.TOPIC, names.topic(SETTINGS), _BOTH),
        Grant(user, Resource.TOPIC, names.topic(OUT), _READS, is_prefix=True),
        Grant(user, Resource.TOPIC, names.topic(DEAD_LETTERS), _WRITES),
        _transactions(names, user, DELIVER),
    ]


def _operator(names: Names) -> Sequence[Grant]:
    """To look, to change settings, and to put dead letters back where they came from."""
    user = user_of(names, OPERATOR)
    read = map(names.topic, (RECEIPTS, HOUSEHOLD_VIEWS, DISCLOSURES, DEAD_LETTERS, OPS, HELD))
    return [
        *(Grant(user, Resource.TOPIC, names.topic(it), _BOTH) for it in (FACTS, REGION_FACTS)),
        Grant(user, Resource.TOPIC, names.topic(SETTINGS), _BOTH),
        Grant(user, Resource.TOPIC, names.topic(IN), _BOTH, is_prefix=True),
        Grant(user, Resource.TOPIC, names.topic(OUT), _READS, is_prefix=True),
        *(Grant(user, Resource.TOPIC, topic, _READS) for topic in read),
        *_groups(names, user, (INTAKE, CORRELATE, REGION, REDRIVE)),
        _transactions(names, user, REDRIVE),
    ]


def _groups(names: Names, user: str, processors: Iterable[str]) -> Sequence[Grant]:
    operations: tuple[Operation, ...] = ("READ", "DESCRIBE")
    return [Grant(user, Resource.GROUP, names.group(it), operations) for it in processors]


def _transactions(names: Names, user: str, processor: str) -> Grant:
    begin = names.transactional_id(processor, 0).removesuffix("0")
    return Grant(user, Resource.TRANSACTIONAL_ID, begin, ("WRITE", "DESCRIBE"), is_prefix=True)


def lacking(
    grants: Iterable[Grant], resource: Resource, allowed: Mapping[str, frozenset[str]]
) -> Mapping[str, Sequence[Operation]]:
    """What these grants are for and is not allowed, by name; of names they say nothing about,
    nothing."""
    wanted: dict[str, list[Operation]] = {}
    for grant in grants:
        if grant.resource is not resource:
            continue
        for name in filter(grant.covers, allowed):
            missing = [it for it in grant.operations if it not in allowed[name]]
            wanted.setdefault(name, []).extend(missing)
    return {name: missing for name, missing in wanted.items() if missing}
