"""Signatures of webhooks: published vectors, and a check that was written apart from ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import traceback
from collections.abc import Mapping
from typing import Final

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.client.signatures import Unproven
from hub.delivery.signatures import (
    SIGNATURE,
    Keyring,
    Message,
    PrivateKey,
    Secret,
    read_signing_key,
    signed,
)
from hub.errors import Bug
from tests.delivery.proving import judged

# The test of the reference libraries (standard-webhooks, `sign` in each language).
AT: Final = 1_614_265_330_000
BODY: Final = b'{"test": 2432232314}'
MESSAGE: Final = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", AT, BODY)
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
V1: Final = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
# The test of the Svix server (`test_asymmetric_key_signing`); its signature stands in the standard.
PRIVATE: Final = (
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
)
PUBLIC: Final = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
V1A: Final = (
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
)
OTHER: Final = Secret(bytes(range(32)))

secrets = st.binary(min_size=24, max_size=64).map(Secret)
pairs = st.binary(min_size=32, max_size=32).map(PrivateKey)
bodies = st.binary(max_size=200)


def accepted_by_peer(headers: Mapping[str, str], body: bytes, key: str, now_s: int) -> bool:
    """What a receiver does, written after the standard and from nothing of ours."""
    if abs(int(headers["webhook-timestamp"]) - now_s) > 5 * 60:
        return False
    signed_content = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body]
    )
    kind, _, text = key.partition("_")
    raw = base64.b64decode(text)
    for entry in headers["webhook-signature"].split(" "):
        version, value = entry.split(",", 1)
        if (kind, version) == ("whsec", "v1"):
            expected = base64.b64encode(hmac.new(raw, signed_content, hashlib.sha256).digest())
            if hmac.compare_digest(expected.decode(), value):
                return True
        if (kind, version) == ("whpk", "v1a"):
            try:
                Ed25519PublicKey.from_public_bytes(raw).verify(
                    base64.b64decode(value), signed_content
                )
            except InvalidSignature:
                continue
            return True
    return False


@pytest.mark.parametrize(
    ("key", "signature"), [pytest.param(SECRET, V1, id="v1"), pytest.param(PRIVATE, V1A, id="v1a")]
)
def test_a_published_vector_is_signed_byte_for_byte(key: str, signature: str) -> None:
    assert signed(MESSAGE, [read_signing_key(key)]) == {
        "webhook-id": MESSAGE.id,
        "webhook-timestamp": "1614265330",
        "webhook-signature": signature,
    }


def test_a_private_key_is_read_with_and_without_its_public_half() -> None:
    whole = read_signing_key(PRIVATE)
    seed = base64.b64decode(PRIVATE.removeprefix("whsk_"))[:32]
    alone = read_signing_key("whsk_" + base64.b64encode(seed).decode())
    assert isinstance(whole, PrivateKey)
    assert whole.text == alone.text == PRIVATE
    assert whole.public.text == PUBLIC


@settings(deadline=None)
@given(secrets, bodies)
def test_a_peer_accepts_what_is_signed_with_a_secret(secret: Secret, body: bytes) -> None:
    headers = signed(Message("al-1_2", AT, body), [secret])
    assert accepted_by_peer(headers, body, secret.text, AT // 1000)
    assert not accepted_by_peer(headers, body + b"x", secret.text, AT // 1000)
    assert judged(headers, body, secret.text, AT) is None


@settings(deadline=None)
@given(pairs, bodies)
def test_a_peer_accepts_what_is_signed_with_a_key_pair(pair: PrivateKey, body: bytes) -> None:
    headers = signed(Message("al-1_2", AT, body), [pair])
    assert accepted_by_peer(headers, body, pair.public.text, AT // 1000)
    assert not accepted_by_peer(headers, body + b"x", pair.public.text, AT // 1000)
    assert judged(headers, body, pair.public.text, AT) is None


def test_while_a_secret_is_replaced_both_sign_and_either_is_accepted() -> None:
    old, new = Secret(b"o" * 32), PrivateKey(b"n" * 32)
    ring = Keyring(old).rotated(new, until=AT + 1)
    both = signed(MESSAGE, ring.at(AT))
    assert [entry.partition(",")[0] for entry in both[SIGNATURE].split(" ")] == ["v1a", "v1"]
    for key in (old.text, new.public.text):
        assert accepted_by_peer(both, BODY, key, AT // 1000)
        assert judged(both, BODY, key, AT) is None
    later = signed(MESSAGE, ring.at(AT + 1))
    assert judged(later, BODY, old.text, AT) is Unproven.UNSIGNED
    assert judged(later, BODY, new.public.text, AT) is None


def test_a_secret_that_was_replaced_twice_signs_no_more() -> None:
    first, second, third = (Secret(letter * 32) for letter in (b"1", b"2", b"3"))
    ring = Keyring(first).rotated(second, AT + 10).rotated(third, AT + 10)
    assert ring.at(AT) == (third, second)


@pytest.mark.parametrize("name", ["al-1.2", "", "a b", "a\n", "é", "x" * 129])
def test_an_id_by_which_two_messages_could_look_like_one_is_a_bug(name: str) -> None:
    with pytest.raises(Bug):
        signed(Message(name, AT, BODY), [OTHER])


def test_a_message_that_nothing_signs_is_a_bug() -> None:
    with pytest.raises(Bug):
        signed(MESSAGE, [])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id="no prefix"),
        pytest.param("whsec_MfKQ9r8GKYqrTwjU", id="too short"),
        pytest.param("whsec_" + base64.b64encode(b"long" * 17).decode(), id="too long"),
        pytest.param("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS%", id="no base64"),
        pytest.param("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSé", id="not even ASCII"),
        pytest.param("whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id="no size of a private key"),
        pytest.param(PRIVATE[:-8] + "AAAAAA==", id="two halves that do not belong together"),
        pytest.param("whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id="no size of a public key"),
    ],
)
def test_what_is_no_key_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64|begins with|belong together") as caught:
        read_signing_key(text)
    told = "".join(traceback.format_exception_only(caught.value))
    assert text[-8:] not in told
    assert caught.value.__cause__ is None


def test_no_secret_stands_in_a_repr() -> None:
    secret, private = read_signing_key(SECRET), read_signing_key(PRIVATE)
    told = repr([secret, private, Keyring(secret).rotated(private, AT)])
    seed = base64.b64decode(PRIVATE.removeprefix("whsk_"))[:32]
    for hidden in (SECRET[6:26], PRIVATE[5:25], seed.hex()[:20]):
        assert hidden not in told
    assert PUBLIC in told
