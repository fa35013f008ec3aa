"""The two catalogues say the same things, and everything that a page asks for is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from string import Formatter

from hub.console.evidence import NEVER_SHOWN
from hub.console.looking import ACTIONS, OUTCOMES
from hub.console.words import LANGUAGES, Words
from hub.domain.acts import Resolution, Status
from hub.domain.facts import CATALOGUE, fields_of
from hub.domain.names import NAMES
from hub.shipped import shipped
from tests.house.sources import ROOT, sources

DUTCH, ENGLISH = (Words.load(it) for it in LANGUAGES)
TEXTS = tuple(
    [it.read_text("utf-8") for it in (ROOT / "hub/console/templates").glob("*.html")]
    + [it.text for it in sources("hub/console")]
)
KEY = r"[\"']([a-z-]+(?:\.[a-z-]+)+)[\"']"
ASKED = re.compile(rf"\bwords\(\s*{KEY}")
ELSE = re.compile(rf"\belse {KEY}")
# Put together of a beginning and a name, here or by a part of the page.
BUILT = re.compile(r"""words\(\s*f?"([a-z-]+\.)(?:"\s*~|\{)""")
BY_NAME = ("field.", "code.", "held.", "did.", "several.")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def fields() -> Iterator[tuple[str, str, list[str]]]:
    """Each field that has codes: its type, its name, and those."""
    for name in CATALOGUE:
        schema = json.loads((shipped("schemas/avro") / f"{name}.v1.avsc").read_text("utf-8"))
        for field in schema["fields"]:
            if "codes" in field:
                yield name, field["name"], field["codes"]


def found(pattern: re.Pattern[str]) -> set[str]:
    return {it for text in TEXTS for it in pattern.findall(text)}


def test_both_languages_have_the_same_texts() -> None:
    assert DUTCH.texts.keys() == ENGLISH.texts.keys()


def test_both_say_the_same_things_and_something() -> None:
    for key, dutch in DUTCH.texts.items():
        english = ENGLISH.texts[key]
        assert dutch.strip(), key
        assert english.strip(), key
        assert placeholders(dutch) - {"n"} == placeholders(english) - {"n"}, key


def test_every_text_that_is_asked_for_is_there() -> None:
    known = DUTCH.texts.keys() | {it.removesuffix(".one") for it in DUTCH.texts}
    asked = found(ASKED) | found(ELSE)
    assert len(asked) > 80
    assert not asked - known


def test_every_text_is_asked_for() -> None:
    asked, built = found(re.compile(KEY)), (*found(BUILT), *BY_NAME)
    left = {re.sub(r"\.(one|many)$", "", it) for it in DUTCH.texts} - asked
    assert not {it for it in left if not it.startswith(built)}


def test_every_field_that_a_page_may_show_has_a_name() -> None:
    shown = {
        name.rpartition(".")[2]
        for fact_type in CATALOGUE
        for name in fields_of(fact_type)
        if name not in ("alertId", "retracts", "socialCollection")
    }
    assert not {it for it in shown - NEVER_SHOWN if f"field.{it}" not in DUTCH.texts}


def test_every_code_that_a_page_may_show_has_a_name() -> None:
    codes = {code for _, name, known in fields() if name not in NEVER_SHOWN for code in known}
    assert not {it for it in codes if f"code.{it}" not in DUTCH.texts}


def test_what_can_be_chosen_is_what_the_facts_document_lists() -> None:
    listed = {name: set(codes) for name, _, codes in fields()}
    assert listed["approach-agreed"] == {*ACTIONS, "unknown"}
    assert listed["alert-closed"] == {*OUTCOMES, "unknown"}


def test_names_of_the_domain_that_pages_use_are_known() -> None:
    used = {*CATALOGUE, *Status, *Resolution, "critical", "high", "medium", "low", "full", "shared"}
    assert not used - NAMES.keys()


def test_no_text_tells_where_somebody_comes_from() -> None:
    for words in (DUTCH, ENGLISH):
        for text in words.texts.values():
            assert not re.search("statushouder|vergunning|asiel|vluchteling|permit|refugee", text)
