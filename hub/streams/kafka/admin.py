"""Topics as they must be: making them, and saying what differs.

`create` makes what is missing and changes settings that differ. It never touches how many
partitions a topic has: a key would move to another, away from its state. `check` reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from hub.errors import Misconfigured
from hub.streams.kafka.administrator import Administrator, Topic
from hub.streams.kafka.grants import Grant, Operation, Resource, lacking
from hub.streams.kafka.names import TopicPlan

TOPIC: Final = "topic"
PARTITIONS: Final = "partitions"
REPLICAS: Final = "replicas"
RIGHTS: Final = "rights"

_NEEDED: Final = frozenset({TOPIC, PARTITIONS, RIGHTS})
_MOST_REPLICAS: Final = 3
_CREATE: Final = "seintje topics create"
_IN_SYNC: Final = "min.insync.replicas"
_NOBODY: Final = "doctor"  # ends a transactional id that no shard has: those end in a number


class Difference(Struct, frozen=True):
    """Something about a topic that is not as it must be. `what` is one of the names above, or that
    of a setting of Kafka."""

    topic: str
    what: str
    found: str
    wanted: str
    do: str


class Change(Struct, frozen=True):
    """What `create` did, or would do."""

    topic: str
    what: str
    found: str
    wanted: str


def replicas_of(wanted: int | None, brokers: int) -> int:
    """How many copies there are to be of each topic."""
    if wanted is None:
        return min(_MOST_REPLICAS, brokers)
    if wanted > brokers:
        told = f"{wanted} copies need {wanted} brokers, and there are {brokers}; write {brokers}"
        raise Misconfigured("SEINTJE_KAFKA_REPLICAS", f"{told}, or add brokers")
    return wanted


def check(
    administrator: Administrator, plans: Iterable[TopicPlan], replicas: int
) -> Sequence[Difference]:
    """What differs between these plans and what there is."""
    by_topic = {plan.topic: plan for plan in plans}
    return list(_differences(by_topic, _found(administrator, by_topic), replicas))


def create(
    administrator: Administrator,
    plans: Iterable[TopicPlan],
    replicas: int,
    *,
    dry_run: bool = False,
) -> Sequence[Change]:
    """Make topics and settings as these plans say, and wait until the brokers say so too.

    Misconfigured, before anything is done, where a topic has a number of partitions that it cannot
    have.
    """
    by_topic = {plan.topic: plan for plan in plans}
    found = _found(administrator, by_topic)
    differences = list(_differences(by_topic, found, replicas))
    _refuse([it for it in differences if it.what in (PARTITIONS, RIGHTS)])
    changes = _to_do(differences)
    if changes and not dry_run:
        for plan in by_topic.values():
            _make(administrator, plan, replicas, [it for it in changes if it.topic == plan.topic])
        administrator.wait_until(
            lambda: not _to_do(check(administrator, by_topic.values(), replicas))
        )
    return [Change(it.topic, it.what, it.found, it.wanted) for it in changes]


def require(
    administrator: Administrator, plans: Iterable[TopicPlan], grants: Sequence[Grant]
) -> Sequence[Difference]:
    """For the start of a role with these grants: Misconfigured where one of its topics is missing,
    hidden from it, or has a number of partitions that it cannot have. With what else differs it
    can work; that is what this gives, to be told."""
    topics = [it for it in grants if it.resource is Resource.TOPIC]
    its = [plan for plan in plans if any(grant.covers(plan.topic) for grant in topics)]
    differences = check(administrator, its, replicas=1)
    _refuse([it for it in differences if it.what in _NEEDED])
    return [it for it in differences if it.what not in _NEEDED]


def _to_do(differences: Iterable[Difference]) -> Sequence[Difference]:
    """What `create` can do something about."""
    return [it for it in differences if it.what != REPLICAS]


def _make(
    administrator: Administrator, plan: TopicPlan, replicas: int, changes: Sequence[Difference]
) -> None:
    if any(it.what == TOPIC for it in changes):
        settings = settings_of(plan, replicas)
        administrator.create(plan.topic, plan.partitions, replicas, settings)
    elif changes:
        administrator.change(plan.topic, {it.what: it.wanted for it in changes})


def settings_of(plan: TopicPlan, replicas: int) -> Mapping[str, str]:
    """The settings of a topic with so many copies. With three, two must have a record before it
    counts as written, and one may be away; with fewer every broker would have to be up."""
    return {**plan.settings, _IN_SYNC: "2" if replicas >= _MOST_REPLICAS else "1"}


def _found(
    administrator: Administrator, plans: Mapping[str, TopicPlan]
) -> Mapping[str, Topic | None]:
    found = administrator.topics(plans)
    settings = administrator.settings(name for name, topic in found.items() if topic is not None)
    return {
        name: topic and Topic(topic.partitions, topic.replicas, topic.allowed, settings.get(name))
        for name, topic in found.items()
    }


def _differences(
    plans: Mapping[str, TopicPlan], found: Mapping[str, Topic | None], replicas: int
) -> Iterator[Difference]:
    for name, plan in plans.items():
        if name not in found:
            wanted = f"{plan.partitions} partitions, {replicas} replicas"
            yield Difference(name, TOPIC, "missing", wanted, _CREATE)
            continue
        topic = found[name]
        if topic is None or topic.settings is None:
            unseen = "DESCRIBE" if topic is None else "DESCRIBE_CONFIGS"
            do = "seintje topics acls --apply, or look as a user who may see it"
            yield Difference(name, RIGHTS, "not allowed to look", unseen, do)
        if topic is not None:
            yield from _differs(plan, topic, replicas)


def _differs(plan: TopicPlan, topic: Topic, replicas: int) -> Iterator[Difference]:
    fits = topic.partitions == plan.partitions
    if not fits and (plan.is_fixed or topic.partitions < plan.partitions):
        yield Difference(
            plan.topic, PARTITIONS, str(topic.partitions), str(plan.partitions), _do(plan, topic)
        )
    if topic.replicas < replicas:
        do = f"give it {replicas} replicas with kafka-reassign-partitions, then {_CREATE}"
        yield Difference(plan.topic, REPLICAS, str(topic.replicas), str(replicas), do)
    if topic.settings is None:
        return
    for name, wanted in settings_of(plan, topic.replicas).items():
        found = topic.settings.get(name, "")
        if _parts(found) != _parts(wanted):
            yield Difference(plan.topic, name, found, wanted, _CREATE)


def _parts(value: str) -> frozenset[str] | float:
    """What a setting says: 0.10 is 0.1, and `delete,compact` is `compact,delete`."""
    try:
        return float(value)
    except ValueError:
        return frozenset(it.strip() for it in value.split(","))


def _do(plan: TopicPlan, topic: Topic) -> str:
    if plan.partitions == 1:
        return (
            "it must have one: `seintje state export`, and `seintje state import` with another "
            "SEINTJE_KAFKA_PREFIX"
        )
    return (
        f"write SEINTJE_KAFKA_PARTITIONS={topic.partitions} if this is the number that the hub "
        "has; for another, `seintje state export`, and `seintje state import` with another "
        "SEINTJE_KAFKA_PREFIX"
    )


def in_words(it: Difference) -> str:
    """A difference without what to do about it."""
    return f"{it.topic}: {it.what} {it.found}, wanted {it.wanted}"


def _refuse(differences: Sequence[Difference]) -> None:
    """Misconfigured with a line for each of these, if there are any."""
    if not differences:
        return
    lines = [f"{it.topic}: {it.what} {it.found}, wanted {it.wanted}; {it.do}" for it in differences]
    raise Misconfigured("topics", "\n" + "\n".join(lines) if len(lines) > 1 else lines[0])


class Denied(Struct, frozen=True):
    """Something that a role needs and this user may not do."""

    resource: Resource
    name: str
    operations: tuple[Operation, ...]


def denied(
    administrator: Administrator, grants: Sequence[Grant], topics: Iterable[str]
) -> Sequence[Denied]:
    """What of these grants the user of this connection lacks."""
    found = administrator.topics(list(topics))
    groups = [it.name for it in grants if it.resource is Resource.GROUP]
    transactions = [it for it in grants if it.resource is Resource.TRANSACTIONAL_ID]
    allowed: Mapping[Resource, Mapping[str, frozenset[str]]] = {
        Resource.TOPIC: {
            name: frozenset() if topic is None else topic.allowed for name, topic in found.items()
        },
        Resource.GROUP: administrator.group_operations(groups),
    }
    lacks = [
        Denied(resource, name, tuple(missing))
        for resource, by_name in allowed.items()
        for name, missing in lacking(grants, resource, by_name).items()
    ]
    return lacks + [
        Denied(it.resource, it.name, it.operations)
        for it in transactions
        if not administrator.may_transact(f"{it.name}{_NOBODY}")
    ]
