"""Manifests keep our rules, and each rule notices what it is there for."""

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest

from hub import guard
from tests.k8s import policies
from tests.k8s.building import OVERLAYS, built, named, of_kind
from tests.k8s.policies import Rule
from tests.k8s.workloads import template_of

Manifests = list[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("kubectl")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_overlay_keeps_our_rules(overlay: str) -> None:
    assert policies.broken(built(overlay)) == []


def worker(manifests: Manifests) -> Any:
    return template_of(named(manifests, "StatefulSet", "seintje-worker"))["spec"]


def container(manifests: Manifests) -> Any:
    return worker(manifests)["containers"][0]


def policy(manifests: Manifests, name: str) -> Any:
    return named(manifests, "NetworkPolicy", name)["spec"]


def without(manifests: Manifests, kind: str, name: str) -> None:
    manifests.remove(named(manifests, kind, name))


def without_rules_of_their_own(manifests: Manifests) -> None:
    for it in of_kind(manifests, "NetworkPolicy"):
        if it["spec"]["podSelector"]:
            manifests.remove(it)


def secret(_manifests: Manifests) -> dict[str, Any]:
    return {"kind": "Secret", "metadata": {"name": "s"}, "data": {"key": "c2VjcmV0"}}


RULES_BROKEN: list[tuple[Rule, dict[str, Callable[[Manifests], object]]]] = [
    (
        policies.pods_are_restricted,
        {
            "runs as root": lambda all_: worker(all_)["securityContext"].update(runAsUser=0),
            "may be root": lambda all_: worker(all_)["securityContext"].pop("runAsNonRoot"),
            "no seccomp": lambda all_: worker(all_)["securityContext"].pop("seccompProfile"),
            "writes its root": lambda all_: container(all_)["securityContext"].update(
                readOnlyRootFilesystem=False
            ),
            "keeps a capability": lambda all_: container(all_)["securityContext"].update(
                capabilities={"drop": ["ALL"], "add": ["NET_RAW"]}
            ),
            "a folder of the node": lambda all_: worker(all_)["volumes"].append(
                {"name": "x", "hostPath": {"path": "/"}}
            ),
            "the network of the node": lambda all_: worker(all_).update(hostNetwork=True),
        },
    ),
    (
        policies.nothing_asks_kubernetes,
        {
            "a token": lambda all_: worker(all_).pop("automountServiceAccountToken"),
            "variables of Services": lambda all_: worker(all_).pop("enableServiceLinks"),
            "the account of everybody": lambda all_: worker(all_).pop("serviceAccountName"),
            "a right": lambda all_: all_.append({"kind": "Role", "metadata": {"name": "r"}}),
        },
    ),
    (
        policies.the_namespace_enforces_it,
        {
            "a milder level": lambda all_: named(all_, "Namespace", "seintje")["metadata"][
                "labels"
            ].update({"pod-security.kubernetes.io/enforce": "baseline"}),
            "no namespace": lambda all_: without(all_, "Namespace", "seintje"),
        },
    ),
    (
        policies.what_kafka_runs_is_restricted,
        {
            "brokers": lambda all_: named(all_, "KafkaNodePool", "nodes")["spec"]["template"].pop(
                "kafkaContainer"
            ),
            "the operator": lambda all_: named(all_, "Kafka", "kafka")["spec"]["entityOperator"][
                "template"
            ].pop("pod"),
        },
    ),
    (
        policies.whoever_serves_is_probed,
        {
            "no readiness": lambda all_: container(all_).pop("readinessProbe"),
            "no time to stop": lambda all_: worker(all_).update(terminationGracePeriodSeconds=10),
            "a job without end": lambda all_: named(all_, "Job", "prepare")["spec"].pop(
                "activeDeadlineSeconds"
            ),
        },
    ),
    (
        policies.resources_are_bounded,
        {
            "no limit of memory": lambda all_: container(all_)["resources"]["limits"].pop("memory"),
            "nothing asked for": lambda all_: container(all_).pop("resources"),
            "a folder without end": lambda all_: worker(all_)["volumes"].append(
                {"name": "x", "emptyDir": {}}
            ),
        },
    ),
    (
        policies.images_are_pinned,
        {
            "latest": lambda all_: container(all_).update(image="seintje:latest"),
            "a tag": lambda all_: container(all_).update(image="seintje:1.0"),
            "a digest too short": lambda all_: container(all_).update(image="seintje@sha256:00"),
        },
    ),
    (
        policies.secrets_are_named_only,
        {
            "a secret": lambda all_: all_.append(secret(all_)),
            "in the environment": lambda all_: container(all_)["env"].append(
                {"name": "X", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
            ),
            "written out": lambda all_: container(all_)["env"].append(
                {"name": "SEINTJE_KAFKA_PASSWORD", "value": "x"}
            ),
            "readable by others": lambda all_: worker(all_)["volumes"][0]["secret"].pop(
                "defaultMode"
            ),
        },
    ),
    (
        policies.no_link_to_the_console_is_logged,
        {
            "a console of links": lambda all_: container(all_)["env"].append(
                {"name": "SEINTJE_CONSOLE_URL", "value": "https://hub.example.nl"}
            ),
        },
    ),
    (
        policies.nothing_is_open_unless_opened,
        {
            "open unless closed": lambda all_: without(all_, "NetworkPolicy", "default-deny"),
            "in only": lambda all_: policy(all_, "default-deny").update(policyTypes=["Ingress"]),
            "from anywhere": lambda all_: policy(all_, "scraping")["ingress"][0].pop("from"),
            "to any port": lambda all_: policy(all_, "to-outside")["egress"][0].pop("ports"),
            "a pod without a rule": without_rules_of_their_own,
        },
    ),
    (
        policies.several_are_not_taken_away_at_once,
        {
            "no budget": lambda all_: without(all_, "PodDisruptionBudget", "seintje-worker"),
            "a budget for one": lambda all_: named(
                all_, "PodDisruptionBudget", "seintje-gateway"
            ).update(
                spec={
                    "maxUnavailable": 1,
                    "selector": {"matchLabels": {"app.kubernetes.io/component": "deliver"}},
                }
            ),
            "nobody says how many": lambda all_: without(all_, "ScaledObject", "seintje-worker"),
            "all on one node": lambda all_: worker(all_).pop("topologySpreadConstraints"),
        },
    ),
]


@pytest.mark.parametrize(
    ("rule", "breaks"),
    [
        pytest.param(rule, breaks, id=f"{rule.__name__}: {told}")
        for rule, mistakes in RULES_BROKEN
        for told, breaks in mistakes.items()
    ],
)
def test_a_rule_notices_what_it_is_there_for(
    rule: Rule, breaks: Callable[[Manifests], object]
) -> None:
    manifests = built("kafka")
    breaks(manifests)
    assert list(rule(manifests))


def test_every_rule_was_broken_once() -> None:
    assert {rule for rule, _ in RULES_BROKEN} == set(policies.RULES)


# ---- The second lock on calls out ----------------------------------------------------------------


def allowed_by_policy(address: guard.Address) -> bool:
    [rule] = policy(built("embedded"), "to-outside")["egress"]
    return any(
        address in ipaddress.ip_network(block["ipBlock"]["cidr"])
        and not any(address in ipaddress.ip_network(it) for it in block["ipBlock"]["except"])
        for block in rule["to"]
    )


def edges() -> list[guard.Address]:
    """The first and last address of each network that the guard closes, and those beside them."""
    # its own tables: a network that is added there must be added to the policy
    tables = [*guard._NEVER.values(), *guard._CLOSED.values()]
    found: set[guard.Address] = set()
    for network in (it for networks in tables for it in networks):
        first, last = network[0], network[-1]
        found |= {first, last}
        found |= {first - 1} if int(first) else set()
        found |= {last + 1} if int(last) + 1 < 1 << last.max_prefixlen else set()
    return sorted(found, key=lambda it: (it.version, int(it)))


@pytest.mark.parametrize("address", edges(), ids=str)
def test_the_second_lock_closes_what_the_guard_closes(address: guard.Address) -> None:
    assert allowed_by_policy(address) == (guard.Guard().why_refused(address) is None)
