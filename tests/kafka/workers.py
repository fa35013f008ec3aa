"""`seintje worker` as processes of their own: killed, frozen, and asked whether they are ready.

Each has a folder with its log. Whoever starts one ends it.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

from tests.kafka.broker import LOOPBACK, free_ports
from tests.kafka.program import Program

MODULE: Final = ("hub", "worker")
_SAYS_FIRST: Final = '"metrics"'
_MOMENT_S: Final = 0.05


async def started(*workers: Worker) -> None:
    """Start these, and return when all are ready."""
    for worker in workers:
        await asyncio.to_thread(worker.start)
    for worker in workers:
        await asyncio.to_thread(worker.wait_until_ready)


class Worker(Program):
    """One worker; `start` returns when its process runs, `wait_until_ready` when it has work."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str], module: Sequence[str] = MODULE
    ) -> None:
        [port] = free_ports(1)
        self.url = f"http://{LOOPBACK}:{port}"
        told = {**settings, "SEINTJE_WORKER_LISTEN": f"{LOOPBACK}:{port}"}
        environ = [f"{name}={value}" for name, value in told.items()]
        program = [sys.executable, "-u", "-m", *module]
        super().__init__(folder, ["/usr/bin/env", *environ, *program], _SAYS_FIRST)

    def ready(self) -> tuple[bool, list[str]]:
        """Whether it says that it is ready, and if not, why."""
        try:
            with httpx.Client(base_url=self.url, trust_env=False, timeout=2.0) as http:
                answer = http.get("/readyz")
        except httpx.TransportError:
            return False, ["it does not answer"]
        return answer.status_code == httpx.codes.OK, answer.json()["reasons"]

    def wait_until_ready(self, within: float = 60.0) -> None:
        """AssertionError with the reasons if it does not get there."""
        until, moment = time.monotonic() + within, threading.Event()
        while not (found := self.ready())[0]:
            assert self.running, f"it has ended: {self.said[-4000:]}"
            assert time.monotonic() < until, f"{found[1]}: {self.said[-4000:]}"
            moment.wait(_MOMENT_S)

    @property
    def said(self) -> str:
        """Its log, of all its lives."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""
