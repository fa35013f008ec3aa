"""A real Prometheus that scrapes a hub every second, and what it answers.

Where none is installed (`tests.prometheus.prepare`), who asks for one looks first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import yaml
from msgspec import Struct

from tests.grafana.reading import RECORDING
from tests.kafka.broker import LOOPBACK, free_ports
from tests.kafka.program import Program
from tests.prometheus.prepare import find

HUB: Final = "region"
SCRAPE_S: Final = 1
# What Grafana makes of that: four scrapes.
OVER: Final = "4s"

_READY: Final = "Server is ready to receive web requests"


class Target(Struct, frozen=True):
    """A process that shows metrics: its role, as rules and dashboards know it, and its address."""

    job: str
    address: str


class Line(Struct, frozen=True):
    """A series of an answer: its labels, and its points, by time; what is no number is left out."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


class Prometheus(Program):
    """It keeps what it scraped in its folder."""

    def __init__(self, folder: Path, targets: Sequence[Target]) -> None:
        [port] = free_ports(1)
        self.url = f"http://{LOOPBACK}:{port}"
        folder.mkdir(parents=True)
        (folder / "rules.yaml").write_text(yaml.safe_dump(_hasty_rules()))
        config = folder / "prometheus.yaml"
        config.write_text(yaml.safe_dump(_configuration(targets, folder / "rules.yaml")))
        options = {
            "config.file": config,
            "storage.tsdb.path": folder / "data",
            "web.listen-address": f"{LOOPBACK}:{port}",
        }
        command = [
            str(find("prometheus")),
            *(f"--{name}={value}" for name, value in options.items()),
        ]
        super().__init__(folder, command, _READY)

    def over_time(self, expr: str, since: float, until: float, step: float = 1.0) -> list[Line]:
        """As a graph asks; AssertionError with what Prometheus says if it does not answer."""
        times = {"start": since, "end": until, "step": step}
        return [_line(it["metric"], it["values"]) for it in self._ask("query_range", expr, times)]

    def at(self, expr: str, moment: float) -> list[Line]:
        """As a table asks."""
        found = self._ask("query", expr, {"time": moment})
        return [_line(it["metric"], [it["value"]]) for it in found]

    def is_up(self) -> bool:
        """Whether it has scraped all of its targets, twice."""
        found = self.at("min(count_over_time(up[5m])) * min(up)", time.time())
        return bool(found) and found[0].points[-1][1] >= 3

    def _ask(self, how: str, expr: str, more: Mapping[str, float]) -> list[Mapping[str, Any]]:
        with httpx.Client(trust_env=False, timeout=30.0) as http:
            answer = http.post(f"{self.url}/api/v1/{how}", data={"query": expr, **more})
        said = answer.json()
        assert said["status"] == "success", f"{expr}: {said}"
        assert not said.get("warnings"), said["warnings"]
        found: list[Mapping[str, Any]] = said["data"]["result"]
        return found


@contextmanager
def scraping(folder: Path, targets: Sequence[Target]) -> Iterator[Prometheus]:
    """One that runs for as long as the block does."""
    found = Prometheus(folder, targets)
    found.start()
    try:
        yield found
    finally:
        found.stop()


def _line(labels: Mapping[str, str], points: Sequence[tuple[float, str]]) -> Line:
    numbers = tuple((float(at), float(value)) for at, value in points if value != "NaN")
    return Line(labels, numbers)


def _hasty_rules() -> Mapping[str, Any]:
    """The recording rules as they are, but every one at each turn: nobody waits five minutes."""
    rules: dict[str, Any] = yaml.safe_load(RECORDING.read_text("utf-8"))
    for group in rules["groups"]:
        group.pop("interval", None)
    return rules


def _configuration(targets: Sequence[Target], rules: Path) -> Mapping[str, Any]:
    jobs: dict[str, list[str]] = {}
    for it in targets:
        jobs.setdefault(it.job, []).append(it.address)
    return {
        "global": {"scrape_interval": f"{SCRAPE_S}s", "evaluation_interval": f"{SCRAPE_S}s"},
        "rule_files": [str(rules)],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": there, "labels": {"hub": HUB}}]}
            for job, there in jobs.items()
        ],
    }
