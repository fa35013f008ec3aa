"""The mapping file: read strictly, every mistake with its line and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.gemeente.zgw_mapping import read_mapping
from hub.domain.marked import Node
from hub.errors import Misconfigured
from hub.wire.yaml import parse
from tests.connectors.zgw.stage import MAPPING, Stage


def problems(text: str) -> list[str]:
    tree = parse(text)
    assert isinstance(tree, Node)
    return [str(it) for it in sorted(set(read_mapping(tree)[1].problems))]


def test_the_mapping_of_the_tests_has_no_mistake() -> None:
    assert problems(MAPPING) == []


@pytest.mark.parametrize(
    ("instead_of", "stands", "line", "says"),
    [
        pytest.param("fact: begeleiding-started", "fact: begeleiding-start", 7,
                     "write `begeleiding-started`", id="a fact that is none"),
        pytest.param("fact: begeleiding-started", "fact: rent-missed", 7,
                     "is none of", id="a fact of a corporatie"),
        pytest.param("when: {status: In begeleiding}", "when: {statuus: In begeleiding}", 8,
                     "write `status`", id="an unknown sort"),
        pytest.param("when: {status: In begeleiding}", "when: {}", 8,
                     "write one of `eigenschap`", id="no sort"),
        pytest.param("when: {status: In begeleiding}", "when: {zaak: gestart}", 8,
                     "is none of `begonnen`, `beëindigd`", id="an unknown moment"),
        pytest.param("when: {status: In begeleiding}", "when: {status: X, is: ja}", 8,
                     "only an eigenschap has a value", id="a value of a status"),
        pytest.param("organisation: Stichting Voorbeeld", "organisatie: Stichting Voorbeeld", 10,
                     "write `organisation`", id="an unknown field"),
        pytest.param("          organisation: Stichting Voorbeeld\n", "", 7,
                     "`organisation` is missing", id="a field that is missing"),
        pytest.param("{eigenschap: Einde gepland}", "binnenkort", 11,
                     "write a date, like 2026-01-31", id="a constant of another form"),
        pytest.param("{eigenschap: Einde gepland}", "{zaak: einddatum gepland}", 11,
                     "write `einddatumGepland`", id="a field that a zaak has not"),
        pytest.param("{eigenschap: Einde gepland}", "{rol: naam, zaak: startdatum}", 11,
                     "write one of", id="two sources"),
        pytest.param("{eigenschap: Einde gepland}", "[a, b]", 11,
                     "write one value", id="a list"),
        pytest.param("Afgerond: completed", "Afgerond: is klaar!", 18,
                     "write a code", id="a code that is none"),
        pytest.param("when: {rol: behandelaar}", "when: {eigenschap: Contact}", 19,
                     "an eigenschap has no date; add `at:", id="no date"),
        pytest.param("lease: {issuer: corporatie-maas, value:", "lease: {value:", 4,
                     "`issuer` is missing", id="a lease of nobody"),
        pytest.param('gemeente: "0988"\n', "", 3, "`gemeente` is missing", id="no gemeente"),
        pytest.param("fact: intake-completed\n        when: {status: Intake gedaan}",
                     "fact: begeleiding-started\n        when: {status: [X, In begeleiding]}", 12,
                     "line 7 says this too", id="said twice"),
        pytest.param("    facts:", "    fact:", 6, "write `facts`", id="an unknown key"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(
    instead_of: str, stands: str, line: int, says: str
) -> None:
    text = MAPPING.replace(instead_of, stands, 1)
    assert text != MAPPING

    found = problems(text)

    assert any(it.startswith(f"{line}:") and says in it for it in found), found


def test_all_mistakes_are_told_at_once(stage: Stage, tmp_path: Path) -> None:
    stage.file.write_text(
        MAPPING.replace("begeleiding-started", "begeleiding-begonnen").replace("rol:", "role:")
    )

    with pytest.raises(Misconfigured) as caught:
        stage.built()

    lines = str(caught.value).splitlines()[1:]
    assert [it.startswith(f"{tmp_path}/mapping.yaml:") for it in lines] == [True] * 3


@pytest.mark.parametrize("text", ["", "a: [", "- a", "zaaktypen: {}", "zaaktypen: [A]"])
def test_what_is_no_mapping_is_told_so(stage: Stage, text: str) -> None:
    stage.file.write_text(text)

    with pytest.raises(Misconfigured, match="mapping"):
        stage.built()
