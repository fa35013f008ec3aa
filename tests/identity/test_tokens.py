"""Tokens: what counts, and everything that looks like one and does not."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import Key

from hub.gateway.identity import key_sets, tokens
from hub.gateway.identity.caller import Wrong
from hub.gateway.identity.key_sets import KeySet
from hub.gateway.identity.tokens import Token
from tests.identity.issuing import (
    HUB,
    NOW,
    SECOND,
    b64,
    claims,
    ec,
    ed,
    forged,
    issuer,
    key_set,
    mac,
    rsa,
    signed,
)

RSA, EC = rsa(), ec()
AT = issuer()


def judged(text: str, *keys: Key) -> Wrong | str:
    """What a token comes to with these keys: what is wrong with it, or the party."""
    token = tokens.read(text)
    if isinstance(token, Wrong):
        return token
    wrong = tokens.judge(token, AT, NOW)
    if wrong is not None:
        return wrong
    known = key_sets.read(key_set(*(keys or (RSA, EC))))
    assert isinstance(known, KeySet)
    key = known.find(token)
    if key is None:
        return Wrong.KEY_ID
    if not key.proves(token):
        return Wrong.SIGNATURE
    found = tokens.party_of(token, AT)
    return Wrong.NO_PARTY if found is None else found[1]


ABLE = [
    *((name, RSA) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
    ("ES256", EC),
    ("ES384", ec("e2", "P-384")),
    ("ES512", ec("e3", "P-521")),
    ("Ed25519", ed()),
]


@pytest.mark.parametrize(("algorithm", "key"), ABLE, ids=[name for name, _ in ABLE])
def test_a_token_counts_when_it_is_signed_by(algorithm: str, key: Key) -> None:
    assert judged(signed(key, algorithm, claims()), key) == "gemeente-weert"


def test_the_older_name_of_ed25519_is_known_too() -> None:
    key = ed()
    header = {"alg": "EdDSA", "kid": key.kid}
    unsigned = forged(header, claims()).rstrip(".").encode()
    signature = key.private_key.sign(unsigned)  # type: ignore[union-attr]  # it has one
    assert judged(forged(header, claims(), signature), key) == "gemeente-weert"


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt", "AT+JWT"])
def test_a_token_counts_when_its_type_is(kind: str) -> None:
    assert judged(signed(RSA, "RS256", claims(), typ=kind)) == "gemeente-weert"


def test_a_token_need_not_name_its_key_when_there_is_one_that_it_can_be() -> None:
    text = signed(EC, "ES256", claims(), kid=None)
    assert judged(text, RSA, EC) == "gemeente-weert"
    assert judged(text, EC, ec("e9")) == Wrong.KEY_ID


PUBLIC_PEM = RSA.as_pem(private=False)
CONFUSED = [
    pytest.param(mac(it, {"alg": "HS256", "kid": "r1"}, claims()), id=f"HMAC by {name}")
    for name, it in {
        "the public key in PEM": PUBLIC_PEM,
        "the public key in PEM without a line end": PUBLIC_PEM.strip(),
        "the public key in DER": RSA.as_der(private=False),
        "the key set": key_set(RSA, EC),
        "the modulus": RSA.public_key.public_numbers().n.to_bytes(256, "big"),
        "the key id": b"r1r1r1r1r1r1r1r1",
    }.items()
]


@pytest.mark.parametrize("text", CONFUSED)
def test_a_public_key_is_never_taken_for_a_secret(text: str) -> None:
    assert judged(text) == Wrong.ALGORITHM


@pytest.mark.parametrize(
    "algorithm",
    ["none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "ES256K", "Ed448", "RSA-OAEP",
     "rs256", "RS1", "dir", None, 1, ["RS256"], {"alg": "RS256"}, True],
)  # fmt: skip
def test_no_token_counts_by_the_algorithm(algorithm: object) -> None:
    for signature in (b"", b"\0" * 256, b"x"):
        text = forged({"alg": algorithm, "kid": "r1"}, claims(), signature)
        assert judged(text) == Wrong.ALGORITHM


def test_a_key_proves_nothing_under_an_algorithm_of_another_kind() -> None:
    good = signed(RSA, "RS256", claims())
    token = tokens.read(good)
    assert isinstance(token, Token)
    for algorithm in ("ES256", "Ed25519", "EdDSA"):
        text = forged({"alg": algorithm, "kid": "r1"}, claims(), token.signature)
        assert judged(text) == Wrong.KEY_ID
    text = forged({"alg": "PS256", "kid": "r1"}, claims(), token.signature)
    assert judged(text) == Wrong.SIGNATURE


@pytest.mark.parametrize(
    ("own", "wrong"),
    [
        ({"exp": SECOND - 61}, Wrong.EXPIRED),
        ({"exp": SECOND - 60}, Wrong.EXPIRED),
        ({"exp": None}, Wrong.EXPIRED),
        ({"exp": 0}, Wrong.EXPIRED),
        ({"exp": -1}, Wrong.EXPIRED),
        ({"exp": "2999-01-01"}, Wrong.EXPIRED),
        ({"exp": str(SECOND + 300)}, Wrong.EXPIRED),
        ({"exp": True}, Wrong.EXPIRED),
        ({"exp": 1e300}, Wrong.EXPIRED),
        ({"exp": [SECOND + 300]}, Wrong.EXPIRED),
        ({"nbf": SECOND + 61}, Wrong.NOT_YET),
        ({"nbf": "now"}, Wrong.NOT_YET),
        ({"iat": SECOND + 61}, Wrong.NOT_YET),
        ({"aud": "https://other.example.nl"}, Wrong.AUDIENCE),
        ({"aud": HUB + "/"}, Wrong.AUDIENCE),
        ({"aud": HUB.upper()}, Wrong.AUDIENCE),
        ({"aud": None}, Wrong.AUDIENCE),
        ({"aud": []}, Wrong.AUDIENCE),
        ({"aud": [[HUB]]}, Wrong.AUDIENCE),
        ({"aud": {HUB: 1}}, Wrong.AUDIENCE),
        ({"iss": None}, Wrong.ISSUER),
        ({"iss": 7}, Wrong.ISSUER),
        ({"client_id": None}, Wrong.NO_PARTY),
        ({"client_id": "somebody"}, Wrong.NO_PARTY),
        ({"client_id": "gemeente-weert"}, Wrong.NO_PARTY),
        ({"client_id": ["weert-zaken"]}, Wrong.NO_PARTY),
        ({"client_id": {"weert-zaken": 1}}, Wrong.NO_PARTY),
        ({"exp": SECOND - 59}, None),
        ({"nbf": SECOND + 60}, None),
        ({"exp": SECOND + 0.5}, None),
        ({"aud": ["https://other.example.nl", HUB]}, None),
    ],
)
def test_what_a_token_says_decides(own: dict[str, Any], wrong: Wrong | None) -> None:
    assert judged(signed(RSA, "RS256", claims(**own))) == (wrong or "gemeente-weert")


@pytest.mark.parametrize(
    ("header", "wrong"),
    [
        ({"crit": ["exp"]}, Wrong.CRITICAL),
        ({"crit": []}, Wrong.CRITICAL),
        ({"crit": ["b64"], "b64": False}, Wrong.CRITICAL),
        ({"b64": True}, Wrong.CRITICAL),
        ({"typ": "logout+jwt"}, Wrong.TYPE),
        ({"typ": "dpop+jwt"}, Wrong.TYPE),
        ({"typ": 1}, Wrong.TYPE),
        ({"cty": "JWT"}, Wrong.TYPE),
        ({"enc": "A256GCM"}, Wrong.TYPE),
        ({"kid": 7}, Wrong.KEY_ID),
        ({"kid": "r2"}, Wrong.KEY_ID),
        ({"kid": "x" * 300}, Wrong.KEY_ID),
        ({"kid": "../../etc/passwd"}, Wrong.KEY_ID),
    ],
)
def test_what_a_header_says_decides(header: dict[str, Any], wrong: Wrong) -> None:
    assert judged(forged({"alg": "RS256", "kid": "r1", **header}, claims(), b"x")) == wrong


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_comes_with_a_token_proves_nothing(name: str) -> None:
    own = rsa("r1")
    told: dict[str, Any] = {
        "jwk": own.as_dict(private=False),
        "jku": "https://attacker.example/jwks",
        "x5u": "https://attacker.example/cert",
        "x5c": ["MIIB"],
    }
    assert judged(signed(own, "RS256", claims(), **{name: told[name]})) == Wrong.SIGNATURE


def test_a_signature_is_of_the_very_text() -> None:
    good = signed(RSA, "RS256", claims())
    header, body, signature = good.split(".")
    other = forged({}, claims(client_id="maas-wonen")).split(".")[1]
    assert judged(f"{header}.{other}.{signature}") == Wrong.SIGNATURE
    assert judged(f"{header}.{body}.{signature[4:]}") == Wrong.SIGNATURE
    assert judged(f"{header}.{body}.{signature}=") == Wrong.UNREADABLE
    assert judged(f"{header}.{body}.") == Wrong.SIGNATURE


GARBAGE = [
    "", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", "a.b.c.d.e", "e30.e30.", "e30.e30.e30",
    "W10.W10.e30", "bnVsbA.bnVsbA.e30", "eyJhIjox.e30.e30", "=.=.=", "eyJhbGciOiJub25lIn0..",
    "a\nb.c.d", "é.é.é", "\0.\0.\0", "a b.c.d", "x" * 9000, "eyJ9." * 3, "-----BEGIN.CERT.IFICATE",
]  # fmt: skip


@pytest.mark.parametrize("text", GARBAGE)
def test_what_is_no_token_is_told(text: str) -> None:
    assert tokens.read(text) in (Wrong.UNREADABLE, Wrong.ALGORITHM)


def test_a_token_is_bounded() -> None:
    text = signed(RSA, "RS256", claims(more="x" * tokens.MOST_CHARS))
    assert judged(text) == Wrong.UNREADABLE
    assert judged(signed(RSA, "RS256", claims(more="x" * 4000))) == "gemeente-weert"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"iss":"a","aud":"a","aud":"b"}', id="read in two ways"),
        pytest.param(b'{"a":' * 500 + b"1" + b"}" * 500, id="deep"),
        pytest.param(b'{"a":' * 1000, id="deep and cut off"),
        pytest.param(b'{"iss":"\xff"}', id="no UTF-8"),
        pytest.param(b'{"iss":"\\ud800"}', id="a lone surrogate"),
        pytest.param(b'{"exp":NaN}', id="no number"),
        pytest.param(b'{"exp":1' + b"0" * 5000 + b"}", id="a number without end"),
    ],
)
def test_claims_that_nobody_can_read_are_none(body: bytes) -> None:
    header = forged({"alg": "RS256"}, {}).split(".")[0]
    assert tokens.read(f"{header}.{b64(body)}.eA") == Wrong.UNREADABLE


def test_a_token_within_a_token_is_none() -> None:
    inner = signed(RSA, "RS256", claims())
    assert judged(forged({"alg": "RS256", "kid": "r1"}, inner, b"x")) == Wrong.UNREADABLE


def test_a_token_that_is_bound_counts_with_its_certificate_only() -> None:
    fingerprint = hashlib.sha256(b"certificate").hexdigest()
    here = b64(bytes.fromhex(fingerprint))
    for told, is_elsewhere in (
        ({"x5t#S256": here}, False),
        ({"x5t#S256": here[::-1]}, True),
        ({"jkt": here}, True),
        ({"x5t#S256": here, "jkt": here}, True),
        ({}, True),
        ("x", True),
    ):
        token = tokens.read(signed(RSA, "RS256", claims(cnf=told)))
        assert isinstance(token, Token)
        assert tokens.is_bound_elsewhere(token, fingerprint) is is_elsewhere
        assert tokens.is_bound_elsewhere(token, None)


LETTERS = st.text(st.sampled_from("abcXYZ019_-.=+/ \né"), max_size=60)


@given(LETTERS | st.text(max_size=40) | st.lists(LETTERS, max_size=5).map(".".join))
def test_whatever_is_sent_as_a_token_is_judged(text: str) -> None:
    assert isinstance(tokens.read(text), Wrong | Token)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
HEADER = ["alg", "typ", "kid", "crit", "cty", "b64", "jwk", "enc"]
CLAIM = ["iss", "aud", "exp", "nbf", "iat", "client_id", "cnf"]


@given(st.sampled_from(HEADER), st.sampled_from(CLAIM), ANY, ANY, st.binary(max_size=80))
def test_whatever_a_token_says_is_judged(
    name: str, claim: str, header: object, said: object, signature: bytes
) -> None:
    told = {"alg": "RS256", "kid": "r1", name: header}
    text = forged(told, claims() | {claim: said}, signature)
    assert isinstance(judged(text), Wrong)
