"""Manifests and code say the same, and a change of either side alone is noticed."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from deploy.k8s.generate import HERE, made
from hub.telemetry.family import Role
from tests.k8s import drift
from tests.k8s.building import OVERLAYS, built, named, of_kind
from tests.k8s.drift import Check, Code
from tests.k8s.workloads import template_of, workloads

Manifests = list[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("kubectl")


@pytest.fixture(scope="module")
def code() -> Code:
    return drift.code()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_manifests_and_code_say_the_same(overlay: str, code: Code) -> None:
    assert drift.differences(built(overlay), code) == []


def test_what_is_made_of_other_files_is_as_they_say() -> None:
    for place, text in made().items():
        assert (HERE / place).read_text("utf-8") == text, "run: python -m deploy.k8s.generate"


def test_every_secret_that_is_needed_is_in_the_manual() -> None:
    manual = (HERE / "README.md").read_text("utf-8")
    needed = {
        name
        for overlay in OVERLAYS
        for it in workloads(built(overlay))
        for volume in it.mounts.values()
        for name in secrets_of(volume)
    }
    assert {name for name in needed if f"`{name}`" not in manual} == set()


def secrets_of(volume: Any) -> list[str]:
    found = [volume["secret"]["secretName"]] if "secret" in volume else []
    sources = volume.get("projected", {}).get("sources", ())
    return found + [it["secret"]["name"] for it in sources if "secret" in it]


# ---- Seen to notice ------------------------------------------------------------------------------


def pod(manifests: Manifests, kind: str = "StatefulSet", name: str = "seintje-worker") -> Any:
    return template_of(named(manifests, kind, name))["spec"]


def container(manifests: Manifests, kind: str = "StatefulSet", name: str = "seintje-worker") -> Any:
    return pod(manifests, kind, name)["containers"][0]


def say(manifests: Manifests, name: str, value: str) -> None:
    [variable] = [it for it in container(manifests)["env"] if it["name"] == name]
    variable.update(value=value)


def setting(manifests: Manifests, name: str, value: str) -> None:
    [shared] = [
        it
        for it in of_kind(manifests, "ConfigMap")
        if it["metadata"]["name"].startswith("seintje-settings")
    ]
    shared["data"][name] = value


def topic(manifests: Manifests) -> dict[str, Any]:
    return named(manifests, "KafkaTopic", "seintje.facts.v1")


def scaled(manifests: Manifests) -> Any:
    return named(manifests, "ScaledObject", "seintje-worker")["spec"]


def user(manifests: Manifests) -> Any:
    return named(manifests, "KafkaUser", "seintje-gateway")["spec"]["authorization"]["acls"]


IN_THE_MANIFEST: list[tuple[Check, dict[str, Callable[[Manifests], object]]]] = [
    (
        drift.settings_are_known,
        {
            "a slip in a name": lambda all_: container(all_)["env"].append(
                {"name": "SEINTJE_KAFKA_BROKER", "value": "x:1"}
            ),
            "a value that it cannot have": lambda all_: setting(
                all_, "SEINTJE_KAFKA_SECURITY", "tls"
            ),
            "one that is missing": lambda all_: container(all_)["env"].pop(1),
            "no shared ones": lambda all_: container(all_).pop("envFrom"),
        },
    ),
    (
        drift.ports_are_listened_on,
        {
            "another port": lambda all_: say(all_, "SEINTJE_WORKER_LISTEN", "0.0.0.0:8311"),
            "this machine only": lambda all_: say(all_, "SEINTJE_WORKER_LISTEN", "127.0.0.1:8310"),
            "the port of the pod": lambda all_: container(all_)["ports"][0].update(
                containerPort=8300
            ),
            "a policy": lambda all_: named(all_, "NetworkPolicy", "to-workers")["spec"]["egress"][
                0
            ]["ports"][0].update(port=8311),
        },
    ),
    (
        drift.probes_are_answered,
        {
            "a path": lambda all_: container(all_)["livenessProbe"]["httpGet"].update(path="/live"),
            "a port": lambda all_: container(all_)["livenessProbe"]["httpGet"].update(port="https"),
        },
    ),
    (
        drift.scrapes_are_answered,
        {
            "a path": lambda all_: named(all_, "PodMonitor", "seintje")["spec"][
                "podMetricsEndpoints"
            ][0].update(path="/prometheus"),
            "a label": lambda all_: template_of(named(all_, "Deployment", "seintje-deliver"))[
                "metadata"
            ]["labels"].pop("app.kubernetes.io/part-of"),
        },
    ),
    (
        drift.commands_are_understood,
        {
            "a command": lambda all_: container(all_).update(args=["work"]),
            "an option": lambda all_: container(all_)["args"].append("--partitions=3"),
        },
    ),
    (
        drift.paths_are_mounted,
        {
            "a file": lambda all_: say(all_, "SEINTJE_KEY_FILE", "/etc/hub/seintje.key"),
            "the data of a gateway": lambda all_: [
                it.update(mountPath="/var/lib/seintje")
                for it in container(all_, "StatefulSet", "seintje-gateway")["volumeMounts"]
                if it["name"] == "data"
            ],
            "a secret that can be written": lambda all_: container(all_)["volumeMounts"][0].pop(
                "readOnly"
            ),
            "nothing temporary": lambda all_: container(all_)["volumeMounts"].pop(),
        },
    ),
    (
        drift.kafka_is_as_the_code_plans,
        {
            "a topic too few": lambda all_: all_.remove(topic(all_)),
            "partitions": lambda all_: topic(all_)["spec"].update(partitions=12),
            "how long it is kept": lambda all_: topic(all_)["spec"]["config"].update(
                {"retention.ms": "1"}
            ),
            "a right too many": lambda all_: user(all_).append(user(all_)[0]),
            "a user of nobody": lambda all_: all_.append(
                {"kind": "KafkaUser", "metadata": {"name": "x"}, "spec": {}}
            ),
        },
    ),
    (
        drift.roles_log_in_as_themselves,
        {
            "as somebody else": lambda all_: say(all_, "SEINTJE_KAFKA_USER", "seintje-gateway"),
            "other brokers": lambda all_: setting(all_, "SEINTJE_KAFKA_BROKERS", "kafka:9093"),
            "another listener": lambda all_: named(all_, "Kafka", "kafka")["spec"]["kafka"][
                "listeners"
            ][0].update(port=9094),
            "another password": lambda all_: pod(all_)["volumes"][1]["projected"]["sources"][0][
                "secret"
            ].update(name="seintje-gateway"),
        },
    ),
    (
        drift.figures_are_shown,
        {
            "a name": lambda all_: scaled(all_)["triggers"][0]["metadata"].update(
                query="max(seintje_lag_seconds)"
            ),
            "another role": lambda all_: scaled(all_)["triggers"][0]["metadata"].update(
                query='max(seintje_oldest_unprocessed_seconds{job="seintje-gateway"})'
            ),
            "a rule": lambda all_: all_.append(
                {
                    "kind": "PrometheusRule",
                    "metadata": {"name": "x"},
                    "spec": {"groups": [{"rules": [{"expr": "rate(seintje_facts[5m]) > 0"}]}]},
                }
            ),
        },
    ),
    (
        drift.no_more_workers_than_partitions,
        {"too many": lambda all_: scaled(all_).update(maxReplicaCount=25)},
    ),
]

IN_THE_CODE: list[tuple[Check, dict[str, Callable[[Code], Code]]]] = [
    (
        drift.settings_are_known,
        {"a setting": lambda it: replace(it, settings=it.settings - {"SEINTJE_WORKER_URL"})},
    ),
    (
        drift.ports_are_listened_on,
        {"a port": lambda it: replace(it, ports={**it.ports, "worker": 8311})},
    ),
    (
        drift.probes_are_answered,
        {
            "a page": lambda it: replace(
                it, routes={**it.routes, "worker": it.routes["worker"] - {"/readyz"}}
            )
        },
    ),
    (
        drift.scrapes_are_answered,
        {
            "a page": lambda it: replace(
                it, routes={**it.routes, "deliver": it.routes["deliver"] - {"/metrics"}}
            )
        },
    ),
    (
        drift.commands_are_understood,
        {"a command": lambda it: replace(it, commands=lambda words: f"no {words[0]}")},
    ),
    (
        drift.kafka_is_as_the_code_plans,
        {
            "a topic": lambda it: replace(it, topics=it.topics[1:]),
            "a right": lambda it: replace(it, users=[{**user, "spec": {}} for user in it.users]),
        },
    ),
    (
        drift.roles_log_in_as_themselves,
        {"a user": lambda it: replace(it, user_of=lambda role: f"hub-{role}")},
    ),
    (
        drift.figures_are_shown,
        {
            "a family": lambda it: replace(it, series={}),
            "its roles": lambda it: replace(
                it, series=dict.fromkeys(it.series, frozenset({Role.GATEWAY}))
            ),
        },
    ),
    (
        drift.no_more_workers_than_partitions,
        {
            "partitions": lambda it: replace(
                it,
                topics=[{**topic, "spec": {"partitions": 6}} for topic in it.topics],
            )
        },
    ),
]


def cases(table: Any) -> list[Any]:
    return [
        pytest.param(check, change, id=f"{check.__name__}: {told}")
        for check, changes in table
        for told, change in changes.items()
    ]


@pytest.mark.parametrize(("check", "change"), cases(IN_THE_MANIFEST))
def test_a_change_of_a_manifest_alone_is_noticed(
    check: Check, change: Callable[[Manifests], object], code: Code
) -> None:
    manifests = built("kafka")
    change(manifests)
    assert list(check(manifests, code))


@pytest.mark.parametrize(("check", "change"), cases(IN_THE_CODE))
def test_a_change_of_the_code_alone_is_noticed(
    check: Check, change: Callable[[Code], Code], code: Code
) -> None:
    assert list(check(built("kafka"), change(code)))


def test_every_check_was_seen_to_notice_a_manifest() -> None:
    assert {check for check, _ in IN_THE_MANIFEST} == set(drift.CHECKS)
    # where files lie is said in manifests only: the code takes them from anywhere
    assert {check for check, _ in IN_THE_CODE} == set(drift.CHECKS) - {drift.paths_are_mounted}
