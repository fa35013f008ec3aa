"""Every rule is tested, explained, routed, and built on nothing but what a hub shows."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from hub.telemetry.catalogue import FAMILIES
from hub.telemetry.family import Family, Kind, Role
from tests.prometheus.prepare import needed
from tests.prometheus.rules import (
    ALERTS,
    BASE,
    FOLDER,
    RECORDING,
    RUNBOOKS,
    alerts,
    grouped_by,
    recorded,
    rules_of,
    selected,
)

TESTS: Final = sorted((FOLDER / "tests").glob("*.test.yaml"))
BY_SERIES: Final = {series: it for it in FAMILIES.values() for series in it.series}
OF_TARGETS: Final = frozenset({"hub", "job", "instance"})
JOBS: Final = frozenset(f"seintje-{it.value}" for it in Role)
RECORDED: Final = frozenset(it["record"] for it in recorded())
RULES: Final = rules_of(RECORDING) + rules_of(ALERTS)


def named(rule: dict[str, Any]) -> str:
    name: str = rule.get("alert") or rule["record"]
    return name


def ran(*command: str | Path) -> str:
    """What a command says, which must end well."""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize("file", TESTS, ids=lambda it: it.name)
def test_rules_do_what_their_tests_say(file: Path) -> None:
    ran(needed("promtool"), "test", "rules", file)


def test_a_wrong_expectation_is_seen(tmp_path: Path) -> None:
    wrong = (FOLDER / "tests" / "delivery.test.yaml").read_text("utf-8")
    wrong = wrong.replace("../", f"{FOLDER}/").replace("value: 1\n", "value: 2\n")
    file = tmp_path / "wrong.test.yaml"
    file.write_text(wrong, "utf-8")
    ended = subprocess.run([needed("promtool"), "test", "rules", file], capture_output=True)
    assert ended.returncode == 1


@pytest.mark.parametrize("name", ["prometheus.yaml", "prometheus-kafka.yaml"])
def test_prometheus_reads_the_configuration_with_all_rules(name: str) -> None:
    told = ran(needed("promtool"), "check", "config", FOLDER / name)
    for file in (RECORDING, ALERTS):
        assert re.search(rf"{file.name}\n  SUCCESS: {len(rules_of(file))} rules found", told)


@pytest.mark.parametrize("name", ["prometheus.yaml", "prometheus-kafka.yaml"])
def test_the_jobs_of_a_configuration_are_those_that_rules_know(name: str) -> None:
    jobs = yaml.safe_load((FOLDER / name).read_text("utf-8"))["scrape_configs"]
    assert {it["job_name"] for it in jobs} <= JOBS
    assert all("hub" in of["labels"] for it in jobs for of in it["static_configs"])


@pytest.mark.parametrize("rule", alerts(), ids=named)
def test_an_alert_says_what_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    name, told = rule["alert"], rule["annotations"]
    assert set(rule["labels"]) == {"severity"}
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert set(told) == {"summary", "description", "runbook_url"}
    assert "first" in told["description"] or "at once" in told["description"]
    assert told["runbook_url"] == f"{BASE}{name}.md"
    assert (RUNBOOKS / f"{name}.md").is_file()


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_has_a_test(rule: dict[str, Any]) -> None:
    """An alert that fires and one that does not; a figure that comes out."""
    looks = [look for test in _tests() for look in test["promql_expr_test"]]
    if "record" in rule:
        found = [it for it in looks if re.search(rf"{rule['record']}\b", it["expr"])]
        assert any(it["exp_samples"] for it in found)
        return
    mine = [it for it in looks if f'alertname="{rule["alert"]}"' in it["expr"]]
    assert any(it["exp_samples"] for it in mine)
    assert any(not it["exp_samples"] for it in mine)


@pytest.mark.parametrize("rule", alerts(), ids=named)
def test_an_alert_clears_in_a_test(rule: dict[str, Any]) -> None:
    for test in _tests():
        mine = [it for it in test["promql_expr_test"] if f'"{rule["alert"]}"' in it["expr"]]
        fired = [bool(it["exp_samples"]) for it in mine]
        if True in fired and not fired[-1]:
            return
    pytest.fail("in no test it fires and clears")


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_asks_only_for_what_a_hub_shows(rule: dict[str, Any]) -> None:
    found = list(selected(rule["expr"]))
    assert found
    labels = set(OF_TARGETS)
    for it in found:
        assert it.name in {*BY_SERIES, *RECORDED, "up"}
        known = _labels_of(it.name)
        labels |= known
        assert {label for label, _ in it.matchers} <= known
        if it.name in BY_SERIES:
            _look_at_values(BY_SERIES[it.name], dict(it.matchers))
    assert set(grouped_by(rule["expr"])) <= labels


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_compares_jobs_that_there_are(rule: dict[str, Any]) -> None:
    for it in selected(rule["expr"]):
        pattern = dict(it.matchers).get("job", "seintje-.*")
        assert any(re.fullmatch(pattern, job) for job in JOBS)


@pytest.mark.parametrize("rule", alerts(), ids=named)
def test_texts_use_only_labels_that_the_alert_has(rule: dict[str, Any]) -> None:
    """A label that was summed away shows as nothing."""
    used = set(re.findall(r"\$labels\.(\w+)", "".join(rule["annotations"].values())))
    assert used <= {*grouped_by(rule["expr"]), *OF_TARGETS}


def test_nothing_stands_in_the_folder_of_rules_but_what_is_tested() -> None:
    named_apart = {(named(it), *sorted(it.get("labels", {}).values())) for it in RULES}
    assert len(named_apart) == len(RULES)
    rule_files = {it.name for it in FOLDER.glob("*.rules.yaml")}
    assert rule_files == {RECORDING.name, ALERTS.name}


def test_every_runbook_has_an_alert_and_stands_in_the_index() -> None:
    pages = {it.stem for it in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == {it["alert"] for it in alerts()}
    index = (RUNBOOKS / "README.md").read_text("utf-8")
    assert [it for it in sorted(pages) if f"({it}.md)" not in index] == []


@pytest.mark.parametrize("name", sorted(it["alert"] for it in alerts()))
def test_a_runbook_answers_the_same_four_questions(name: str) -> None:
    page = (RUNBOOKS / f"{name}.md").read_text("utf-8")
    assert page.startswith(f"# {name}\n")
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == [
        "What it means",
        "How to look",
        "What to do",
        "How to know that it is over",
    ]


def test_the_command_that_sets_where_runbooks_are_reaches_each_of_them() -> None:
    text = ALERTS.read_text("utf-8")
    written = re.search(r"sed -i 's\|(.*?)\|(.*?)\|' alerts\.rules\.yaml", text)
    assert written is not None
    body = text.split("\ngroups:\n", 1)[1].replace(written[1], written[2])
    assert body.count(written[2]) == len(alerts())
    assert "seintje.example" not in body


@cache
def _tests() -> Sequence[dict[str, Any]]:
    return [it for file in TESTS for it in yaml.safe_load(file.read_text("utf-8"))["tests"]]


def _labels_of(name: str) -> frozenset[str]:
    """What a series can be asked by."""
    if name in BY_SERIES:
        family = BY_SERIES[name]
        return OF_TARGETS | {*family.labels, *({"le"} if name.endswith("_bucket") else ())}
    given = [it["labels"] for it in recorded() if it["record"] == name and "labels" in it]
    return OF_TARGETS.union(*given)


def _look_at_values(family: Family, values: dict[str, str]) -> None:
    """A bound of a promise is the edge of a bucket, or it is asked in vain."""
    if family.kind is Kind.HISTOGRAM and "le" in values:
        assert values["le"] in {repr(float(it)) for it in family.buckets}
