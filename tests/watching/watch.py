"""A real Prometheus and a real Alertmanager that watch hubs, and the pager that they tell."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from msgspec import Struct

from tests.kafka.broker import LOOPBACK, free_ports
from tests.kafka.program import Program
from tests.prometheus.prepare import needed
from tests.watching import shortened
from tests.watching.pager import WITHIN_S, Pager, pager

_PROMETHEUS_SAYS: Final = "Server is ready to receive web requests"
_ALERTMANAGER_SAYS: Final = "Listening on"


class Watch(Struct, frozen=True):
    """Where Prometheus and Alertmanager are, and who is told."""

    url: str
    alertmanager: str
    pager: Pager

    def asks(self, query: str) -> list[dict[str, Any]]:
        """What Prometheus answers: `metric` and `value` of each series."""
        told = httpx.get(
            f"{self.url}/api/v1/query", params={"query": query}, timeout=10, trust_env=False
        )
        found: list[dict[str, Any]] = told.json()["data"]["result"]
        return found

    def suppresses(self, name: str) -> None:
        """Wait until this fires and nobody is told, for another alert says it all."""
        self._wait_for(lambda: name in self._suppressed(), name)

    def until(self, query: str) -> None:
        """Wait until a query has an answer."""
        self._wait_for(lambda: bool(self.asks(query)), query)

    def _suppressed(self) -> set[str]:
        told = httpx.get(f"{self.alertmanager}/api/v2/alerts", timeout=10, trust_env=False).json()
        return {it["labels"]["alertname"] for it in told if it["status"]["state"] == "suppressed"}

    def _wait_for(self, is_so: Callable[[], bool], what: str) -> None:
        until, moment = time.monotonic() + WITHIN_S, threading.Event()
        while not is_so():
            assert time.monotonic() < until, f"{what}; {self.firing()} fire"
            moment.wait(0.2)

    def firing(self) -> set[str]:
        """The alerts that fire now."""
        return {it["metric"]["alertname"] for it in self.asks('ALERTS{alertstate="firing"}')}


@contextmanager
def watching(folder: Path, jobs: Mapping[str, Sequence[dict[str, Any]]]) -> Iterator[Watch]:
    """Both, as long as the block runs; skipped where they are not installed."""
    programs = needed("prometheus"), needed("alertmanager")
    folder.mkdir()
    with pager() as found:
        ports = free_ports(2)
        at = [f"{LOOPBACK}:{it}" for it in ports]
        shortened.prometheus(folder, jobs, at[1])
        shortened.alertmanager(folder, found.url)
        started = [_alertmanager(folder, programs[1], at[1]), _prometheus(folder, programs[0], at)]
        try:
            for it in started:
                it.start()
            yield Watch(f"http://{at[0]}", f"http://{at[1]}", found)
        finally:
            for it in reversed(started):
                it.kill()


def target(hub: str, *urls: str) -> dict[str, Any]:
    """What Prometheus scrapes of one hub, for `static_configs`."""
    return {"targets": [it.removeprefix("http://") for it in urls], "labels": {"hub": hub}}


def _prometheus(folder: Path, program: str, at: Sequence[str]) -> Program:
    options = [
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address={at[0]}",
        "--rules.alert.resend-delay=1s",
    ]
    return Program(folder / "prometheus", [program, *options], _PROMETHEUS_SAYS)


def _alertmanager(folder: Path, program: str, at: str) -> Program:
    options = [
        f"--config.file={folder / 'alertmanager.yaml'}",
        f"--storage.path={folder / 'silences'}",
        f"--web.listen-address={at}",
        "--cluster.listen-address=",  # it would listen for others on every interface
    ]
    return Program(folder / "alertmanager", [program, *options], _ALERTMANAGER_SAYS)
