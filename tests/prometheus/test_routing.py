"""Alertmanager sends each alert where it belongs, and says nothing that follows from another."""

from __future__ import annotations

import re
import subprocess
from typing import Any, Final

import pytest
import yaml

from tests.prometheus.prepare import needed
from tests.prometheus.rules import FOLDER, alerts

FILE: Final = FOLDER / "alertmanager.yaml"
CONFIGURATION: Final[dict[str, Any]] = yaml.safe_load(FILE.read_text("utf-8"))
NAMES: Final = frozenset(it["alert"] for it in alerts())
_ALERTS: Final = re.compile(r'alertname=~?"([^"]*)"')


def asked(*words: str) -> str:
    """What amtool says, which must end well."""
    command = [needed("amtool"), *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.strip()


def test_alertmanager_reads_its_configuration() -> None:
    assert "SUCCESS" in asked("check-config", str(FILE))


@pytest.mark.parametrize("severity", ["page", "ticket"])
def test_an_alert_goes_where_its_severity_says(severity: str) -> None:
    found = asked("config", "routes", "test", f"--config.file={FILE}", f"severity={severity}")
    assert found == severity


def test_what_inhibits_and_what_is_inhibited_are_alerts() -> None:
    for rule in CONFIGURATION["inhibit_rules"]:
        for side in ("source_matchers", "target_matchers"):
            names = [it for line in rule[side] for it in _ALERTS.findall(line)]
            assert names
            assert {part for it in names for part in it.split("|")} <= NAMES


def test_nothing_inhibits_itself_or_what_inhibits_it() -> None:
    """Two that silence each other would both be silent."""
    pairs = {
        (source, target)
        for rule in CONFIGURATION["inhibit_rules"]
        for source in _named(rule["source_matchers"])
        for target in _named(rule["target_matchers"])
    }
    assert not {(target, source) for source, target in pairs} & pairs


def test_an_alert_inhibits_only_at_the_same_hub() -> None:
    assert all("hub" in it["equal"] for it in CONFIGURATION["inhibit_rules"])


def _named(matchers: list[str]) -> set[str]:
    return {part for line in matchers for it in _ALERTS.findall(line) for part in it.split("|")}
