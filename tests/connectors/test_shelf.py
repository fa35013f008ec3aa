"""A shelf keeps small things by name: the real one and the one in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.kept import Kept
from connectors.seam import Shelf
from tests.connectors.doubles import MemoryShelf


@pytest.fixture(params=["kept", "memory"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    if request.param == "memory":
        yield MemoryShelf()
        return
    kept = Kept(tmp_path / "state")
    yield kept.shelf
    kept.close()


def test_the_last_value_under_a_name_is_there_until_it_is_forgotten(shelf: Shelf) -> None:
    assert shelf.value("a/1") is None
    shelf.keep("a/1", "x")
    shelf.keep("a/1", "")
    assert shelf.value("a/1") == ""
    shelf.keep("a/1", None)
    shelf.keep("a/1", None)
    assert shelf.value("a/1") is None


def test_names_are_those_that_begin_so_in_order_of_their_letters(shelf: Shelf) -> None:
    for name in ("a/2", "a%", "A/3", "a/10", "b", "a/é"):
        shelf.keep(name, "x")
    assert list(shelf.names("a/")) == ["a/10", "a/2", "a/é"]
    assert list(shelf.names("a%")) == ["a%"]
    assert len(shelf.names("")) == 6
