"""What is asked of the brokers by an administrator: topics, their settings, who may do what.

The edge to confluent-kafka: its errors become ours here, once. Decides nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Producer, TopicCollection
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from msgspec import Struct

from hub.errors import Misconfigured, SeintjeError, Unavailable
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.diagnosis import asked, diagnose, error_of
from hub.streams.kafka.grants import Grant, Resource

_PATIENCE_S: Final = 15.0
_COORDINATED_S: Final = 10.0
_MOMENT_S: Final = 0.05
_NOBODY_READS: Final = logging.Logger("librdkafka", logging.CRITICAL + 1)
_RESOURCES: Final = {
    Resource.TOPIC: ResourceType.TOPIC,
    Resource.GROUP: ResourceType.GROUP,
    Resource.TRANSACTIONAL_ID: ResourceType.TRANSACTIONAL_ID,
}
_DENIED: Final = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)

# a broker that has just come up first makes the topic in which it keeps groups
_NOT_YET: Final = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
    }
)


class Topic(Struct, frozen=True):
    """A topic as it is. `settings` None: this user may not see them."""

    partitions: int
    replicas: int
    allowed: frozenset[str]
    settings: Mapping[str, str] | None = None


class Administrator:
    """The brokers, as an administrator sees them. Made by asking them something: Misconfigured or
    Unavailable say why there was no answer."""

    def __init__(self, connection: Connection) -> None:
        self._user = connection.user
        # what is wrong is told by diagnose, not by librdkafka on stderr
        self._words = connection.for_admin() | {"error_cb": _ignore}
        try:
            self._client = AdminClient(self._words)
            answer = asked(self._words)
        except KafkaException as error:  # a file of certificates that is none
            raise error_of(diagnose(connection)) or self._told(error) from None
        if not answer.brokers:
            told = f"SEINTJE_KAFKA_BROKERS — {connection.brokers} did not answer at first"
            raise error_of(diagnose(connection)) or Unavailable(told, 1.0)
        self.brokers = len(answer.brokers)

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Return when it is ready: a broker learns a moment later what the controller decided."""
        until = time.monotonic() + _PATIENCE_S
        while not ready():
            if time.monotonic() > until:
                raise Unavailable("SEINTJE_KAFKA_BROKERS — changes take too long to arrive", 5.0)
            time.sleep(_MOMENT_S)

    def topics(self, names: Collection[str]) -> Mapping[str, Topic | None]:
        """The topics of these names that there are; None for one that this user may not see."""
        found: dict[str, Topic | None] = {}
        answers = self._client.describe_topics(
            TopicCollection(list(names)),
            include_authorized_operations=True,
            request_timeout=_PATIENCE_S,
        )
        for name, future in answers.items():
            try:
                found[name] = _topic(future.result())
            except KafkaException as error:
                code = _code(error)
                if code in _DENIED:
                    found[name] = None
                elif code != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise self._told(error) from None
        return found

    def settings(self, names: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        """The settings of topics by their names in Kafka, without those this user may not see. A
        broker that has not heard yet of a topic that was just made is asked again."""
        found: dict[str, Mapping[str, str]] = {}
        unknown = list(names)

        def know_all() -> bool:
            unknown[:] = self._ask_settings(unknown, found)
            return not unknown

        self.wait_until(know_all)
        return found

    def _ask_settings(self, names: list[str], found: dict[str, Mapping[str, str]]) -> list[str]:
        """Those that this broker does not know."""
        unknown: list[str] = []
        if not names:
            return unknown
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        answers = self._client.describe_configs(resources, request_timeout=_PATIENCE_S)
        for resource, future in answers.items():
            try:
                entries = future.result()
            except KafkaException as error:
                code = _code(error)
                if code == KafkaError.UNKNOWN_TOPIC_OR_PART:
                    unknown.append(resource.name)
                elif code not in _DENIED:
                    raise self._told(error) from None
                continue
            found[resource.name] = {name: str(entry.value) for name, entry in entries.items()}
        return unknown

    def create(
        self, topic: str, partitions: int, replicas: int, settings: Mapping[str, str]
    ) -> None:
        """Make a topic; one that somebody else has just made is as good."""
        new = NewTopic(
            topic,
            num_partitions=partitions,
            replication_factor=replicas,
            config=dict(settings),
        )
        [future] = self._client.create_topics([new], request_timeout=_PATIENCE_S).values()
        try:
            future.result()
        except KafkaException as error:
            if _code(error) != KafkaError.TOPIC_ALREADY_EXISTS:
                raise self._told(error) from None

    def change(self, topic: str, settings: Mapping[str, str]) -> None:
        """Give a topic these settings; others of it stay. Who looks afterwards sees them."""
        wanted = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in settings.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=wanted)
        answers = self._client.incremental_alter_configs([resource], request_timeout=_PATIENCE_S)
        with self._translated():
            [future] = answers.values()
            future.result()
        self.wait_until(lambda: settings.items() <= self.settings([topic]).get(topic, {}).items())

    def group_operations(self, groups: Collection[str]) -> Mapping[str, frozenset[str]]:
        """What this user may do with consumer groups, also with those that are not there yet."""
        found: dict[str, frozenset[str]] = {}

        def know_all() -> bool:
            self._ask_groups([it for it in groups if it not in found], found)
            return len(found) == len(groups)

        self.wait_until(know_all)
        return found

    def _ask_groups(self, groups: list[str], found: dict[str, frozenset[str]]) -> None:
        if not groups:
            return
        answers = self._client.describe_consumer_groups(
            groups, include_authorized_operations=True, request_timeout=_PATIENCE_S
        )
        for name, future in answers.items():
            try:
                found[name] = _operations(future.result().authorized_operations)
            except KafkaException as error:
                code = _code(error)
                if code in _DENIED:
                    found[name] = frozenset()
                elif code not in _NOT_YET:
                    raise self._told(error) from None

    def may_transact(self, transactional_id: str) -> bool:
        """Whether this user may have transactions under this id. Tried, for no question tells: it
        must be an id that nobody works under, or who does would be fenced."""
        words = self._words | {"transactional.id": transactional_id, "logger": _NOBODY_READS}
        try:
            Producer(words).init_transactions(_COORDINATED_S)
        except KafkaException as error:
            code = _code(error)
            if code == KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
                return False
            if code == KafkaError._TIMED_OUT:
                do = (
                    "it takes no transactions; it must not be more than there are brokers, and a "
                    "majority of them must be up"
                )
                where = "transaction.state.log.replication.factor"
                raise Misconfigured(where, do) from None
            raise self._told(error) from None
        return True

    def grant(self, grants: Sequence[Grant], called: Callable[[str], str]) -> None:
        """Allow all of this; what is allowed already stays so. `called`: how Kafka calls a user."""
        bindings = [it for grant in grants for it in _bindings(grant, called(grant.user))]
        with self._translated():
            answers = self._client.create_acls(bindings, request_timeout=_PATIENCE_S)
            for future in answers.values():
                future.result()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except KafkaException as error:
            raise self._told(error) from None

    def _told(self, error: KafkaException) -> SeintjeError:
        code = _code(error)
        if code in _DENIED:
            do = f"let an administrator do this: the brokers deny it to {self._user or 'anybody'}"
            return Misconfigured("SEINTJE_KAFKA_USER", do)
        if code == KafkaError.INVALID_REPLICATION_FACTOR:
            do = "write at most as many as there are brokers at work"
            return Misconfigured("SEINTJE_KAFKA_REPLICAS", do)
        if code == KafkaError.SECURITY_DISABLED:
            do = "the brokers let everybody do everything; give them this setting first"
            return Misconfigured("authorizer.class.name", do)
        if code == KafkaError.POLICY_VIOLATION:
            return Misconfigured("create.topic.policy.class.name", _text(error))
        return Unavailable(f"SEINTJE_KAFKA_BROKERS — {_text(error)}", 5.0)


def _topic(found: Any) -> Topic:
    replicas = min(len(it.replicas) for it in found.partitions)
    return Topic(len(found.partitions), replicas, _operations(found.authorized_operations))


def _operations(found: Iterable[AclOperation] | None) -> frozenset[str]:
    return frozenset(it.name for it in found or ())


def _bindings(grant: Grant, principal: str) -> Iterator[AclBinding]:
    pattern = ResourcePatternType.PREFIXED if grant.is_prefix else ResourcePatternType.LITERAL
    for name in grant.operations:
        yield AclBinding(
            _RESOURCES[grant.resource],
            grant.name,
            pattern,
            principal,
            "*",
            AclOperation[name],
            AclPermissionType.ALLOW,
        )


def _code(error: KafkaException) -> int:
    return error.args[0].code() if isinstance(error.args[0], KafkaError) else KafkaError._FAIL


def _text(error: KafkaException) -> str:
    told = error.args[0]
    return f"{told.name()}: {told.str()}" if isinstance(told, KafkaError) else str(error)


def _ignore(_error: KafkaError) -> None:
    pass
