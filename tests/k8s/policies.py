"""What we ask of manifests beyond their schemas. Each rule says what it misses, and of which."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from tests.k8s.building import Manifest, Manifests, called
from tests.k8s.workloads import Workload, workloads

Rule: TypeAlias = Callable[[Manifests], Iterator[str]]

_DIGEST: Final = re.compile(r"[a-z0-9./:_-]+@sha256:([0-9a-f]{64}|\{fill\})")
_PROBES: Final = ("startupProbe", "livenessProbe", "readinessProbe")
_RESTRICTED_VOLUMES: Final = frozenset(
    {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret", "downwardAPI", "csi"}
)
_NOBODY: Final = 10_000  # below it users of a node may have their numbers


def broken(manifests: Manifests) -> list[str]:
    """Everything that a rule misses."""
    return [told for rule in RULES for told in rule(manifests)]


def pods_are_restricted(manifests: Manifests) -> Iterator[str]:
    """Pod Security `restricted`, and a root that cannot be written on top of it."""
    for it in workloads(manifests):
        pod, own = it.spec.get("securityContext", {}), it.container.get("securityContext", {})
        wrong = {
            "runAsNonRoot": pod.get("runAsNonRoot") is not True,
            "runAsUser": not pod.get("runAsUser", 0) > _NOBODY,
            "seccompProfile": pod.get("seccompProfile") != {"type": "RuntimeDefault"},
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is not False,
            "capabilities": own.get("capabilities") != {"drop": ["ALL"]},
            "readOnlyRootFilesystem": own.get("readOnlyRootFilesystem") is not True,
            "host": any(name.startswith("host") for name in it.spec),
            "initContainers": bool(it.spec.get("initContainers")),  # nobody judges those here
            "volumes": not all(set(v) - {"name"} <= _RESTRICTED_VOLUMES for v in _volumes(it)),
        }
        yield from (f"{it.name}: {name}" for name, is_wrong in wrong.items() if is_wrong)


def nothing_asks_kubernetes(manifests: Manifests) -> Iterator[str]:
    """No token of Kubernetes in a pod, and none of the variables that it adds for Services."""
    for it in workloads(manifests):
        for name in ("automountServiceAccountToken", "enableServiceLinks"):
            if it.spec.get(name) is not False:
                yield f"{it.name}: {name}"
        if it.spec.get("serviceAccountName") != "seintje":
            yield f"{it.name}: serviceAccountName"
    for manifest in manifests:
        if manifest["kind"] in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"):
            yield f"{called(manifest)}: no right is needed"


def the_namespace_enforces_it(manifests: Manifests) -> Iterator[str]:
    for manifest in manifests:
        if manifest["kind"] == "Namespace":
            for mode in ("enforce", "audit", "warn"):
                label = f"pod-security.kubernetes.io/{mode}"
                if manifest["metadata"].get("labels", {}).get(label) != "restricted":
                    yield f"{called(manifest)}: {label}"
    if not any(it["kind"] == "Namespace" for it in manifests):
        yield "no Namespace"


def what_kafka_runs_is_restricted(manifests: Manifests) -> Iterator[str]:
    """Pods that Strimzi makes stand in the same namespace, which would refuse them."""
    for manifest in manifests:
        templates: list[tuple[Any, tuple[str, ...]]] = []
        if manifest["kind"] == "KafkaNodePool":
            templates = [(manifest["spec"].get("template", {}), ("kafkaContainer",))]
        if manifest["kind"] == "Kafka":
            of_operator = manifest["spec"]["entityOperator"].get("template", {})
            templates = [(of_operator, ("topicOperatorContainer", "userOperatorContainer"))]
        for template, containers in templates:
            pod = template.get("pod", {}).get("securityContext", {})
            if pod.get("runAsNonRoot") is not True or "seccompProfile" not in pod:
                yield f"{called(manifest)}: pod"
            for name in containers:
                own = template.get(name, {}).get("securityContext", {})
                if own.get("capabilities") != {"drop": ["ALL"]}:
                    yield f"{called(manifest)}: {name}"


def whoever_serves_is_probed(manifests: Manifests) -> Iterator[str]:
    for it in workloads(manifests):
        if it.serves:
            yield from (f"{it.name}: {name}" for name in _PROBES if name not in it.container)
            grace = it.spec.get("terminationGracePeriodSeconds", 0)
            slept = it.container.get("lifecycle", {}).get("preStop", {}).get("sleep", {})
            if grace < 20 + slept.get("seconds", 0):
                yield f"{it.name}: terminationGracePeriodSeconds"
        elif not _ends(it.manifest):
            yield f"{it.name}: activeDeadlineSeconds"


def resources_are_bounded(manifests: Manifests) -> Iterator[str]:
    """No limit of CPU: who is held back answers no probe. Memory and scratch space have one."""
    for it in workloads(manifests):
        resources = it.container.get("resources", {})
        for kind, names in {
            "requests": ("cpu", "memory", "ephemeral-storage"),
            "limits": ("memory", "ephemeral-storage"),
        }.items():
            for name in names:
                if name not in resources.get(kind, {}):
                    yield f"{it.name}: {kind}.{name}"
        for volume in _volumes(it):
            if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
                yield f"{it.name}: {volume['name']} has no sizeLimit"


def images_are_pinned(manifests: Manifests) -> Iterator[str]:
    for it in workloads(manifests):
        if not _DIGEST.fullmatch(it.container["image"]):
            yield f"{it.name}: {it.container['image']}"


def secrets_are_named_only(manifests: Manifests) -> Iterator[str]:
    """No value of a secret stands in a manifest, and none in the environment of a process."""
    for manifest in manifests:
        if manifest["kind"] == "Secret":
            yield called(manifest)
    for it in workloads(manifests):
        for variable in it.container.get("env", ()):
            if "secretKeyRef" in variable.get("valueFrom", {}):
                yield f"{it.name}: {variable['name']}"
            if re.search("(PASSWORD|SECRET|TOKEN|KEY)$", variable["name"]):
                yield f"{it.name}: {variable['name']}"
        for path, volume in it.mounts.items():
            secret = volume.get("secret") or volume.get("projected")
            if secret and (secret.get("defaultMode") != 0o400 or not volume["readOnly"]):
                yield f"{it.name}: {path}"


def no_link_to_the_console_is_logged(manifests: Manifests) -> Iterator[str]:
    """A hub without an OpenID provider tells at its start a link that signs in, to its log."""
    for it in workloads(manifests):
        if "SEINTJE_CONSOLE_URL" in it.environ and "SEINTJE_CONSOLE_ISSUER" not in it.environ:
            yield f"{it.name}: SEINTJE_CONSOLE_ISSUER is missing"


def nothing_is_open_unless_opened(manifests: Manifests) -> Iterator[str]:
    """Everything is denied, every pod has a rule of its own, and nobody may come from anywhere."""
    policies = [it for it in manifests if it["kind"] == "NetworkPolicy"]
    denied = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if not any(it["spec"] == denied for it in policies):
        yield "no NetworkPolicy denies everything"
    for it in workloads(manifests):
        of_it = [p for p in policies if _selects(p["spec"]["podSelector"], it.labels)]
        if not any(p["spec"]["podSelector"] for p in of_it):
            yield f"{it.name}: no NetworkPolicy is its own"
    for policy in policies:
        for rule in policy["spec"].get("ingress", ()):
            if not rule.get("from") or not rule.get("ports"):
                yield f"{called(policy)}: from anywhere, or to any port"
        for rule in policy["spec"].get("egress", ()):
            if not rule.get("ports"):
                yield f"{called(policy)}: to any port"


def several_are_not_taken_away_at_once(manifests: Manifests) -> Iterator[str]:
    budgets = [it for it in manifests if it["kind"] == "PodDisruptionBudget"]
    scaled = {
        it["spec"]["scaleTargetRef"]["name"]: it["spec"]["minReplicaCount"]
        for it in manifests
        if it["kind"] == "ScaledObject"
    }
    for it in workloads(manifests):
        if not it.serves:
            continue
        least = scaled.get(it.manifest["metadata"]["name"], it.manifest["spec"].get("replicas"))
        of_it = [b for b in budgets if _selects(b["spec"]["selector"], it.labels)]
        if least is None:
            yield f"{it.name}: nobody says how many"
        elif (least > 1) != (len(of_it) == 1):
            yield f"{it.name}: {least} of them and {len(of_it)} budgets"
        if least and least > 1 and not it.spec.get("topologySpreadConstraints"):
            yield f"{it.name}: all of them may be on one node"


RULES: Final[tuple[Rule, ...]] = (
    pods_are_restricted,
    nothing_asks_kubernetes,
    the_namespace_enforces_it,
    what_kafka_runs_is_restricted,
    whoever_serves_is_probed,
    resources_are_bounded,
    images_are_pinned,
    secrets_are_named_only,
    no_link_to_the_console_is_logged,
    nothing_is_open_unless_opened,
    several_are_not_taken_away_at_once,
)


def _volumes(it: Workload) -> list[Mapping[str, Any]]:
    return list(it.spec.get("volumes", ()))


def _ends(manifest: Manifest) -> bool:
    spec = manifest["spec"]
    spec = spec["jobTemplate"]["spec"] if manifest["kind"] == "CronJob" else spec
    return "activeDeadlineSeconds" in spec


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    return wanted and all(
        labels.get(it["key"]) in it["values"] for it in selector.get("matchExpressions", ())
    )
