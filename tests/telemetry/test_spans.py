"""Where a span stands, as it travels: read strictly, told as it is."""

from __future__ import annotations

import pytest

from hub.telemetry.spans import (
    UNTRACED,
    Begun,
    Context,
    Kind,
    around,
    carried,
    current,
    spanning,
)

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param(f"00-{TRACE}-{SPAN}-01", Context(TRACE, SPAN), id="sampled"),
        pytest.param(
            f"00-{TRACE}-{SPAN}-00", Context(TRACE, SPAN, is_sampled=False), id="not sampled"
        ),
        pytest.param(f"00-{TRACE}-{SPAN}-03", Context(TRACE, SPAN), id="with the random flag"),
        pytest.param(f" 00-{TRACE}-{SPAN}-01\t", Context(TRACE, SPAN), id="blanks around it"),
        pytest.param(f"cc-{TRACE}-{SPAN}-01-more", Context(TRACE, SPAN), id="a later version"),
        pytest.param(f"00-{TRACE}-{SPAN}-01-more", None, id="more behind the first version"),
        pytest.param(f"ff-{TRACE}-{SPAN}-01", None, id="the version that is none"),
        pytest.param(f"00-{TRACE.upper()}-{SPAN}-01", None, id="capitals"),
        pytest.param(f"00-{'0' * 32}-{SPAN}-01", None, id="no trace"),
        pytest.param(f"00-{TRACE}-{'0' * 16}-01", None, id="no span"),
        pytest.param(f"00-{'123456782'.zfill(32)}-{SPAN}-01", None, id="a number for a trace"),
        pytest.param(f"00-{TRACE}-{'123456782'.zfill(16)}-01", None, id="a number for a span"),
        pytest.param(f"00-{TRACE}-{SPAN}", None, id="cut off"),
        pytest.param("", None, id="nothing"),
        pytest.param(None, None, id="none"),
        pytest.param(f"cc-{TRACE}-{SPAN}-01-{'x' * 600}", None, id="endless"),
    ],
)
def test_a_traceparent_is_read_as_w3c_writes_it(text: str | None, read: Context | None) -> None:
    assert Context.read(text) == read
    assert Context.read(None if text is None else text.encode()) == read


def test_bytes_that_are_no_text_are_no_context() -> None:
    assert Context.read(b"\xff\xfe" * 20) is None


def test_what_is_read_is_written_the_same() -> None:
    text = f"00-{TRACE}-{SPAN}-01"
    found = Context.read(text)
    assert found is not None
    assert found.traceparent == text


def test_without_anybody_who_traces_nothing_goes_along() -> None:
    with spanning(UNTRACED, Begun(Kind.SERVER, "GET /v1/alerts"), Context(TRACE, SPAN)) as span:
        span.note("seintje.party", "x")
        assert carried() == {}
        assert current() is None
        assert not span.context.is_sampled
    assert around() is None
