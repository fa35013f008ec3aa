"""docs/webhooks.md says what the code does, and its example accepts what the code signs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import pytest

from hub.delivery.event import CONTENT_TYPE, TEST_TYPE
from hub.delivery.handshake import ASKED_RATE, NoConsent
from hub.delivery.outcome import Reason
from hub.delivery.signatures import Message, PrivateKey, Secret, SigningKey, signed
from hub.delivery.subscription import Life
from hub.wire.alert_views import TYPE, source_of
from tests.wire.parties import ROOT

PAGE: Final = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
AT_S: Final = 1_772_000_000
SECRET: Final = Secret(b"s" * 32)
BODY: Final = b'{"data":{}}'


def example() -> Callable[..., bool]:
    """The function of the page, as a reader would copy it."""
    found = re.search(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    names: dict[str, Any] = {}
    exec(found[1], names)
    copied: Callable[..., bool] = names["is_from_the_hub"]
    return copied


def test_the_example_accepts_what_is_signed_and_nothing_else() -> None:
    is_from_the_hub = example()
    keys: list[SigningKey] = [PrivateKey(b"n" * 32), SECRET]
    headers = signed(Message("al-1_2", AT_S * 1000, BODY), keys)
    assert is_from_the_hub(headers, BODY, SECRET.text, AT_S + 300)
    assert not is_from_the_hub(headers, BODY, SECRET.text, AT_S + 301)
    assert not is_from_the_hub(headers, BODY + b" ", SECRET.text, AT_S)
    assert not is_from_the_hub(headers, BODY, Secret(b"t" * 32).text, AT_S)
    assert not is_from_the_hub(headers | {"webhook-id": "al-1_3"}, BODY, SECRET.text, AT_S)


@pytest.mark.parametrize("word", [*Reason, *NoConsent, *Life])
def test_every_word_that_a_receiver_is_told_stands_in_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_what_is_sent_stands_in_the_page() -> None:
    for text in (TYPE, TEST_TYPE, source_of("<your party>"), f"Content-Type: {CONTENT_TYPE}"):
        assert text in PAGE
    assert f"WebHook-Request-Rate: {ASKED_RATE}\n" in PAGE
