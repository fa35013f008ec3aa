"""A real API server of Kubernetes on this machine, with etcd under it and nothing around it.

It judges what it is given as that of a cluster does: strict fields, patterns and rules of custom
kinds, Pod Security. No controller and no node: nothing that it is given ever runs. Programs are
found (`SEINTJE_ETCD`, `SEINTJE_KUBE_APISERVER`, the path, the cache of the user) or made: etcd by
apt-get where root may, kube-apiserver by Go, which takes five minutes once.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from tests.k8s.building import MISSING, kubectl

VERSION: Final = "1.37.2"
_LOOPBACK: Final = "127.0.0.1"
_TOKEN: Final = "on-this-machine-only"
_READY_SECONDS: Final = 60
_MODULE: Final = "k8s.io/kubernetes"


class CannotCheck(Exception):
    """What is missing on this machine, and how to get it."""


class Kubectl(Struct, frozen=True):
    """kubectl, with the API server that it asks."""

    command: str
    config: Path

    def __call__(self, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        line = [self.command, f"--kubeconfig={self.config}", *words]
        return subprocess.run(
            line, input=given, capture_output=True, text=True, timeout=120, check=False
        )


# ---- The programs --------------------------------------------------------------------------------


def cache() -> Path:
    """Where what takes long to make is kept, for all clones of one user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "seintje" / "k8s"


def etcd() -> str:
    found = shutil.which(os.environ.get("SEINTJE_ETCD", "etcd"))
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "--yes", "--no-install-recommends", "etcd-server"]
        subprocess.run(install, check=False, capture_output=True)
        found = shutil.which("etcd")
    if found is None:
        raise CannotCheck("no etcd: install etcd-server, or let SEINTJE_ETCD name one")
    return found


def kube_apiserver() -> str:
    named = os.environ.get("SEINTJE_KUBE_APISERVER")
    found = shutil.which(named or "kube-apiserver")
    kept = cache() / f"kube-apiserver-{VERSION}"
    if found is not None:
        return found
    if not kept.exists():
        _build(kept)
    return str(kept)


def _build(kept: Path) -> None:
    go = shutil.which("go")
    if go is None:
        told = "install Go, or let SEINTJE_KUBE_APISERVER name one"
        raise CannotCheck(f"no kube-apiserver: {told}")
    say(f"building kube-apiserver {VERSION}: some five minutes and 5 GB of caches, once")
    folder = cache() / "module"
    folder.mkdir(parents=True, exist_ok=True)
    ours = (folder / "go.mod", folder / "main.go")
    ours[0].write_text(f"module apiserver\n\nrequire {_MODULE} v{VERSION}\n{_replaced(go, folder)}")
    ours[1].write_text(f'package main\n\nimport _ "{_MODULE}/cmd/kube-apiserver/app"\n')
    told = f"-s -w -X k8s.io/component-base/version.gitVersion=v{VERSION}"
    _go(go, folder, "mod", "tidy", "-e")
    draft = kept.with_suffix(".part")
    _go(go, folder, "build", "-ldflags", told, "-o", str(draft), f"{_MODULE}/cmd/kube-apiserver")
    draft.rename(kept)


def _replaced(go: str, folder: Path) -> str:
    """The parts of Kubernetes have no version of their own in its module: that of the release."""
    (folder / "go.mod").write_text("module apiserver\n")
    answer = json.loads(_go(go, folder, "mod", "download", "-json", f"{_MODULE}@v{VERSION}"))
    parts = {
        line.split()[0]
        for line in Path(answer["GoMod"]).read_text("utf-8").splitlines()
        if line.split()[1:2] == ["v0.0.0"]
    }
    version = "v0" + VERSION.removeprefix("1")
    return "".join(f"replace {it} => {it} {version}\n" for it in sorted(parts))


def _go(go: str, folder: Path, *words: str) -> str:
    environ = os.environ | {"GOFLAGS": "-mod=mod"}
    ran = subprocess.run(
        ["nice", "-n", "19", go, *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise CannotCheck(f"go {words[0]} failed:\n{ran.stderr[-2000:]}")
    return ran.stdout


# ---- The server ----------------------------------------------------------------------------------


@contextmanager
def running(folder: Path) -> Iterator[Kubectl]:
    """An API server in this folder, while the block runs; gives the kubectl that asks it."""
    command = kubectl()
    if command is None:
        raise CannotCheck(MISSING)
    keys, stored, port = folder / "key.pem", _free_port(), _free_port()
    peers = _free_port()
    _key(keys)
    (folder / "tokens").write_text(f'{_TOKEN},admin,admin,"system:masters"\n')
    config = folder / "kubeconfig"
    config.write_text(json.dumps(_config(f"https://{_LOOPBACK}:{port}")))
    with ExitStack() as undo:
        undo.enter_context(_started(folder / "etcd.log", _etcd_line(folder, stored, peers)))
        line = _server_line(folder, keys, stored, port)
        undo.enter_context(_started(folder / "apiserver.log", line))
        asked = Kubectl(command, config)
        _wait_until_ready(asked, folder)
        yield asked


def _etcd_line(folder: Path, port: int, peers: int) -> list[str]:
    clients, between = f"http://{_LOOPBACK}:{port}", f"http://{_LOOPBACK}:{peers}"
    return [
        etcd(),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={between}",
        f"--initial-advertise-peer-urls={between}",
        f"--initial-cluster=default={between}",
    ]


def _server_line(folder: Path, key: Path, stored: int, port: int) -> list[str]:
    return [
        kube_apiserver(),
        f"--etcd-servers=http://{_LOOPBACK}:{stored}",
        f"--bind-address={_LOOPBACK}",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certificates'}",
        f"--token-auth-file={folder / 'tokens'}",
        "--authorization-mode=RBAC",
        "--endpoint-reconciler-type=none",
        "--disable-admission-plugins=ServiceAccount",
        "--service-account-issuer=https://localhost",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
    ]


def _config(server: str) -> Mapping[str, object]:
    cluster = {"server": server, "insecure-skip-tls-verify": True}  # its own, on this machine
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "here", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": _TOKEN}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "admin"}}],
        "current-context": "here",
    }


def _key(file: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(generate_private_key(65_537, 2048).private_bytes(*form))


@contextmanager
def _started(log: Path, line: Sequence[str]) -> Iterator[None]:
    with log.open("wb") as written:
        process = subprocess.Popen(line, stdout=written, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(asked: Kubectl, folder: Path) -> None:
    until = time.monotonic() + _READY_SECONDS
    while asked("get", "--raw", "/readyz").returncode:
        if time.monotonic() > until:
            raise CannotCheck(f"the API server is not ready: see {folder / 'apiserver.log'}")
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((_LOOPBACK, 0))
        port: int = found.getsockname()[1]
        return port


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
