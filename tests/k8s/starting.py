"""A hub started as its pod would: with the words and variables of the manifest, and nothing else.

Only what is a volume there can be written here: where this runs as root the rest of the machine is
read only for the hub, and it runs as the user of the manifest, if that one may use this Python. It
has no home, and stands in a folder that is not its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

from tests.k8s.building import built
from tests.k8s.workloads import Workload, workloads

_SECONDS: Final = 60


def pod_of(role: str, overlay: str) -> Workload:
    [found] = [it for it in workloads(built(overlay)) if it.role == role]
    return found


def starts_and_stops(seintje: Sequence[str], data: Path, **more: str) -> Mapping[str, object]:
    """Start, ask what the probes ask, stop. Asserts each; gives what was seen.

    `seintje` is how it is called, `data` the folder of its volumes, empty or not there.
    """
    pod = pod_of("run", "embedded")
    owner = int(pod.spec["securityContext"]["runAsUser"])
    user = owner if _may_run(seintje, owner) else None
    folders = _volumes(pod, data)
    for folder in (data, *folders.values()):
        folder.mkdir(parents=True, exist_ok=True)
        if user is not None:
            os.chown(folder, user, user)
    environ = {name: _placed(value, folders) for name, value in pod.environ.items()} | more
    environ |= {"SEINTJE_LISTEN": "127.0.0.1:0", "TMPDIR": str(folders["/tmp"])}
    walls = _read_only_but(data, user)
    process = subprocess.Popen(
        [*walls, *seintje, *pod.args],
        env=environ,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        user=None if walls else user,
        text=True,
    )
    try:
        return {"user": user, "root is read only": bool(walls), **_asked(process, pod)}
    finally:
        process.kill()
        process.wait()


def _may_run(seintje: Sequence[str], user: int) -> bool:
    if os.geteuid() != 0:
        return False
    try:
        line = [*seintje[:1], "--help"]
        subprocess.run(line, user=user, cwd="/", capture_output=True, check=False)
    except PermissionError:
        return False
    return True


def _read_only_but(data: Path, user: int | None) -> list[str]:
    """How a command is begun for which only this folder can be written; empty where that cannot
    be had."""
    walls = (
        "mount --make-rprivate / && mount --bind $0 $0 && mount -o remount,bind,ro /"
        " && ! touch /seintje-probe 2>/dev/null && exec $@"
    )
    dropped = [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}"]
    dropped += [] if user is None else ["--clear-groups"]
    begun = ["unshare", "--mount", "sh", "-c", walls, str(data), *dropped]
    tools = ["unshare"] if user is None else ["unshare", "setpriv"]
    if os.geteuid() != 0 or not all(map(shutil.which, tools)):
        return []
    tried = subprocess.run([*begun, "true"], capture_output=True, check=False)
    return [] if tried.returncode else begun


def _volumes(pod: Workload, data: Path) -> dict[str, Path]:
    """Where each volume of a pod is here; a key that is not there yet is made by the hub."""
    return {place: data / place.strip("/").replace("/", "-") for place in pod.mounts}


def _placed(value: str, folders: Mapping[str, Path]) -> str:
    for place, folder in folders.items():
        if value == place or value.startswith(f"{place}/"):
            return str(folder) + value.removeprefix(place)
    return value


def _asked(process: subprocess.Popen[str], pod: Workload) -> Mapping[str, object]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        _, says = process.communicate(timeout=_SECONDS)
        raise AssertionError(f"it did not start: {says[-2000:]}")
    url = line.split('"api":"')[1].split('/v1"')[0]
    paths = {
        pod.container[it]["httpGet"]["path"] for it in pod.container if it.endswith("Probe")
    } | {"/metrics"}
    answers = {path: _until_good(f"{url}{path}") for path in sorted(paths)}
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=pod.spec["terminationGracePeriodSeconds"])
    assert process.returncode == 0
    return {**answers, "stopped after": f"{time.monotonic() - begun:.1f} s"}


def _until_good(url: str) -> int:
    until = time.monotonic() + _SECONDS
    while True:
        status = httpx.get(url, timeout=10).status_code
        if status == 200 or time.monotonic() > until:
            assert status == 200, url
            return status
        time.sleep(0.1)
