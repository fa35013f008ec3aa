"""What a client likes best, out of the header that says so."""

from __future__ import annotations

import pytest

from hub.wire.negotiation import liked_best


@pytest.mark.parametrize(
    ("header", "liked"),
    [
        pytest.param("", [], id="nothing said"),
        pytest.param("nl, en", ["nl", "en"], id="equally: as they stand"),
        pytest.param("en;q=0.8, nl", ["nl", "en"], id="by weight"),
        pytest.param("EN ; Q=0.1,nl;q=0.25", ["nl", "en"], id="capitals and spaces"),
        pytest.param("text/html;level=1;q=0.5, */*", ["*/*", "text/html"], id="other parameters"),
        pytest.param("nl;q=0, en;q=0.000", [], id="not at all"),
        pytest.param("nl;q=1.0001, en;q=-1, de;q=nan, fr;q=, es;q=0.5.5", [], id="unreadable"),
        pytest.param(",, ;q=1, nl", ["nl"], id="nothing between commas"),
    ],
)
def test_what_is_liked_best_comes_first(header: str, liked: list[str]) -> None:
    assert liked_best(header) == liked
