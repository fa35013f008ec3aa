"""An agreement as tables, in Dutch and English, and its conditions in one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from hub.domain.agreement import Agreement, Language
from hub.domain.agreement_tables import Table, responsibility_matrix, rule_table, sharing_matrix
from hub.domain.facts import CATALOGUE
from hub.domain.wording import in_words
from tests.agreement.builders import DEFAULT, SMALL, agreement_of

EVERY_WORD: Final = Path(__file__).with_name("every_word.yaml").read_text("utf-8")


@pytest.fixture(scope="module")
def default() -> Agreement:
    return agreement_of(DEFAULT)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("table", [rule_table, responsibility_matrix, sharing_matrix])
def test_every_row_has_a_cell_for_each_header(
    default: Agreement, table: Callable[[Agreement, Language], Table], language: Language
) -> None:
    made = table(default, language)
    assert {len(row) for row in made.rows} == {len(made.headers)}


def test_every_rule_has_a_row_with_its_title_in_the_language(default: Agreement) -> None:
    rows = {row[0]: row for row in rule_table(default, "nl").rows}
    assert list(rows) == list(default.by_id)
    assert rows["intake-missing"] == (
        "intake-missing",
        "Startsituatie nog niet in beeld",
        "middel",
        "missing intake-completed by S + 1 d",
        "",
        "handelt: gemeente, begeleider",
        "10 wd",
        "1: startsituatie",
    )
    english = {row[0]: row for row in rule_table(default, "en").rows}
    assert english["intake-missing"][2] == "medium"


def test_a_shadow_rule_says_that_nobody_is_told() -> None:
    shadow = agreement_of(SMALL.replace("  tells", "  shadow: true\n  tells"))
    [row] = rule_table(shadow, "nl").rows
    assert row[5] == "proef: niemand krijgt bericht"


def test_the_responsibility_matrix_has_a_column_for_each_role(default: Agreement) -> None:
    table = responsibility_matrix(default, "nl")
    assert table.headers == ("Fase", "Taak", "gemeente", "begeleider", "corporatie", "huurders")
    assert ("coaching-vestiging", "wooninformatie", "", "", "volledig", "") in table.rows


def test_the_sharing_matrix_shows_what_nobody_sees_too(default: Agreement) -> None:
    rows = sharing_matrix(default, "nl").rows
    shown = {row[0] for row in rows}
    kinds = ("household", "region")
    assert shown == {name for name, row in CATALOGUE.items() if row.kind in kinds}
    assert ("rent-paid", "niemand", "", "", "", "") in rows


def test_roles_that_see_the_same_share_a_row(default: Agreement) -> None:
    rows = [row for row in sharing_matrix(default, "en").rows if row[0] == "begeleiding-ended"]
    assert [row[1:3] for row in rows] == [
        ("gemeente, begeleider", "occurredAt, reason"),
        ("corporatie", "occurredAt"),
    ]


def test_the_gate_stands_in_the_sharing_matrix(default: Agreement) -> None:
    [row] = [row for row in sharing_matrix(default, "nl").rows if row[0] == "rent-missed"]
    assert row[5].startswith("het nieuwste feit met dezelfde period: ")
    assert "socialCollection.tenantObjected: false" in row[5]


def test_every_word_of_the_language_can_be_said_in_one_line() -> None:
    said = [in_words(rule.when) for rule in agreement_of(EVERY_WORD).rules]
    assert said == [
        "((in begeleiding or in arrangement) and not missing begeleiding from S by S + 14 d and "
        "missing rent-paid (period: first) from S by due) for 2 wd",
        "(missing interpreter-provided (concerning it) by 5 wd after each interpreter-requested or "
        "missing rent-paid by 5 wd after each rent-missed (period: first) or "
        "missing work-placement-started by 6 mo after each start of begeleiding or "
        "without begeleiding or "
        "without begeleiding from S after begeleiding-ended (before signed + 1 y) or "
        "lapsed begeleiding-contact after 42 d)",
        "(seen signal-raised or "
        "seen damage-reported (cause: resident, side: corporatie, before due) "
        "at (not in begeleiding) or "
        "count 2 of (signal-raised (side: gemeente) or rent-missed) from both sides within 60 d or "
        "run of nuisance-reported with gap 60 d or "
        "open 2 of rent-missed closed by rent-paid by period settled when amount adds up to "
        "amountDue only first at (without begeleiding) or "
        "persons of latest family-reunification-expected/family-reunification-completed exceeds "
        "maxPersons of latest lease-signed)",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("{not: {in: begeleiding}, for: 2 d}", "{not: {in: begeleiding, for: 2 d}}"),
        pytest.param(
            "{seen: {fact: rent-missed, at: {in: begeleiding, for: 2 d}}}",
            "{seen: {fact: rent-missed, at: {in: begeleiding}}, for: 2 d}",
        ),
        pytest.param(
            "{all: [{in: begeleiding}, {any: [{in: tenancy}, {in: monitoring}]}]}",
            "{any: [{all: [{in: begeleiding}, {in: tenancy}]}, {in: monitoring}]}",
        ),
    ],
)
def test_conditions_that_differ_read_differently(one: str, other: str) -> None:
    said = [
        in_words(agreement_of(SMALL.replace("{seen: damage-reported}", text)).rules[0].when)
        for text in (one, other)
    ]
    assert said[0] != said[1]
