"""Nothing about people goes over a network in the clear."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from connectors.encrypted import require_encrypted
from connectors.gemeente.vroegsignalering import (
    FeedbackSettings,
    VroegsignaleringSettings,
    build,
)
from connectors.secret import Token
from hub.errors import Misconfigured
from tests.connectors.doubles import MemoryShelf
from tests.connectors.vera.stage import site


@pytest.mark.parametrize(
    "address",
    ["https://a.example.nl/x", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:1/x"],
)
def test_what_is_encrypted_or_stays_on_the_machine_may_be_called(address: str) -> None:
    require_encrypted("x", address)


@pytest.mark.parametrize(
    "address",
    [
        "http://a.example.nl",
        "http://127.0.0.1.example.nl",
        "http://localhost.example.nl/x",
        "http://10.0.0.1/https://",
        "HTTP://a.example.nl",
    ],
)
def test_what_others_can_listen_to_is_not(address: str) -> None:
    with pytest.raises(Misconfigured, match="write https://"):
        require_encrypted("x", address)


def test_no_signal_of_arrears_goes_in_the_clear() -> None:
    settings = VroegsignaleringSettings(
        address="http://vroegsignalering.example.nl",
        key_file=Token("a-key"),
        gemeente="0988",
        feedback=FeedbackSettings(),
    )
    with pytest.raises(Misconfigured, match=r"vroegsignalering\.address"):
        build(settings, site(MemoryShelf(), SimpleNamespace(now=0)))
