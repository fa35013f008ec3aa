"""The difference of two agreements says what changed, part by part, and nothing about layout."""

from typing import Final

import pytest
import yaml

from hub.domain.agreement_diff import Change, Difference, difference
from tests.agreement.builders import DEFAULT, SMALL, agreement_of


def changed(old: str, new: str) -> Difference:
    assert SMALL.count(old) == 1, old
    return difference(agreement_of(SMALL), agreement_of(SMALL.replace(old, new)))


def rule_change(old: str, new: str) -> list[Change]:
    [change] = changed(old, new).rules_changed
    assert change.rule == "schade"
    return list(change.changes)


def test_an_agreement_differs_in_nothing_from_itself_laid_out_otherwise() -> None:
    other = yaml.safe_dump(yaml.safe_load(DEFAULT), allow_unicode=True, sort_keys=False)
    assert other != DEFAULT
    assert difference(agreement_of(DEFAULT), agreement_of(other)).is_empty


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        pytest.param(
            "severity: high", "severity: low", Change("severity", "high", "low"), id="severity"
        ),
        pytest.param(
            "{seen: damage-reported}",
            "{seen: {fact: damage-reported, where: {cause: resident}}}",
            Change("when", "seen damage-reported", "seen damage-reported (cause: resident)"),
            id="condition",
        ),
        pytest.param(
            "  tells:",
            "  until: [approach, {after: 90 d}]\n  tells:",
            Change("until", "", "approach, after 90 d"),
            id="an end that was not there",
        ),
        pytest.param(
            "{corporatie: acts}",
            "{corporatie: acts, huurders: informed}",
            Change("tells", "corporatie: acts", "corporatie: acts, huurders: informed"),
            id="who is told",
        ),
        pytest.param(
            "message: Er is schade.",
            "message: Er is iets stuk.",
            Change("text nl message all", "Er is schade.", "Er is iets stuk."),
            id="a text",
        ),
        pytest.param(
            "  severity: high",
            "  severity: high\n  during: always",
            Change("during", "monitoring", "always"),
            id="the states in which it holds",
        ),
    ],
)
def test_a_part_of_a_rule(old: str, new: str, change: Change) -> None:
    assert rule_change(old, new) == [change]


SHARED: Final = "gemeente: {fields: [occurredAt], purpose: aanpak, basis: convenant}"


def test_rules_that_came_and_went() -> None:
    found = changed("- id: schade", "- id: lekkage")
    assert (found.rules_added, found.rules_removed) == (("lekkage",), ("schade",))
    assert found.rules_changed == ()


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        pytest.param(
            "[occurredAt]",
            "[occurredAt, category]",
            Change(
                "damage-reported → gemeente",
                "occurredAt; aanpak; convenant",
                "occurredAt, category; aanpak; convenant",
            ),
            id="a field more",
        ),
        pytest.param(
            f"    {SHARED}\n",
            f"    {SHARED}\n    corporatie: {{fields: [category], purpose: p, basis: b}}\n",
            Change("damage-reported → corporatie", "", "category; p; b"),
            id="a role more",
        ),
        pytest.param(
            "basis: convenant}",
            "basis: convenant, gate: {newestBy: category, where: {cause: resident}}}",
            Change(
                "damage-reported → gemeente",
                "occurredAt; aanpak; convenant",
                "occurredAt; aanpak; convenant; gate: newest by category with cause: resident",
            ),
            id="a gate",
        ),
    ],
)
def test_sharing(old: str, new: str, change: Change) -> None:
    found = changed(old, new)
    assert list(found.sharing) == [change]
    assert found.rules_changed == ()


def test_responsibilities() -> None:
    found = changed("corporatie: shared}}", "corporatie: shared, huurders: shared}}")
    assert [it.part for it in found.responsibilities] == ["coaching-vestiging schade"]


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        pytest.param(
            "retention: 1 y", "retention: 2 y", Change("retention", "1 y", "2 y"), id="retention"
        ),
        pytest.param(
            "    - 2026-01-01\n",
            "    - 2026-01-01\n    - 2026-04-27\n",
            Change("holiday 2026-04-27", "", "yes"),
            id="a holiday",
        ),
        pytest.param(
            "until: [begeleiding-ended]",
            "until: [begeleiding-ended, end]",
            Change(
                "state begeleiding",
                "from begeleiding-started until begeleiding-ended",
                "from begeleiding-started until begeleiding-ended, end of the tenancy",
            ),
            id="a state",
        ),
    ],
)
def test_what_is_neither_rule_nor_sharing(old: str, new: str, change: Change) -> None:
    assert list(changed(old, new).general) == [change]
