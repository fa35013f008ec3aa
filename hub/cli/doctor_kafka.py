"""What `seintje doctor` finds of Kafka: brokers, topics, rights, and the schema registry.

Each step needs the one before it: where no broker answers, nothing is said of topics. The last one
opens a transaction under an id of its own and closes it; everything else only reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from hub.cli.examining import Examined
from hub.cli.finding import Finding
from hub.cli.options import agreements_at

if TYPE_CHECKING:
    from hub.outbound import Answer
    from hub.settings import Settings
    from hub.streams.kafka.admin import Denied
    from hub.streams.kafka.administrator import Administrator
    from hub.streams.kafka.names import Names, TopicPlan

_KAFKA: Final = "kafka"
_TOPICS: Final = "topics"
_RIGHTS: Final = "rights"
_REGISTRY: Final = "registry"


def found_of_kafka(examined: Examined) -> Iterator[Finding]:
    """What there is to say of Kafka; nothing where no setting names a broker. Without a role: of
    the one that this user comes closest to."""
    settings, role = examined.settings, examined.role
    if settings.kafka_brokers is not None:
        yield from _connection(settings, role)
    if settings.registry_url is not None:
        yield from _registry(settings.registry_url, examined.seconds)


def _connection(settings: Settings, role: str | None) -> Iterator[Finding]:
    from hub.streams.kafka.administrator import Administrator
    from hub.streams.kafka.connection import connection_of
    from hub.streams.kafka.diagnosis import diagnose

    connection = connection_of(settings)
    findings = diagnose(connection)
    for it in findings:
        yield Finding(_KAFKA, f"{it.where}: {it.says}", it.do)
    if not findings:
        administrator = Administrator(connection)
        as_whom = connection.user or "anybody"
        told = f"{administrator.brokers} brokers answer {as_whom} on {connection.brokers}"
        yield Finding(_KAFKA, f"{told} ({settings.kafka_security})")
        yield from _topics_and_rights(settings, administrator, role)


def _topics_and_rights(
    settings: Settings, administrator: Administrator, role: str | None
) -> Iterator[Finding]:
    from hub.streams.kafka.names import Names

    names = Names(settings.kafka_prefix)
    plans = names.plans(agreements_at(settings.agreements, None)[1], settings.kafka_partitions)
    yield from _topics(settings, administrator, plans)
    yield from _rights(administrator, names, [plan.topic for plan in plans], role)


def _topics(
    settings: Settings, administrator: Administrator, plans: Sequence[TopicPlan]
) -> Iterator[Finding]:
    from hub.errors import Misconfigured
    from hub.streams.kafka.admin import RIGHTS, check, in_words, replicas_of

    try:
        copies = replicas_of(settings.kafka_replicas, administrator.brokers)
    except Misconfigured as error:
        yield Finding(_TOPICS, error.where, error.do)
        return
    # what this user may not look at is told below, with all else that it may not
    differences = [it for it in check(administrator, plans, copies) if it.what != RIGHTS]
    for it in differences:
        yield Finding(_TOPICS, in_words(it), it.do)
    if not differences:
        yield Finding(_TOPICS, f"{len(plans)} under {settings.kafka_prefix}, none differs")


def _rights(
    administrator: Administrator, names: Names, topics: Sequence[str], role: str | None
) -> Iterator[Finding]:
    from hub.streams.kafka.admin import denied
    from hub.streams.kafka.grants import ROLES, grants_of_role

    lacks: Mapping[str, Sequence[Denied]] = {
        it: denied(administrator, grants_of_role(names, it), topics)
        for it in ([role] if role else ROLES)
    }
    closest = min(lacks, key=lambda it: len(lacks[it]))
    for it in lacks[closest]:
        told = f"{it.resource.value} {it.name}: a {closest} needs {', '.join(it.operations)} here"
        do = "seintje topics acls --apply, as an administrator; or another SEINTJE_KAFKA_USER"
        yield Finding(_RIGHTS, told, do)
    if not lacks[closest]:
        enough = ", ".join(it for it in lacks if not lacks[it])
        yield Finding(_RIGHTS, f"enough for: {enough}")


def _registry(url: str, seconds: float) -> Iterator[Finding]:
    from hub.cli.asking import ask
    from hub.errors import Misconfigured, Unavailable

    where = f"SEINTJE_REGISTRY_URL: {url}"
    try:
        answer = ask("SEINTJE_REGISTRY_URL", url, "/subjects", seconds)
    except Unavailable:
        do = "start the registry, or correct the address"
        yield Finding(_REGISTRY, f"{where} does not answer", do)
        return
    except Misconfigured as error:
        yield Finding(_REGISTRY, f"{where} cannot be asked", error.do)
        return
    if answer.status != 200 or not _is_list(answer):
        do = "write the address of the Confluent API of the registry, as far as before /subjects"
        yield Finding(_REGISTRY, f"{where} answers {answer.status}, not as a registry", do)
        return
    yield Finding(_REGISTRY, f"{url} answers")


def _is_list(answer: Answer) -> bool:
    import msgspec

    try:
        return isinstance(msgspec.json.decode(answer.body), list)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
