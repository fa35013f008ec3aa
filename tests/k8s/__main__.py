"""`make k8s-check`: what a real API server says of the manifests.

Definitions of custom kinds go in for good, and then every overlay as a dry run, as `kubectl apply`
of an operator would, and each pod by itself: only pods are held against Pod Security, which a
workload is merely warned of. Last what must be refused, or a green run would say nothing.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tests.k8s.apiserver import CannotCheck, Kubectl, running, say
from tests.k8s.building import K8S, OVERLAYS, built, named, of_kind
from tests.k8s.schemas import CRDS
from tests.k8s.workloads import template_of, workloads

Manifests = list[dict[str, Any]]

_NAMESPACE: Final = "seintje"


def main() -> int:
    """How many things were not as they must be."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as kubectl:
        version = json.loads(kubectl("version", "-o", "json").stdout)
        say(f"API server {version['serverVersion']['gitVersion']}, kustomize {_kustomize(version)}")
        wrong = list(_all_of_it(kubectl))
    for it in wrong:
        say(f"WRONG {it}")
    say(f"{len(wrong)} things wrong, in {time.monotonic() - begun:.0f} s")
    return len(wrong)


def _kustomize(version: Any) -> str:
    return str(version["kustomizeVersion"])


def _all_of_it(kubectl: Kubectl) -> Iterator[str]:
    ran = kubectl("apply", "--server-side", *(f"--filename={it}" for it in CRDS.glob("*.yaml")))
    ran_too = kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    if ran.returncode or ran_too.returncode:
        yield f"definitions: {ran.stderr}{ran_too.stderr}"
        return
    say(f"definitions: {len(ran.stdout.splitlines())} taken")
    [namespace] = of_kind(built("embedded"), "Namespace")
    kubectl("apply", "--filename=-", given=json.dumps(namespace))
    for overlay in OVERLAYS:
        yield from _taken(kubectl, overlay)
        yield from _pods_taken(kubectl, overlay)
    yield from _refused(kubectl)


def _taken(kubectl: Kubectl, overlay: str) -> Iterator[str]:
    folder = K8S / "overlays" / overlay
    ran = kubectl("apply", "--dry-run=server", "--validate=strict", "-k", str(folder))
    # which image it is stands in the overlay of the operator; everything else is as it will be
    told = [line for line in ran.stderr.splitlines() if line.strip()]
    yield from (f"{overlay}: {line}" for line in told)
    if ran.returncode and not told:
        yield f"{overlay}: exit {ran.returncode}"
    say(f"{overlay}: {len(ran.stdout.splitlines())} of {len(built(overlay))} manifests taken")


def _pods_taken(kubectl: Kubectl, overlay: str) -> Iterator[str]:
    pods = list(_pods(built(overlay)))
    for pod in pods:
        ran = _tried(kubectl, pod)
        if ran:
            yield f"{overlay}: pod {pod['metadata']['name']}: {ran}"
    say(f"{overlay}: {len(pods)} pods held against Pod Security restricted")


def _pods(manifests: Manifests) -> Iterator[dict[str, Any]]:
    for it in workloads(manifests):
        yield _pod(dict(it.manifest))


def _pod(manifest: dict[str, Any]) -> dict[str, Any]:
    """The pod that a controller would make of a workload."""
    template = template_of(manifest)
    claims = manifest["spec"].get("volumeClaimTemplates", ())
    volumes = [
        {"name": it["metadata"]["name"], "persistentVolumeClaim": {"claimName": "x"}}
        for it in claims
    ]
    spec = {**template["spec"], "volumes": [*template["spec"].get("volumes", ()), *volumes]}
    about = {"name": f"{manifest['metadata']['name']}-try", "namespace": _NAMESPACE}
    labels = template["metadata"]["labels"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**about, "labels": labels},
        "spec": spec,
    }


def _tried(kubectl: Kubectl, manifest: dict[str, Any]) -> str:
    """What the server says against it; nothing if it takes it."""
    words = ("create", "--dry-run=server", "--validate=strict", "--filename=-")
    ran = kubectl(*words, given=json.dumps(manifest))
    return ran.stderr.strip() or (f"exit {ran.returncode}" if ran.returncode else "")


# ---- What must be refused ------------------------------------------------------------------------


def _refused(kubectl: Kubectl) -> Iterator[str]:
    for told, spoilt in _MISTAKES.items():
        says = _tried(kubectl, spoilt(built("kafka")))
        if not says:
            yield f"taken, and should be refused: {told}"
        say(f"refused, {told}: {says.splitlines()[0][:160] if says else 'no'}")


def _a_slip(all_: Manifests) -> dict[str, Any]:
    found = named(all_, "Deployment", "seintje-deliver")
    found["spec"]["replica"] = 1
    return found


def _as_root(all_: Manifests) -> dict[str, Any]:
    found = _pod(named(all_, "StatefulSet", "seintje-worker"))
    del found["spec"]["securityContext"]["runAsNonRoot"]
    return found


def _a_custom_slip(all_: Manifests) -> dict[str, Any]:
    found = named(all_, "ScaledObject", "seintje-worker")
    found["spec"]["maxReplicas"] = 3
    return found


def _no_duration(_all: Manifests) -> dict[str, Any]:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "x", "namespace": _NAMESPACE},
        "spec": {
            "groups": [
                {"name": "g", "rules": [{"alert": "A", "expr": "up == 0", "for": "5x"}]},
            ]
        },
    }


def _no_number(all_: Manifests) -> dict[str, Any]:
    found = of_kind(all_, "KafkaTopic")[0]
    found["spec"]["partitions"] = "many"
    return found


_MISTAKES: Final[dict[str, Callable[[Manifests], dict[str, Any]]]] = {
    "a field that a Deployment does not have": _a_slip,
    "a pod that may run as root": _as_root,
    "a field that a ScaledObject does not have": _a_custom_slip,
    "a duration that is none": _no_duration,
    "partitions that are no number": _no_number,
}


if __name__ == "__main__":
    try:
        sys.exit(min(main(), 1))
    except CannotCheck as missing:
        say(str(missing))
        sys.exit(2)
