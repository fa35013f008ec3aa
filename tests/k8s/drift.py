"""Where manifests and code say different things.

`Code` is what the code says, gathered from it; a test hands in one that says something else, and a
manifest that was changed, and sees that each is found. Every check is a function of both sides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeAlias

import typer
from msgspec import Struct

from deploy.k8s.generate import topics_and_users
from hub.cli.app import app
from hub.compose import connecting, deliver
from hub.errors import Misconfigured
from hub.gateway.app import OPEN
from hub.settings import PREFIX, Settings, load
from hub.streams.kafka.grants import ROLES, user_of
from hub.streams.kafka.names import Names
from hub.streams.kafka.pages import Pages
from hub.telemetry.catalogue import FAMILIES
from hub.telemetry.family import Role
from tests.k8s.building import Manifest, Manifests, called
from tests.k8s.workloads import Workload, workloads

_LISTENS: Final = {
    "run": "listen",
    "gateway": "listen",
    "worker": "worker_listen",
    "deliver": "deliver_listen",
}
_EVERYWHERE: Final = "0.0.0.0"
# Without these a role starts and does its work badly, or not where others look for it.
_NEEDED: Final[Mapping[str, Collection[str]]] = {
    "run": {"data", "listen", "key_file", "public_url"},
    "worker": {"worker_listen", "worker_url", "instance", "key_file", "kafka_brokers"},
    "gateway": {"data", "listen", "key_file", "kafka_brokers", "public_url"},
    "deliver": {"data", "deliver_listen", "key_file", "kafka_brokers", "public_url"},
    "prepare": {"kafka_brokers", "kafka_partitions", "kafka_replicas"},
    "backup": {"backups", "key_file"},
    "connect": set(),
}
_OF_OTHERS: Final = frozenset({"TMPDIR"})  # variables of the system, not settings of ours
_METRIC: Final = re.compile(r"(?<![\w:])seintje_\w+(?![\w:])")
_JOB: Final = re.compile(r'job="seintje-(\w+)"')


class Code(Struct, frozen=True, kw_only=True):
    """What the code says."""

    settings: frozenset[str]
    ports: Mapping[str, int]
    routes: Mapping[str, frozenset[str]]
    topics: Sequence[Manifest]
    users: Sequence[Manifest]
    series: Mapping[str, frozenset[Role]]
    commands: Callable[[Sequence[str]], str | None]
    user_of: Callable[[str], str]


Check: TypeAlias = Callable[[Manifests, Code], Iterator[str]]


def code() -> Code:
    """What it says now."""
    topics, users = topics_and_users()
    default, names = Settings(), Names(Settings().kafka_prefix)
    return Code(
        settings=frozenset(PREFIX + it.upper() for it in Settings.__struct_fields__),
        ports={role: getattr(default, field).port for role, field in _LISTENS.items()},
        routes={
            "run": frozenset(OPEN),
            "gateway": frozenset(OPEN),
            "worker": frozenset(Pages([], None).by_path),  # type: ignore[arg-type]  # only named
            "deliver": _paths(deliver.Delivering.pages(None)),  # type: ignore[arg-type]
            "connect": _paths(connecting._pages(_NoDoors(), None, None)),  # type: ignore[arg-type]
        },
        topics=topics,
        users=users,
        series={name: it.roles for it in FAMILIES.values() for name in it.series},
        commands=why_no_command,
        user_of=lambda role: user_of(names, role),
    )


class _NoDoors:
    doors = ()


def _paths(pages: Any) -> frozenset[str]:
    return frozenset(it.path for it in pages.routes)


def why_no_command(words: Sequence[str]) -> str | None:
    """Why `seintje` does not understand this line; None: it does. Nothing is run."""
    command = _tree()
    context, name, rest = None, "seintje", list(words)
    try:
        while hasattr(command, "resolve_command"):  # a group: Typer has a click of its own
            context = command.context_class(command, info_name=name, parent=context)
            name, command, rest = command.resolve_command(context, rest)
        command.make_context(name, rest, parent=context)
    except Exception as error:
        return getattr(error, "message", None) or str(error) or type(error).__name__
    return None


@cache
def _tree() -> Any:
    return typer.main.get_command(app(None))


# ---- The checks ----------------------------------------------------------------------------------


def settings_are_known(manifests: Manifests, told: Code) -> Iterator[str]:
    """Every variable is a setting, with a value that it can have, and none is missing."""
    for it in workloads(manifests):
        environ = it.environ
        for name in sorted(environ.keys() - told.settings - _OF_OTHERS):
            yield f"{it.name}: {name} is no setting"
        for field in sorted(_NEEDED[it.role]):
            if PREFIX + field.upper() not in environ:
                yield f"{it.name}: {PREFIX}{field.upper()} is missing"
        try:
            load({name: value for name, value in environ.items() if name in told.settings})
        except Misconfigured as error:
            yield f"{it.name}: {error.do.strip()}"


def ports_are_listened_on(manifests: Manifests, told: Code) -> Iterator[str]:
    """A pod listens on all its addresses, at the port that it names; Services lead there."""
    by_role = {}
    for it in workloads(manifests):
        if it.role not in told.ports:
            continue
        environ = {k: v for k, v in it.environ.items() if k in told.settings}
        listens = getattr(load(environ), _LISTENS[it.role])
        by_role[it.role] = listens.port
        if (listens.host, listens.port) != (_EVERYWHERE, it.ports.get("http")):
            yield f"{it.name}: listens on {listens}, and its port is {it.ports}"
        if listens.port != told.ports[it.role]:
            yield f"{it.name}: {listens.port}, where docs and code say {told.ports[it.role]}"
    yield from _policies_of(manifests, {*by_role.values()})


def _policies_of(manifests: Manifests, ports: Collection[int]) -> Iterator[str]:
    """What a policy opens between pods of Seintje is a port that one listens on."""
    for it in manifests:
        for rule in it["spec"].get("egress", ()) if it["kind"] == "NetworkPolicy" else ():
            within = [peer.get("podSelector", {}) for peer in rule.get("to", ())]
            if any(_is_ours(selector) for selector in within):
                yield from (
                    f"{called(it)}: {port['port']}"
                    for port in rule["ports"]
                    if port["port"] not in ports
                )


def _is_ours(selector: Mapping[str, Any]) -> bool:
    return "app.kubernetes.io/part-of" in selector.get("matchLabels", {})


def probes_are_answered(manifests: Manifests, told: Code) -> Iterator[str]:
    for it in workloads(manifests):
        for name in ("startupProbe", "livenessProbe", "readinessProbe"):
            probe = it.container.get(name)
            if probe is None:
                continue
            asked = probe["httpGet"]
            if asked["path"] not in told.routes[it.role]:
                yield f"{it.name}: nobody answers {asked['path']}"
            if asked["port"] not in it.ports:
                yield f"{it.name}: no port {asked['port']}"


def scrapes_are_answered(manifests: Manifests, told: Code) -> Iterator[str]:
    for manifest in manifests:
        if manifest["kind"] != "PodMonitor":
            continue
        [at] = manifest["spec"]["podMetricsEndpoints"]
        for it in workloads(manifests):
            if it.serves and (
                at["path"] not in told.routes[it.role]
                or at["port"] not in it.ports
                or not manifest["spec"]["selector"]["matchLabels"].items() <= it.labels.items()
            ):
                yield f"{it.name}: not found by {called(manifest)}"
            if it.serves and it.role not in set(Role):
                yield f"{it.name}: no role of the catalogue"


def commands_are_understood(manifests: Manifests, told: Code) -> Iterator[str]:
    for it in workloads(manifests):
        why = told.commands(it.args)
        if why is not None:
            yield f"{it.name}: seintje {' '.join(it.args)}: {why}"


def paths_are_mounted(manifests: Manifests, told: Code) -> Iterator[str]:
    """Every file and folder of a setting lies in a volume; data where it can be written."""
    for it in workloads(manifests):
        settings = load({k: v for k, v in it.environ.items() if k in told.settings})
        for field in Settings.__struct_fields__:
            value = getattr(settings, field)
            if isinstance(value, Path) and PREFIX + field.upper() in it.environ:
                writes = field == "data" or (field == "backups" and it.serves)
                yield from _mounted(it, value, is_written=writes)
        for value in it.args:
            if value.startswith("/"):
                yield from _mounted(it, Path(value), is_written=value == "/data")
        if "/tmp" not in it.mounts:
            yield f"{it.name}: nowhere to write what is temporary"


def _mounted(it: Workload, path: Path, *, is_written: bool) -> Iterator[str]:
    above = [str(path), *map(str, PurePosixPath(path).parents)]
    volume = next((it.mounts[place] for place in above if place in it.mounts), None)
    if volume is None:
        yield f"{it.name}: {path} lies in no volume"
    elif is_written == volume["readOnly"]:
        yield f"{it.name}: {path} is {'read only' if is_written else 'open to be written'}"


def kafka_is_as_the_code_plans(manifests: Manifests, told: Code) -> Iterator[str]:
    """Every topic and user, and nothing beside them."""
    for kind, wanted in (("KafkaTopic", told.topics), ("KafkaUser", told.users)):
        found = {it["metadata"]["name"]: it["spec"] for it in manifests if it["kind"] == kind}
        if not any(it["kind"] == "Kafka" for it in manifests):
            continue
        planned = {it["metadata"]["name"]: it["spec"] for it in wanted}
        for name in sorted(found.keys() | planned.keys()):
            if found.get(name) != planned.get(name):
                yield f"{kind}/{name}: run python -m deploy.k8s.generate"


def roles_log_in_as_themselves(manifests: Manifests, told: Code) -> Iterator[str]:
    """By the user, the password and the address that Strimzi makes."""
    kafkas = [it for it in manifests if it["kind"] == "Kafka"]
    for it in workloads(manifests) if kafkas else ():
        wanted = told.user_of(it.role if it.role in ROLES else ROLES[0])
        user = it.environ.get("SEINTJE_KAFKA_USER")
        if user is None:
            if it.role in {*ROLES, "prepare"}:
                yield f"{it.name}: no user"
            continue
        sources = it.mounts["/etc/seintje/kafka"]["projected"]["sources"]
        secrets = {source["secret"]["name"] for source in sources}
        [kafka] = kafkas
        cluster = kafka["metadata"]["name"]
        if user != wanted or secrets != {wanted, f"{cluster}-cluster-ca-cert"}:
            yield f"{it.name}: {user} with {sorted(secrets)}, not {wanted}"
        [listener] = kafka["spec"]["kafka"]["listeners"]
        brokers = f"{cluster}-kafka-bootstrap:{listener['port']}"
        if it.environ.get("SEINTJE_KAFKA_BROKERS") != brokers:
            yield f"{it.name}: the brokers are at {brokers}"


def figures_are_shown(manifests: Manifests, told: Code) -> Iterator[str]:
    """What is asked of Prometheus is in the catalogue, and shown by the role that is asked."""
    for manifest in manifests:
        for expression in _expressions(manifest):
            for name in _METRIC.findall(expression):
                if name not in told.series:
                    yield f"{called(manifest)}: {name} is not in the catalogue"
                for role in _JOB.findall(expression) if manifest["kind"] == "ScaledObject" else ():
                    if role not in told.series.get(name, ()):
                        yield f"{called(manifest)}: {name} is not shown by {role}"


def _expressions(manifest: Manifest) -> Iterator[str]:
    if manifest["kind"] == "PrometheusRule":
        for group in manifest["spec"]["groups"]:
            yield from (str(rule["expr"]) for rule in group["rules"])
    if manifest["kind"] == "ScaledObject":
        yield from (it["metadata"]["query"] for it in manifest["spec"]["triggers"])


def no_more_workers_than_partitions(manifests: Manifests, told: Code) -> Iterator[str]:
    [facts] = [it for it in told.topics if it["metadata"]["name"].endswith(".facts.v1")]
    for it in manifests:
        if it["kind"] == "ScaledObject":
            most = it["spec"]["maxReplicaCount"]
            if most > facts["spec"]["partitions"]:
                yield f"{called(it)}: {most} workers for {facts['spec']['partitions']} partitions"


CHECKS: Final[tuple[Check, ...]] = (
    settings_are_known,
    ports_are_listened_on,
    probes_are_answered,
    scrapes_are_answered,
    commands_are_understood,
    paths_are_mounted,
    kafka_is_as_the_code_plans,
    roles_log_in_as_themselves,
    figures_are_shown,
    no_more_workers_than_partitions,
)


def differences(manifests: Manifests, told: Code) -> list[str]:
    """Everything that one side says and the other does not."""
    return [found for check in CHECKS for found in check(manifests, told)]
