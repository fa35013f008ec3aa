"""The API key: sent encrypted or not at all, and shown nowhere."""

from __future__ import annotations

import logging
import traceback

import pytest

from hub.client import AsyncClient, Client, Declined, Misconfigured, Policy
from tests.client.site import Connect, Plan, Site, repaired

KEY = "sk_not_to_be_shown"


def shown(error: BaseException) -> str:
    """All that is ever printed of it."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    "address",
    [
        "http://hub.example.nl",
        "http://10.0.0.1:8300",
        "http://127.0.0.1.example.nl",
        "http://localhost.example.nl",
        "https://me:secret@hub.example.nl",
        "https://hub.example.nl?key=secret",
        "ftp://127.0.0.1",
        "hub.example.nl",
        "https://",
        "https://hub.example.nl:99999999",
        "",
    ],
)
def test_no_key_is_sent_to(address: str, kind: type[Client] | type[AsyncClient]) -> None:
    with pytest.raises(Misconfigured, match=r"^address: ") as caught:
        kind(address, KEY)
    assert KEY not in shown(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://hub.example.nl",
        "https://hub.example.nl:8443/seintje",
        "http://localhost:8300",
        "http://127.0.0.1",
        "http://127.8.9.10:1",
        "http://[::1]:8300",
    ],
)
def test_a_key_may_be_sent_to(address: str) -> None:
    with Client(address, KEY) as client:
        assert KEY not in repr(client)


def test_who_says_so_may_send_it_over_http() -> None:
    Client("http://hub.example.nl", KEY, policy=Policy(plain_http=True)).close()


@pytest.mark.parametrize("key", ["", f"{KEY}\n", f"Bearer {KEY}", f"{KEY}é"])
def test_no_key_is(key: str) -> None:
    with pytest.raises(Misconfigured, match=r"^key: ") as caught:
        Client("https://hub.example.nl", key)
    assert KEY not in str(caught.value)


async def test_a_key_is_in_no_log_no_repr_and_no_error(
    connect: Connect, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = connect(key=KEY)
    site.plans += [None, Plan(500)]
    for _ in range(2):
        with pytest.raises(Declined) as caught:
            await client.publish(repaired("a"))
        assert KEY not in shown(caught.value)
    await site.go()
    await client.publish(repaired("a"))
    assert "POST" in caplog.text
    assert KEY not in caplog.text + repr(client)


async def test_a_redirect_is_not_followed(connect: Connect, site: Site) -> None:
    site.plans.append(Plan(307, {"Location": "https://elsewhere.example.nl/v1/events"}))
    with pytest.raises(Declined, match="http-307"):
        await connect().publish(repaired("a"))
