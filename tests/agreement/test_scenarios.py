"""The scenarios of the default agreement, and what a scenario says when it fails."""

from pathlib import Path
from typing import Final

import pytest

from hub.agreement_files import load
from hub.agreement_scenarios import Result, run, scenario_files
from hub.domain.marked import Node, Reader
from hub.domain.scenario_file import read_scenarios
from hub.errors import Misconfigured
from hub.wire.yaml import parse
from tests.agreement.builders import DEFAULT, SHIPPED, agreement_of

FILES: Final = scenario_files(SHIPPED / "duurzame-start.yaml")
TEXT: Final = """\
gemeente: "0988"
given:
  - 2023-12-25 lease-signed: {startDate: 2024-01-08}
scenarios:
  - name: een signaal
    facts:
      - 2024-01-08 signal-raised by corporatie
    at: 2024-01-08
    expect: [signal from 2024-01-08]
"""


def result_of(tmp_path: Path, text: str) -> Result:
    file = tmp_path / "scenario.yaml"
    file.write_text(text, "utf-8")
    [result] = run(file, *load(SHIPPED))
    return result


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_default_agreement_does_what_its_scenarios_say(file: Path) -> None:
    assert [result for result in run(file, *load(SHIPPED)) if not result.passed] == []


def test_every_household_rule_holds_in_a_scenario_and_does_not_in_another() -> None:
    rules = {rule.id for rule in agreement_of(DEFAULT).rules}
    held: dict[str, int] = dict.fromkeys(rules, 0)
    scenarios = 0
    for file in FILES:
        node = parse(file.read_text("utf-8"))
        assert isinstance(node, Node)
        for scenario in read_scenarios(node, Reader()).scenarios:
            scenarios += 1
            for rule in {alert.rule for alert in scenario.expect} & rules:
                held[rule] += 1
    assert [rule for rule, times in held.items() if times == 0] == []
    assert all(times < scenarios for times in held.values())


def test_a_scenario_passes(tmp_path: Path) -> None:
    assert result_of(tmp_path, TEXT).passed


@pytest.mark.parametrize(
    ("old", "new", "missing", "unexpected"),
    [
        pytest.param(
            "[signal from 2024-01-08]",
            "[]",
            (),
            ("signal from 2024-01-08",),
            id="an alert that is not expected",
        ),
        pytest.param(
            "[signal from 2024-01-08]",
            "[signal from 2024-01-08, nuisance from 2024-01-08]",
            ("nuisance from 2024-01-08",),
            (),
            id="an alert that is not found",
        ),
        pytest.param(
            "[signal from 2024-01-08]",
            "[signal from 2024-01-09]",
            ("signal from 2024-01-09",),
            ("signal from 2024-01-08",),
            id="an alert on another day",
        ),
        pytest.param(
            "    at: 2024-01-08\n    expect: [signal from 2024-01-08]",
            "    at: 2024-01-08 12:00\n"
            "    expect: [signal from 2024-01-08 until 2024-01-08 11:30 (approach)]",
            ("signal from 2024-01-08 until 2024-01-08 11:30:00 (approach)",),
            ("signal from 2024-01-08",),
            id="an end that did not come",
        ),
        pytest.param(
            "by corporatie\n",
            "of b by corporatie\n      - 2023-12-25 lease-signed of b: {startDate: 2024-01-08}\n",
            ("signal from 2024-01-08",),
            ("signal of b from 2024-01-08",),
            id="an alert of another household",
        ),
    ],
)
def test_a_failing_scenario_says_which_alerts(
    tmp_path: Path, old: str, new: str, missing: tuple[str, ...], unexpected: tuple[str, ...]
) -> None:
    assert TEXT.count(old) == 1
    result = result_of(tmp_path, TEXT.replace(old, new))
    assert not result.passed
    assert (result.missing, result.unexpected) == (missing, unexpected)
    assert (result.line, result.name) == (5, "een signaal")


@pytest.mark.parametrize(
    ("new", "told"),
    [
        pytest.param(
            "2024-01-08 signal-raised by corporatie-swalm",
            "line 7: nobody here is `corporatie-swalm`; write the id or role of a party of 0988",
            id="a party that there is not",
        ),
        pytest.param(
            "2024-01-08 intake-completed by corporatie",
            "line 7: intake-completed is refused (not-your-fact)",
            id="a fact that this party may not publish",
        ),
        pytest.param(
            "2024-01-08 rent-missed: {period: januari}",
            "line 7: rent-missed is refused (schema-violation)",
            id="a value that does not fit",
        ),
        pytest.param(
            "2024-01-08 approach-agreed by gemeente: {alert: nuisance}",
            "line 7: there is no alert of `nuisance` yet to act on",
            id="an act on nothing",
        ),
    ],
)
def test_a_fact_that_cannot_be_taken_fails_the_scenario(
    tmp_path: Path, new: str, told: str
) -> None:
    result = result_of(tmp_path, TEXT.replace("2024-01-08 signal-raised by corporatie", new))
    assert not result.passed
    assert result.refused[0].startswith(told)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(
            "2024-01-08 signal-raised",
            "9 januari signal-raised",
            "7:9: a fact is a day and a type, like `2024-01-22 rent-missed: {period: 2024-01}`",
            id="a day in other words",
        ),
        pytest.param(
            "signal-raised",
            "signal-rised",
            "7:9: `signal-rised` is no fact type; write `signal-raised`",
            id="an unknown type",
        ),
        pytest.param(
            "2024-01-08 signal-raised",
            "2024-02-30 signal-raised",
            "7:9: day: `2024-02-30`: expected a day like 2024-01-22, or 2024-01-22 10:30",
            id="a day that there is not",
        ),
        pytest.param(
            "expect: [signal from 2024-01-08]",
            "expect: [signal since 2024-01-08]",
            "9:14: an alert is like `signal from 2024-02-22 until 2024-03-05 (approach)`",
            id="an alert in other words",
        ),
        pytest.param(
            "    facts",
            "    without: [intake-completed]\n    facts",
            "6:15: without: nothing given is `intake-completed`; allowed: `lease-signed`",
            id="without what was not given",
        ),
        pytest.param(
            "    at: 2024-01-08\n",
            "",
            "5:5: scenario: `at` is missing; add `at: …`",
            id="no day to look at",
        ),
    ],
)
def test_a_mistake_in_a_scenario_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(Misconfigured) as raised:
        result_of(tmp_path, TEXT.replace(old, new))
    assert f"scenario.yaml:{told}" in str(raised.value)


def test_facts_can_name_each_other(tmp_path: Path) -> None:
    facts = "- 2024-01-08 signal-raised by corporatie: {as: zorg}\n"
    retracted = "      - 2024-01-08 fact-retracted by corporatie: {retracts: zorg}"
    text = TEXT.replace("- 2024-01-08 signal-raised by corporatie\n", facts + retracted + "\n")
    assert result_of(tmp_path, text.replace("[signal from 2024-01-08]", "[]")).passed
