"""Key sets of issuers: which keys prove tokens, and which sets are refused as a whole."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.gateway.identity import key_sets
from hub.gateway.identity.key_sets import KeySet, Unfit
from tests.identity.issuing import ec, ed, key_set, rsa

RSA, EC, ED = rsa(), ec(), ed()


def as_dict(key: Any, **own: Any) -> dict[str, Any]:
    found = {**key.as_dict(private=False), **own}
    return {name: it for name, it in found.items() if it is not None}


def read(*entries: object) -> KeySet | Unfit:
    return key_sets.read(msgspec.json.encode({"keys": list(entries)}))


def names(found: KeySet | Unfit) -> list[str | None]:
    assert isinstance(found, KeySet), found
    return [it.key_id for it in found.keys]


def test_keys_of_every_kind_are_read_each_with_what_it_may_prove() -> None:
    found = key_sets.read(key_set(RSA, EC, ED))
    assert isinstance(found, KeySet)
    able = {it.key_id: it.algorithms for it in found.keys}
    assert able["r1"] == {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    assert able["e1"] == {"ES256"}
    assert able["o1"] == {"EdDSA", "Ed25519"}


def test_a_key_that_is_meant_for_one_algorithm_proves_no_other() -> None:
    found = read(as_dict(RSA, alg="PS256"))
    assert isinstance(found, KeySet)
    assert [it.algorithms for it in found.keys] == [{"PS256"}]


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(as_dict(RSA, kid="x", use="enc"), id="for encryption"),
        pytest.param(as_dict(RSA, kid="x", key_ops=["encrypt"]), id="for encryption by operation"),
        pytest.param(as_dict(RSA, kid="x", key_ops="verify"), id="operations that are no list"),
        pytest.param(as_dict(RSA, kid="x", alg="RSA-OAEP"), id="of another algorithm"),
        pytest.param(as_dict(RSA, kid="x", alg="ES256"), id="of an algorithm of another kind"),
        pytest.param(as_dict(RSA, kid="x", alg=["RS256"]), id="of no algorithm"),
        pytest.param(as_dict(RSA, kid="x", n=as_dict(RSA)["n"][:172]), id="of too few bits"),
        pytest.param(as_dict(RSA, kid="x", e="AQ"), id="with exponent one"),
        pytest.param(as_dict(RSA, kid="x", e=as_dict(RSA)["n"]), id="with an endless exponent"),
        pytest.param(as_dict(RSA, kid="x", n=as_dict(RSA)["n"] * 9), id="with an endless modulus"),
        pytest.param(as_dict(RSA, kid="x", n="!"), id="with a modulus that is none"),
        pytest.param(as_dict(RSA, kid="x", n=7), id="with a modulus that is a number"),
        pytest.param(as_dict(RSA, kid="x", n=None), id="without a modulus"),
        pytest.param(as_dict(RSA, kid=7), id="with a name that is a number"),
        pytest.param(as_dict(EC, kid="x", crv="secp256k1"), id="on another curve"),
        pytest.param(as_dict(EC, kid="x", y=as_dict(EC)["x"]), id="not on its curve"),
        pytest.param(as_dict(ED, kid="x", crv="X25519"), id="to agree with"),
        pytest.param(as_dict(ED, kid="x", x="AAAA"), id="of another size"),
        pytest.param({"kty": "AKP", "kid": "x", "alg": "ML-DSA-44", "pub": "AA"}, id="of later"),
        pytest.param({"kty": ["RSA"], "kid": "x"}, id="of a kind that is none"),
        pytest.param({"kid": "x"}, id="of no kind"),
        pytest.param({}, id="empty"),
    ],
)
def test_a_key_is_passed_over_that_is(entry: dict[str, Any]) -> None:
    assert names(read(entry, as_dict(EC))) == ["e1"]
    assert read(entry) == Unfit.EMPTY


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", Unfit.NO_SET),
        (b"<html>", Unfit.NO_SET),
        (b"[]", Unfit.NO_SET),
        (b"{}", Unfit.NO_SET),
        (b'{"keys": {}}', Unfit.NO_SET),
        (b'{"keys": [1]}', Unfit.NO_SET),
        (b'{"keys": [], "keys": []}', Unfit.NO_SET),
        (b'{"keys": ' + b"[" * 5000, Unfit.NO_SET),
        (b'{"keys": []}', Unfit.EMPTY),
    ],
)
def test_what_is_no_set_is_refused(raw: bytes, why: Unfit) -> None:
    assert key_sets.read(raw) == why


def test_a_set_that_gives_a_secret_away_is_refused() -> None:
    for private in (RSA, EC, ED):
        assert read(as_dict(rsa("x")), private.as_dict(private=True)) == Unfit.SECRET
    assert read(as_dict(RSA), {"kty": "oct", "k": "c2VjcmV0", "kid": "x"}) == Unfit.SECRET


def test_a_set_in_which_a_name_says_nothing_is_refused() -> None:
    assert read(as_dict(RSA), as_dict(rsa("r1"))) == Unfit.AMBIGUOUS
    assert names(read(as_dict(RSA), as_dict(EC, kid="r1"))) == ["r1", "r1"]


def test_a_set_without_end_is_refused() -> None:
    assert read(*[as_dict(EC)] * 101) == Unfit.TOO_MANY


FIELDS = st.sampled_from(sorted({*as_dict(RSA), *as_dict(EC), "use", "alg"}))
VALUES = st.text(max_size=20) | st.integers() | st.lists(st.text(max_size=5))


@given(st.dictionaries(FIELDS, VALUES))
def test_whatever_a_key_is_the_set_is_judged(entry: dict[str, Any]) -> None:
    assert isinstance(read({**as_dict(RSA), **entry}), KeySet | Unfit)
    assert isinstance(read({**as_dict(EC), **entry}), KeySet | Unfit)
    assert isinstance(read({**as_dict(ED), **entry}), KeySet | Unfit)
