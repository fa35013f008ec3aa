"""docs/facts.md says what the code does: catalogue, codes and refusals."""

from __future__ import annotations

import json

from docs.generate import PAGE, filled
from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Slug
from hub.gateway.problems import EXPLAINED


def test_the_tables_are_those_of_the_catalogue_and_the_refusals() -> None:
    page = PAGE.read_text("utf-8")
    assert page == filled(page), "run: python -m docs.generate"


def test_every_fact_type_and_every_refusal_stands_in_the_page() -> None:
    page = PAGE.read_text("utf-8")
    assert [name for name in (*CATALOGUE, *Slug) if f"`{name}`" not in page] == []


def test_every_problem_of_a_call_stands_in_the_page_with_its_status() -> None:
    page = PAGE.read_text("utf-8")
    told = page.partition("What is wrong with the call itself")[2].partition("\n\n")[0]
    for trouble, known in EXPLAINED.items():
        after = told.partition(f"`{trouble}`")[2]
        assert str(known.status) in after, trouble


def test_the_example_in_the_page_is_the_file_beside_it() -> None:
    page = PAGE.read_text("utf-8")
    shown = json.loads(page.partition("```json\n")[2].partition("```")[0])
    assert shown == json.loads((PAGE.parent / "examples" / "lease-signed.json").read_text("utf-8"))
