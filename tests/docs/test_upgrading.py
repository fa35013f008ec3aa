"""docs/upgrading.md says which forms there are today."""

from __future__ import annotations

from docs.forms_page import PAGE, filled


def test_the_table_of_forms_is_that_of_the_code() -> None:
    page = PAGE.read_text("utf-8")
    assert page == filled(page), "run: python -m docs.generate"
