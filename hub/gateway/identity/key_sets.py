"""Key sets of issuers (JWKS, RFC 7517): which of their keys prove a token, and of which algorithm.

Pure: bytes in, keys or a reason out. A set that looks wrong as a whole is refused, so that what was
known before stays; a key in it that is for something else is passed over. Weak keys, and ones that
would take long to compute with, are for something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode
from msgspec import Struct

from hub.gateway.identity.tokens import Token
from hub.wire import strict_json

MOST_KEYS: Final = 100

_RSA: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_CURVES: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA", "Ed25519"}),
}
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_RSA_BITS: Final = range(2048, 8193)
_RSA_CHARS: Final = 1400  # of a modulus: a little more than 8192 bits
_MOST_EXPONENT: Final = 1 << 33


class Unfit(StrEnum):
    """Why a whole key set is refused."""

    NO_SET = "it is no JSON Web Key Set"
    TOO_MANY = f"it has more than {MOST_KEYS} keys"
    SECRET = "it has a secret in it, so anybody can sign"
    AMBIGUOUS = "two keys have the same kid"
    EMPTY = "none of its keys proves a signature"


class VerifyingKey(Struct, frozen=True, eq=False):
    """A public key, and the algorithms that it may prove."""

    key_id: str | None
    algorithms: frozenset[str]
    key: Key

    def proves(self, token: Token) -> bool:
        """Whether the signature of a token is by this key."""
        # Under the other name of the same algorithm joserfc warns, each time.
        name = "Ed25519" if token.algorithm == "EdDSA" else token.algorithm
        algorithm = JWSRegistry.algorithms[name]
        try:
            algorithm.check_key(self.key)
            return bool(algorithm.verify(token.signed, token.signature, self.key))
        except (JoseError, ValueError):
            return False


class KeySet(Struct, frozen=True, eq=False):
    """The keys of an issuer that prove tokens."""

    keys: Sequence[VerifyingKey]

    def find(self, token: Token) -> VerifyingKey | None:
        """The key that a token says it is signed with. One that says nothing: the only one that it
        can be."""
        able = [it for it in self.keys if token.algorithm in it.algorithms]
        if token.key_id is not None:
            able = [it for it in able if it.key_id == token.key_id]
        return able[0] if len(able) == 1 else None


def read(raw: bytes) -> KeySet | Unfit:
    """The keys of a set."""
    try:
        tree = strict_json.read(raw)
    except strict_json.BROKEN:
        return Unfit.NO_SET
    entries = tree.get("keys") if isinstance(tree, dict) else None
    if not isinstance(entries, list) or not all(isinstance(it, dict) for it in entries):
        return Unfit.NO_SET
    if len(entries) > MOST_KEYS:
        return Unfit.TOO_MANY
    if any(_PRIVATE & it.keys() for it in entries):
        return Unfit.SECRET
    keys = [key for it in entries if (key := _key(it)) is not None]
    if not keys:
        return Unfit.EMPTY
    named = [(it.key_id, name) for it in keys for name in it.algorithms if it.key_id is not None]
    return Unfit.AMBIGUOUS if len(set(named)) < len(named) else KeySet(keys)


def _key(entry: Mapping[str, Any]) -> VerifyingKey | None:
    """A key that proves signatures; None for every other."""
    key_id, use, uses = entry.get("kid"), entry.get("use", "sig"), entry.get("key_ops", ["verify"])
    if use != "sig" or not isinstance(uses, list) or "verify" not in uses:
        return None
    if key_id is not None and not isinstance(key_id, str):
        return None
    try:
        key, able = _public(entry)
    except (JoseError, ValueError, TypeError, KeyError):  # binascii.Error is a ValueError
        return None
    meant = entry.get("alg")
    able = frozenset(it for it in able if meant is None or it == meant)
    return VerifyingKey(key_id, able, key) if able else None


def _public(entry: Mapping[str, Any]) -> tuple[Key, frozenset[str]]:
    """The key itself and what it is able to; ValueError and others for what is none of ours."""
    kind, curve = entry["kty"], entry.get("crv", "")
    if kind == "RSA":
        return _rsa(entry), _RSA
    if not isinstance(curve, str) or (kind, curve) not in _CURVES:
        raise ValueError("a key of another kind")
    bare = {name: entry[name] for name in ("kty", "crv", "x", "y") if name in entry}
    key = ECKey.import_key(bare) if kind == "EC" else OKPKey.import_key(bare)
    return key, _CURVES[kind, curve]


def _rsa(entry: Mapping[str, Any]) -> RSAKey:
    bare = {name: entry[name] for name in ("kty", "n", "e")}
    if not isinstance(bare["n"], str) or not isinstance(bare["e"], str):
        raise ValueError("no numbers")
    if len(bare["n"]) > _RSA_CHARS or len(bare["e"]) > _RSA_CHARS:
        raise ValueError("too large a key")
    modulus, exponent = (_number(bare[name]) for name in ("n", "e"))
    if modulus.bit_length() not in _RSA_BITS or not 3 <= exponent < _MOST_EXPONENT:
        raise ValueError("too weak a key, or one to keep us busy with")
    return RSAKey.import_key(bare)


def _number(text: str) -> int:
    return int.from_bytes(urlsafe_b64decode(text.encode("ascii")), "big")
