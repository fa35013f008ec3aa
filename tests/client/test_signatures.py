"""A receiver believes what the hub signed, and nothing else; held against the hub and against the
reference library, in both directions."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime
from email.message import Message as Mail
from typing import Final

import pytest
import standardwebhooks
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.client.signatures import MOST_SIGNATURES, TOLERANCE_SECONDS, Headers, Unproven, proven
from hub.client.signatures import read_key as read
from hub.delivery.request import Request
from hub.delivery.signatures import PrivateKey, PublicKey, Secret, SigningKey
from hub.errors import Misconfigured
from tests.client.sending import AT, AT_S, PAIR, SECRET, changed, sent, sent_body

# The test of the reference libraries, and that of the Svix server (see tests/delivery).
PUBLISHED_SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLISHED_KEY: Final = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
PUBLISHED: Final = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": (
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TB"
        "Ag== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    ),
}
SIGNED: Final = frozenset(PUBLISHED)

signing_keys = st.binary(min_size=24, max_size=64).map(Secret) | st.binary(
    min_size=32, max_size=32
).map(PrivateKey)


def checking(key: SigningKey) -> Secret | PublicKey:
    return key.public if isinstance(key, PrivateKey) else key


def judged(
    sending: Request, *keys: SigningKey, now: float = AT_S, tolerance: float = TOLERANCE_SECONDS
) -> str | Unproven:
    """What a receiver with these keys makes of it; the usual secret if none is given."""
    own = [read(checking(key).text) for key in keys or (SECRET,)]
    return proven(sending.headers, sending.body, own, now, tolerance)


@pytest.mark.parametrize("key", [PUBLISHED_SECRET, PUBLISHED_KEY])
def test_a_published_vector_is_proven(key: str) -> None:
    body = b'{"test": 2432232314}'
    given = [read(key)], 1_614_265_330.0, 1.0
    assert proven(PUBLISHED, body, *given) == PUBLISHED["webhook-id"]
    assert proven(PUBLISHED, body + b" ", *given) is Unproven.FORGED


@settings(deadline=None)
@given(st.lists(signing_keys, min_size=1, max_size=3), st.binary(max_size=200), st.data())
def test_whatever_the_hub_signs_is_proven_by_each_of_its_keys(
    keys: list[SigningKey], body: bytes, data: st.DataObject
) -> None:
    sending = sent_body(body, *keys)
    own = data.draw(st.sampled_from(keys))
    assert judged(sending, own) == "al-1_1"
    assert judged(sending, Secret(b"other" * 6), own) == "al-1_1"
    assert isinstance(judged(sending, Secret(b"other" * 6)), Unproven)


@settings(deadline=None)
@given(st.binary(min_size=24, max_size=64).map(Secret), st.text(max_size=200))
def test_what_the_reference_library_signs_is_proven(secret: Secret, text: str) -> None:
    signature = standardwebhooks.Webhook(secret.text).sign(
        "msg_1", datetime.fromtimestamp(AT_S, UTC), text
    )
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(AT_S))}
    given = text.encode(), [read(secret.text)], AT_S, TOLERANCE_SECONDS
    assert proven(headers | {"webhook-signature": signature}, *given) == "msg_1"


@settings(deadline=None)
@given(st.text(max_size=200), st.integers(-10, 10), st.booleans())
def test_what_is_proven_the_reference_library_believes_too_and_nothing_else(
    text: str, steps: int, forged: bool
) -> None:
    now = time.time()  # the reference looks at the clock: nothing here is near the 300 seconds
    sending = sent_body(text.encode(), PAIR, SECRET, at=int(now + steps * 40) * 1000)
    body = sending.body + b"x" if forged else sending.body
    try:
        standardwebhooks.Webhook(SECRET.text).verify(body, dict(sending.headers), json_parse=False)
        is_believed = True
    except standardwebhooks.WebhookVerificationError:
        is_believed = False
    found = judged(changed(sending, body), now=now)
    assert isinstance(found, Unproven) is not is_believed


@settings(deadline=None)
@given(st.data())
def test_no_changed_byte_of_body_id_timestamp_or_signature_is_believed(data: st.DataObject) -> None:
    key: SigningKey = SECRET if data.draw(st.booleans()) else PAIR
    sending = sent(None, key)
    where = data.draw(st.sampled_from(["body", *sorted(SIGNED)]))
    before = sending.body if where == "body" else sending.headers[where].encode()
    after = data.draw(mutations(before))
    if where == "body":
        found = judged(changed(sending, after), key)
    else:
        found = judged(changed(sending, headers={where: after.decode("latin-1")}), key)
    if where == "webhook-signature" and same_signatures(before, after):
        return
    assert isinstance(found, Unproven)


@st.composite
def mutations(draw: st.DrawFn, before: bytes) -> bytes:
    """One byte changed, left out or put in."""
    at = draw(st.integers(0, len(before) - 1))
    new = draw(st.binary(min_size=1, max_size=1).filter(lambda it: it != before[at : at + 1]))
    kind = draw(st.sampled_from(["changed", "left out", "put in"]))
    if kind == "changed":
        return before[:at] + new + before[at + 1 :]
    if kind == "left out":
        return before[:at] + before[at + 1 :]
    return before[:at] + new + before[at:]


def same_signatures(before: bytes, after: bytes) -> bool:
    """Whether the header holds the same signature: space around it is none of it, and what follows
    it is another one."""

    def entries(header: bytes) -> set[tuple[str, bytes]]:
        found = set()
        for entry in header.decode("latin-1").split():
            version, _, text = entry.partition(",")
            try:
                found.add((version, base64.b64decode(text, validate=True)))
            except ValueError:
                continue
        return found

    return entries(before) <= entries(after)


def as_mail(headers: dict[str, str]) -> Mail:
    """As http.server has them."""
    found = Mail()
    for name, value in headers.items():
        found[name.title()] = value
    return found


def test_names_of_headers_may_be_in_any_case_and_in_any_kind_of_mapping() -> None:
    sending = sent()
    kinds: list[Headers] = [
        {name.upper(): it for name, it in sending.headers.items()},
        as_mail(dict(sending.headers)),
    ]
    for headers in kinds:
        own = [read(SECRET.text)]
        assert proven(headers, sending.body, own, AT_S, 1.0) == sending.headers["webhook-id"]


def test_a_header_that_is_there_twice_is_refused_whatever_the_second_says() -> None:
    sending = sent()
    for name in SIGNED:
        twice = as_mail(dict(sending.headers))
        twice[name] = sending.headers[name]
        own = [read(SECRET.text)]
        assert proven(twice, sending.body, own, AT_S, 1.0) is Unproven.AMBIGUOUS


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        pytest.param({"webhook-id": None}, Unproven.INCOMPLETE, id="no id"),
        pytest.param({"webhook-timestamp": None}, Unproven.INCOMPLETE, id="no timestamp"),
        pytest.param({"webhook-signature": ""}, Unproven.INCOMPLETE, id="an empty signature"),
        pytest.param({"webhook-id": "a.1"}, Unproven.BAD_ID, id="an id with a full stop"),
        pytest.param({"webhook-id": "a" * 129}, Unproven.BAD_ID, id="a long id"),
        pytest.param({"webhook-timestamp": "soon"}, Unproven.BAD_TIMESTAMP, id="a word"),
        pytest.param({"webhook-timestamp": "1772000000.0"}, Unproven.BAD_TIMESTAMP, id="fraction"),
        pytest.param({"webhook-timestamp": "1" * 5000}, Unproven.BAD_TIMESTAMP, id="very long"),
        pytest.param({"webhook-timestamp": "١٧٧٢٠٠٠٠٠٠"}, Unproven.BAD_TIMESTAMP, id="digits"),
        pytest.param({"webhook-timestamp": "1771999699"}, Unproven.TOO_OLD, id="301 s ago"),
        pytest.param({"webhook-timestamp": "1772000301"}, Unproven.TOO_NEW, id="301 s ahead"),
        pytest.param({"webhook-signature": "v1a,AAAA"}, Unproven.UNSIGNED, id="another kind"),
        pytest.param({"webhook-signature": "v1"}, Unproven.FORGED, id="a kind alone"),
        pytest.param({"webhook-signature": "v1,é"}, Unproven.FORGED, id="no base64"),
        pytest.param({"webhook-signature": "v1,AAAA"}, Unproven.FORGED, id="a short one"),
        pytest.param({"webhook-signature": "v1,"}, Unproven.FORGED, id="an empty one"),
        pytest.param({"webhook-signature": "v2,AAAA"}, Unproven.UNSIGNED, id="unknown kind"),
        pytest.param({"webhook-signature": "AAAA"}, Unproven.UNSIGNED, id="of no kind"),
        pytest.param({"webhook-timestamp": "+1772000000"}, Unproven.BAD_TIMESTAMP, id="a sign"),
        pytest.param({"webhook-timestamp": "1772000001"}, Unproven.FORGED, id="another second"),
        pytest.param({"webhook-id": "al-2_1"}, Unproven.FORGED, id="another id"),
    ],
)
def test_a_refusal_says_why(headers: dict[str, str | None], why: Unproven) -> None:
    assert judged(changed(sent(), headers=headers)) is why


@pytest.mark.parametrize(("away_s", "is_proven"), [(10, True), (-10, True), (11, False)])
def test_the_tolerance_is_the_receivers(away_s: int, is_proven: bool) -> None:
    found = judged(sent(), now=AT_S + away_s, tolerance=10)
    assert isinstance(found, Unproven) is not is_proven


def test_one_that_fits_is_found_among_what_is_none() -> None:
    sending = sent()
    own = sending.headers["webhook-signature"]
    among = {"webhook-signature": f"v1,% v1a,AAAA  {own}"}
    assert judged(changed(sending, headers=among)) == sending.headers["webhook-id"]


def test_only_so_many_signatures_are_looked_at() -> None:
    sending = sent()
    own = sending.headers["webhook-signature"]
    for before, is_proven in ((MOST_SIGNATURES - 1, True), (MOST_SIGNATURES, False)):
        many = " ".join(["v1,AAAA"] * before + [own])
        found = judged(changed(sending, headers={"webhook-signature": many}))
        assert isinstance(found, Unproven) is not is_proven


def test_while_a_key_is_replaced_the_old_and_the_new_are_believed() -> None:
    both = sent(None, PAIR, SECRET)
    for own in ((SECRET,), (PAIR,), (PAIR, SECRET)):
        assert not isinstance(judged(both, *own), Unproven)
    assert judged(sent(None, PAIR), SECRET) is Unproven.UNSIGNED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjU",
        "whsec_" + base64.b64encode(b"long" * 17).decode(),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS%",
        "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        PAIR.text,  # the half that signs is the hub's alone
    ],
)
def test_no_key_is_and_it_is_not_quoted(text: str) -> None:
    with pytest.raises(Misconfigured, match=r"^keys: ") as caught:
        read(text)
    assert not text or text[-8:] not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_key_stands_in_a_repr() -> None:
    assert repr([read(SECRET.text), read(PAIR.public.text)]) == "[Secret(…), PublicKey(…)]"


def test_an_old_message_is_not_believed_again() -> None:
    kept = sent()
    assert judged(kept, now=AT_S + TOLERANCE_SECONDS) == kept.headers["webhook-id"]
    assert judged(kept, now=AT_S + TOLERANCE_SECONDS + 1) is Unproven.TOO_OLD
    assert AT == AT_S * 1000
