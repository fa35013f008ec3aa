"""What the manual tells an operator to write is taken, and does what it says."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import seintje
from tests.k8s import drift, policies
from tests.k8s.building import K8S, documents, named, of_kind, rendered, settings_of
from tests.k8s.schemas import VERSIONS, problems
from tests.k8s.workloads import workloads

MANUAL = (K8S / "README.md").read_text("utf-8")
AGREEMENTS = K8S.parents[1] / "agreements"
ROLES = {"run", "worker", "gateway", "deliver"}

pytestmark = pytest.mark.usefixtures("kubectl")


def overlay_of_the_manual(folder: Path, on: str) -> Path:
    """The overlay that the manual shows, beside a copy of what ships; its digest filled in."""
    [shown] = re.findall(r"```yaml\n(apiVersion: kustomize.*?)```", MANUAL, re.DOTALL)
    shutil.copytree(K8S, folder / "seintje/deploy/k8s")
    own = folder / "hub"
    (own / "agreements").mkdir(parents=True)
    for name in ("duurzame-start.yaml", "parties.yaml"):
        shutil.copy(AGREEMENTS / name, own / "agreements" / name)
    told = shown.replace("sha256:…", "sha256:" + "a" * 64).replace("overlays/embedded", on)
    (own / "kustomization.yaml").write_text(told)
    return own


@pytest.mark.parametrize("on", ["overlays/embedded", "overlays/kafka"])
def test_the_overlay_of_the_manual_is_a_hub_of_ones_own(tmp_path: Path, on: str) -> None:
    manifests = list(documents(rendered(overlay_of_the_manual(tmp_path, on))))
    assert problems(manifests, VERSIONS[-1]) == []
    assert policies.broken(manifests) == []
    assert drift.differences(manifests, drift.code()) == []
    assert settings_of(manifests)["SEINTJE_PUBLIC_URL"] == "https://hub.gemeente.example"
    ingress = named(manifests, "Ingress", "seintje")["spec"]
    assert ingress["rules"][0]["host"] == "hub.gemeente.example"
    [agreements] = [
        it["metadata"]["name"]
        for it in of_kind(manifests, "ConfigMap")
        if "parties.yaml" in it["data"]
    ]
    for it in workloads(manifests):
        image = f"registry.example.nl/seintje@sha256:{'a' * 64}"
        assert it.container["image"] == image
        if it.role in ROLES:
            assert it.environ["SEINTJE_AGREEMENTS"] == "/etc/seintje/agreements"
            mounted = it.mounts["/etc/seintje/agreements"]
            assert mounted["configMap"]["name"] == agreements  # a changed file restarts the pod


def test_every_command_of_the_manual_is_one() -> None:
    lines = set(commands())
    assert len(lines) > 8
    wrong = {line: drift.why_no_command(line.split()) for line in lines}
    assert {line: why for line, why in wrong.items() if why} == {}


def commands() -> Iterator[str]:
    """What the manual tells to run as `seintje …`, here or in a pod."""
    blocks = re.findall(r"```console\n(.*?)```", MANUAL, re.DOTALL)
    prose = re.sub(r"```.*?```", "", MANUAL, flags=re.DOTALL)
    shown = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    shown += [it.replace("\n", " ") for it in re.findall(r"`([^`]+)`", prose)]
    for line in shown:
        asked = line.partition(" -- ")[2] if line.startswith("kubectl") else line
        told = asked.partition(">")[0].strip()
        if told.startswith("seintje "):
            yield told.removeprefix("seintje ")


def test_topics_and_users_of_ones_own_parties_come_from_the_commands_of_the_manual() -> None:
    known = drift.code()
    environ = {"SEINTJE_KAFKA_PARTITIONS": "24", "SEINTJE_KAFKA_REPLICAS": "3"}
    parties = AGREEMENTS / "parties.yaml"
    for words, wanted in (("list", known.topics), ("acls", known.users)):
        ran = seintje("topics", words, "--format", "strimzi", "--parties", parties, **environ)
        assert list(documents(ran.out.decode())) == list(wanted)
