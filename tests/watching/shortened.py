"""The files of `deploy/prometheus` as they are shipped, made to run in seconds instead of minutes.

Every duration is divided by `FASTER`, down to a second, and nothing else: how long something must
hold (`for`), the windows that are looked over (`[5m]`), how far is looked back (`offset`), how far
ahead (the second argument of `predict_linear`), and in Alertmanager how long it waits. What is
compared with what stays as it is. Addresses become those of the test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from tests.prometheus.rules import FOLDER

FASTER: Final = 60
RULES: Final = ("recording.rules.yaml", "alerts.rules.yaml")

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_DURATION: Final = re.compile(r"(\d+)([smhdwy])")
_IN_EXPRESSION: Final = re.compile(r"(?<=\[)(\d+)([smhdwy])(?=\])|(?<=offset )(\d+)([smhdwy])")
_AHEAD: Final = re.compile(r"(predict_linear\([^,]*, )(\d+) \* 86400\)")

Tree = dict[str, Any]


def shorter(duration: str) -> str:
    """A duration of Prometheus, so many times shorter, and a second at least."""
    found = _DURATION.fullmatch(duration)
    assert found is not None, duration
    return f"{max(1, int(found[1]) * _UNITS[found[2]] // FASTER)}s"


def shorter_expression(expression: str) -> str:
    """PromQL that looks over windows so many times shorter."""
    told = _IN_EXPRESSION.sub(lambda it: shorter(it[0]), expression)
    return _AHEAD.sub(lambda it: f"{it[1]}{int(it[2]) * 86_400 // FASTER})", told)


def shorter_rules(rules: Tree) -> Tree:
    """A rule file."""
    return {"groups": [_group(it) for it in rules["groups"]]}


def _group(group: Tree) -> Tree:
    return {"name": group["name"], "rules": [_rule(it) for it in group["rules"]]}


def _rule(rule: Tree) -> Tree:
    found = {**rule, "expr": shorter_expression(rule["expr"])}
    return {**found, "for": shorter(rule["for"])} if "for" in rule else found


def prometheus(folder: Path, jobs: Mapping[str, Sequence[Tree]], alertmanager: str) -> Path:
    """The configuration of a Prometheus that looks each second, with the rules beside it. `jobs`
    are its targets: `static_configs` by job."""
    told: Tree = yaml.safe_load((FOLDER / "prometheus-kafka.yaml").read_text("utf-8"))
    told["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    told["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager]}]}]
    told["scrape_configs"] = [
        {"job_name": job, "static_configs": list(targets)} for job, targets in jobs.items()
    ]
    for name in told["rule_files"]:
        rules = yaml.safe_load((FOLDER / name).read_text("utf-8"))
        _write(folder / name, shorter_rules(rules))
    return _write(folder / "prometheus.yaml", told)


def alertmanager(folder: Path, receiver: str) -> Path:
    """The configuration of an Alertmanager that tells `receiver`, by the name of who hears it."""
    told: Tree = yaml.safe_load((FOLDER / "alertmanager.yaml").read_text("utf-8"))
    for route in (told["route"], *told["route"]["routes"]):
        waits = [it for it in route if it.startswith("group_") and it != "group_by"]
        route.update({it: shorter(route[it]) for it in (*waits, "repeat_interval") if it in route})
    for who in told["receivers"]:
        for hook in who["webhook_configs"]:
            hook["url"] = f"{receiver}/{who['name']}"
    return _write(folder / "alertmanager.yaml", told)


def _write(file: Path, told: Tree) -> Path:
    file.write_text(yaml.safe_dump(told, sort_keys=False), "utf-8")
    return file
