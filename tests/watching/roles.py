"""Roles of a hub as processes of their own, and its commands, run as an operator runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from tests.kafka.broker import LOOPBACK, free_ports
from tests.kafka.program import Program

SENDERS: Final = ("corporatie-maas", "gemeente-weert")

_SAYS_FIRST: Final = '"metrics"'
_MOMENT_S: Final = 0.05


class Role(Program):
    """`seintje ROLE` in a folder, on a port that it keeps over a restart."""

    def __init__(self, folder: Path, role: str, environ: Mapping[str, str], *words: str) -> None:
        [port] = free_ports(1)
        self.url = f"http://{LOOPBACK}:{port}"
        told = [f"{name}={value}" for name, value in environ.items()]
        command = [sys.executable, "-u", "-m", "hub", role, "--json", *words]
        listen = ["--listen", f"{LOOPBACK}:{port}"]
        super().__init__(folder, ["/usr/bin/env", *told, *command, *listen], _SAYS_FIRST)

    def wait_until_ready(self, within: float = 60.0) -> None:
        """AssertionError with the reasons if it does not get there."""
        until, moment = time.monotonic() + within, threading.Event()
        while (why := self.reasons()) != []:
            assert self.running, self.log.read_text("utf-8")[-4000:]
            assert time.monotonic() < until, f"{why}: {self.log.read_text('utf-8')[-4000:]}"
            moment.wait(_MOMENT_S)

    def reasons(self) -> list[str]:
        """Why it is not ready; nothing if it is."""
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False)
        except httpx.TransportError:
            return ["it does not answer"]
        found: list[str] = answer.json()["reasons"]
        return found


def started(*roles: Role) -> None:
    """Start these, and return when all are ready."""
    for role in roles:
        role.start()
    for role in roles:
        role.wait_until_ready()


def seintje(environ: Mapping[str, str], *words: str, ends: int = 0) -> list[dict[str, Any]]:
    """The rows that a command prints; it must end with `ends`."""
    ran = subprocess.run(
        [sys.executable, "-m", "hub", *words, "--json"],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == ends, (words, ran.stdout, ran.stderr)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def keys_of_senders(environ: Mapping[str, str], *words: str) -> dict[str, str]:
    """API keys of who sends facts, made on the command line; `words` say where."""
    return {
        party: seintje(environ, "parties", "key", "create", party, *words)[0]["key"]
        for party in SENDERS
    }
