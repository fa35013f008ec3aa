"""Bearer tokens: a signed JWT (RFC 7519) read strictly, and what it must say to count here.

Pure: text, an issuer and an instant in; a token, or what is wrong with it, out. Only signatures of
two keys are read (RSA, ECDSA, Ed25519): with what a hub knows nobody can sign, so a key can never
be taken for a secret, and no signature is never one. What a token says of keys (`jwk`, `jku`,
`x5u`…) is not looked at. Nothing of a token is kept or told.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final, Protocol

from joserfc.util import urlsafe_b64decode
from msgspec import Struct

from hub.domain.time import Instant
from hub.gateway.identity.caller import Wrong
from hub.wire import strict_json

MOST_CHARS: Final = 8192
LEEWAY_MS: Final = 60_000
ALGORITHMS: Final = frozenset(
    {
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
        "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
    }
)  # fmt: skip

_FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", re.ASCII)
_TYPES: Final = frozenset({"jwt", "at+jwt"})
_LONGEST_KEY_ID: Final = 256
_LAST_SECOND: Final = 1 << 40


class Token(Struct, frozen=True):
    """A token as it was read; nothing of it is proven. `signed` is what `signature` is of."""

    algorithm: str
    key_id: str | None
    issuer: str
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


class Expected(Protocol):
    """What the file of identities says of an issuer, as far as tokens go."""

    @property
    def audiences(self) -> frozenset[str]: ...

    @property
    def algorithms(self) -> frozenset[str]: ...

    @property
    def claim(self) -> str: ...

    @property
    def parties(self) -> Mapping[str, str]: ...


def read(text: str) -> Token | Wrong:
    """A token out of what was sent."""
    if len(text) > MOST_CHARS or not _FORM.fullmatch(text):
        return Wrong.UNREADABLE
    signed, _, signature = text.encode().rpartition(b".")
    try:
        header, claims = (_object(part) for part in signed.split(b"."))
        raw = urlsafe_b64decode(signature)
    except _BROKEN:
        return Wrong.UNREADABLE
    wrong = _wrong_in_header(header)
    if wrong is not None:
        return wrong
    issuer = claims.get("iss")
    if not isinstance(issuer, str):
        return Wrong.ISSUER
    return Token(header["alg"], header.get("kid"), issuer, claims, signed, raw)


def judge(token: Token, expected: Expected, now: Instant) -> Wrong | None:
    """What a token lacks to count; None: nothing, if its signature is its issuer's."""
    if token.algorithm not in expected.algorithms:
        return Wrong.ALGORITHM
    audience = token.claims.get("aud")
    told = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(it, str) and it in expected.audiences for it in told):
        return Wrong.AUDIENCE
    ends = _instant(token.claims.get("exp"))
    if ends is None or ends + LEEWAY_MS <= now:
        return Wrong.EXPIRED
    for name in ("nbf", "iat"):
        begins = token.claims.get(name)
        at = 0 if begins is None else _instant(begins)
        if at is None or at - LEEWAY_MS > now:
            return Wrong.NOT_YET
    return None


def party_of(token: Token, expected: Expected) -> tuple[str, str] | None:
    """What the token calls the party, and its id; None: nobody that its issuer may speak for."""
    claimed = token.claims.get(expected.claim)
    if not isinstance(claimed, str) or claimed not in expected.parties:
        return None
    return claimed, expected.parties[claimed]


def ends(token: Token) -> Instant:
    """When a token that was judged ends by itself."""
    return (_instant(token.claims.get("exp")) or 0) + LEEWAY_MS


def is_bound_elsewhere(token: Token, fingerprint: str | None) -> bool:
    """Whether it only counts with a certificate other than this one (RFC 8705, 3), or with a proof
    that we do not know; then whoever sends it may have found it."""
    confirmation = token.claims.get("cnf")
    if confirmation is None:
        return False
    if fingerprint is None:
        return True
    here = base64.urlsafe_b64encode(bytes.fromhex(fingerprint)).rstrip(b"=").decode()
    return bool(confirmation != {"x5t#S256": here})


def _object(part: bytes) -> dict[str, Any]:
    found = strict_json.read(urlsafe_b64decode(part))
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


# binascii.Error is a ValueError; an alphabet that is none of ours is told by it without a text.
_BROKEN: Final = (*strict_json.BROKEN, binascii.Error)


def _wrong_in_header(header: Mapping[str, Any]) -> Wrong | None:
    algorithm, kind, key_id = header.get("alg"), header.get("typ", "JWT"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        return Wrong.ALGORITHM
    if "crit" in header or "b64" in header:
        return Wrong.CRITICAL
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in _TYPES:
        return Wrong.TYPE
    if "cty" in header or "enc" in header:
        return Wrong.TYPE
    if key_id is not None and not (isinstance(key_id, str) and len(key_id) <= _LONGEST_KEY_ID):
        return Wrong.KEY_ID
    return None


def _instant(seconds: object) -> Instant | None:
    """A NumericDate (RFC 7519, 2); None for what is none."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return int(seconds * 1000) if 0 <= seconds < _LAST_SECOND else None
