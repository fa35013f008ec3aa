"""The workloads of an overlay: what runs in which pod, with which settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from tests.k8s.building import Manifest, Manifests, called, settings_of

KINDS: Final = ("StatefulSet", "Deployment", "Job", "CronJob")
SERVING: Final = ("StatefulSet", "Deployment")
COMPONENT: Final = "app.kubernetes.io/component"


class Workload(Struct, frozen=True):
    """One workload, its pod and its one container."""

    manifest: Manifest
    template: Manifest
    shared: Mapping[str, str]

    @property
    def name(self) -> str:
        return called(self.manifest)

    @property
    def spec(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.template["spec"]
        return found

    @property
    def container(self) -> Mapping[str, Any]:
        [only] = self.spec["containers"]
        found: Mapping[str, Any] = only
        return found

    @property
    def role(self) -> str:
        """What it does, by its label: a role of the hub, or `connect`, `backup`, `prepare`."""
        return str(self.labels[COMPONENT])

    @property
    def labels(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.template["metadata"]["labels"]
        return found

    @property
    def serves(self) -> bool:
        return self.manifest["kind"] in SERVING

    @property
    def args(self) -> list[str]:
        return list(self.container["args"])

    @property
    def environ(self) -> dict[str, str]:
        """The variables of its process, with what other variables say filled in."""
        given = dict(self.shared) if self.container.get("envFrom") else {}
        for variable in self.container.get("env", ()):
            value = variable.get("value", "pod-0")  # the name of a pod, where nothing stands
            for name, known in given.items():
                value = value.replace(f"$({name})", known)
            given[variable["name"]] = value
        return given

    @property
    def mounts(self) -> Mapping[str, Mapping[str, Any]]:
        """Its volumes by where they are mounted, `readOnly` of the mount included."""
        claims = self.manifest["spec"].get("volumeClaimTemplates", ())
        claimed = {it["metadata"]["name"]: {"claim": it["spec"]} for it in claims}
        volumes = {it["name"]: it for it in self.spec.get("volumes", ())} | claimed
        return {
            mount["mountPath"]: {**volumes[mount["name"]], "readOnly": mount.get("readOnly", False)}
            for mount in self.container["volumeMounts"]
        }

    @property
    def ports(self) -> Mapping[str, int]:
        return {it["name"]: it["containerPort"] for it in self.container.get("ports", ())}


def workloads(manifests: Manifests) -> Iterator[Workload]:
    """Every workload among these."""
    shared = settings_of(manifests)
    for manifest in manifests:
        if manifest["kind"] in KINDS:
            yield Workload(manifest, template_of(manifest), shared)


def template_of(manifest: Manifest) -> Manifest:
    """The pod of a workload."""
    spec = manifest["spec"]
    if manifest["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    found: Manifest = spec["template"]
    return found
