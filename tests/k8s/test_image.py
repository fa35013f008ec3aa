"""The Containerfile says what we ask, and what it installs runs where only volumes are written."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.k8s import containerfile
from tests.k8s.containerfile import FILE
from tests.k8s.starting import starts_and_stops

TEXT = FILE.read_text("utf-8")
ROOT = FILE.parent
DIGEST = "sha256:" + "0" * 64


def test_the_containerfile_is_as_we_ask() -> None:
    assert containerfile.problems(TEXT) == []
    assert containerfile.problems(TEXT.replace("sha256:{fill}", DIGEST)) == []


@pytest.mark.parametrize(
    ("from_", "to", "told"),
    [
        pytest.param("@sha256:{fill}", "", "not pinned", id="a tag"),
        pytest.param(
            "FROM ${PYTHON_IMAGE} AS tools", "FROM python:latest AS tools", "no ARG", id="latest"
        ),
        pytest.param("USER 10001:10001", "USER seintje", "USER", id="a user by name"),
        pytest.param("USER 10001:10001", "USER 0:0", "USER", id="root"),
        pytest.param("COPY hub hub", "COPY . .", "secrets", id="everything"),
        pytest.param("COPY hub hub", "ADD https://x.example/hub.tar hub", "ADD", id="an address"),
        pytest.param("--from=bill", "--from=sbom", "no stage", id="a stage that is none"),
        pytest.param("--require-hashes ", "", "without hashes", id="whatever there is today"),
        pytest.param('ENTRYPOINT ["seintje"]', "ENTRYPOINT seintje", "ENTRYPOINT", id="a shell"),
        pytest.param("image.licenses", "image.license", "licenses", id="a label"),
        pytest.param("RUN install -d", "RUN curl -o x && install -d", "fetches", id="curl"),
    ],
)
def test_a_mistake_in_the_containerfile_is_found(from_: str, to: str, told: str) -> None:
    assert from_ in TEXT
    assert any(told in it for it in containerfile.problems(TEXT.replace(from_, to)))


def test_a_builder_sees_what_is_copied_and_nothing_else() -> None:
    lines = (ROOT / ".containerignore").read_text("utf-8").splitlines()
    seen = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        word
        for stage in containerfile.stages(TEXT)
        for rest in stage.of("COPY")
        if not rest.startswith("--from=")
        for word in rest.split()[:-1]
    }
    assert lines[1] == "*"
    assert seen == copied
    assert all((ROOT / it).exists() for it in copied)


def test_the_user_of_the_image_is_that_of_the_manifests() -> None:
    [user] = containerfile.stages(TEXT)[-1].of("USER")
    texts = [it.read_text("utf-8") for it in (ROOT / "deploy/k8s").rglob("*.yaml")]
    users = {found for text in texts for found in re.findall("runAsUser: ([0-9]+)", text)}
    assert users == {user.split(":")[0]}


@pytest.mark.slow
@pytest.mark.usefixtures("kubectl")
def test_what_is_installed_runs_where_only_volumes_can_be_written(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"]
    line += ["--disable-pip-version-check", "--no-build-isolation", "--wheel-dir", str(tmp_path)]
    subprocess.run([*line, str(ROOT)], check=True)
    [wheel] = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    told = starts_and_stops(
        [sys.executable, "-m", "hub"],
        tmp_path / "volumes",
        PYTHONPATH=str(tmp_path / "installed"),
        PYTHONDONTWRITEBYTECODE="1",
    )
    assert {"/healthz", "/readyz", "/metrics"} < told.keys()
