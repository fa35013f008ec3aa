"""Every manifest is what its kind allows, in each version of Kubernetes that is served."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.k8s.building import OVERLAYS, built, named, of_kind
from tests.k8s.schemas import VERSIONS, definitions, problems

Mistake = Callable[[list[dict[str, Any]]], object]

pytestmark = pytest.mark.usefixtures("kubectl")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_manifest_is_what_its_kind_allows(overlay: str, version: str) -> None:
    assert problems(built(overlay), version) == []


def test_every_definition_that_is_kept_is_used() -> None:
    used = {(it["apiVersion"], it["kind"]) for overlay in OVERLAYS for it in built(overlay)}
    rule = ("monitoring.coreos.com/v1", "PrometheusRule")  # there is one a file of rules
    assert definitions().keys() - used <= {rule}


def _deployment(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    return named(manifests, "Deployment", "seintje-deliver")


def _scaled(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    return named(manifests, "ScaledObject", "seintje-worker")


def _topic(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    return of_kind(manifests, "KafkaTopic")[0]


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        pytest.param(
            lambda all_: _deployment(all_)["spec"].update(replica=1), "replica", id="a slip"
        ),
        pytest.param(
            lambda all_: _deployment(all_)["spec"].pop("selector"), "selector", id="missing"
        ),
        pytest.param(
            lambda all_: _deployment(all_)["spec"].update(replicas="one"), "replicas", id="a type"
        ),
        pytest.param(
            lambda all_: _scaled(all_)["spec"].update(maxReplica=3), "maxReplica", id="KEDA: a slip"
        ),
        pytest.param(
            lambda all_: _scaled(all_)["spec"]["triggers"][0].pop("metadata"),
            "metadata",
            id="KEDA: missing",
        ),
        pytest.param(
            lambda all_: _topic(all_)["spec"].update(partition=3), "partition", id="Strimzi: a slip"
        ),
        pytest.param(
            lambda all_: named(all_, "Kafka", "kafka")["spec"]["kafka"]["listeners"][0].update(
                tsl=True
            ),
            "tsl",
            id="Strimzi: a slip deep inside",
        ),
        pytest.param(
            lambda all_: of_kind(all_, "KafkaUser")[0]["spec"]["authorization"]["acls"][0][
                "operations"
            ].append("Reed"),
            "Reed",
            id="Strimzi: a word that is none",
        ),
        pytest.param(
            lambda all_: named(all_, "PodMonitor", "seintje")["spec"]["podMetricsEndpoints"][
                0
            ].update(intervall="15s"),
            "intervall",
            id="Prometheus: a slip",
        ),
        pytest.param(
            lambda all_: named(all_, "KafkaNodePool", "nodes")["spec"]["storage"]["volumes"].append(
                {"id": "0", "type": "ephemeral"}
            ),
            "volumes",
            id="Strimzi: a word for a number",
        ),
        pytest.param(
            lambda all_: all_.append(
                {
                    "apiVersion": "monitoring.coreos.com/v1",
                    "kind": "PrometheusRule",
                    "metadata": {"name": "x"},
                    "spec": {"groups": [{"name": "g"}, {"name": "g"}]},
                }
            ),
            "twice",
            id="Prometheus: two of one name",
        ),
        pytest.param(
            lambda all_: _topic(all_).update(kind="KafkaTopics"), "KafkaTopics", id="a kind"
        ),
        pytest.param(
            lambda all_: _topic(all_).update(apiVersion="kafka.strimzi.io/v1beta2"),
            "KafkaTopic",
            id="an older version of a kind",
        ),
    ],
)
def test_a_mistake_is_found(slip: Mistake, told: str) -> None:
    right, manifests = built("kafka"), built("kafka")
    slip(manifests)
    [problem] = problems([it for it in manifests if it not in right], VERSIONS[-1])
    assert told in problem
