"""Pages with tables that follow from the code, from `<!-- name -->` to `<!-- /name -->`.

What a table is stands in a module beside its page; here is how it gets into it.
"""

from __future__ import annotations


def between(page: str, name: str, table: str) -> str:
    """The page with this table where its markers are."""
    before, opens, rest = page.partition(f"<!-- {name} -->\n")
    _, closes, after = rest.partition(f"<!-- /{name} -->")
    assert opens, f"the page has no place for {name}"
    assert closes, f"{name} has no end"
    return before + opens + table + closes + after
