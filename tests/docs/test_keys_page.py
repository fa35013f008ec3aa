"""docs/keys.md says what is derived from a key, and how each source of it is set."""

from __future__ import annotations

from docs.keys_page import PAGE, filled


def test_the_table_is_that_of_the_code() -> None:
    page = PAGE.read_text("utf-8")
    assert page == filled(page), "run: python -m docs.generate"


def test_every_source_of_a_key_stands_in_the_page() -> None:
    page = PAGE.read_text("utf-8")
    sources = ("SEINTJE_KEY_FILE", "SEINTJE_KEY", "SEINTJE_KEY_URL", "SEINTJE_KEY_TOKEN_FILE")
    assert [name for name in sources if f"`{name}`" not in page] == []
