"""Who sent a webhook: signatures after Standard Webhooks 1.0.0, on the side that receives.

What is signed is `id.timestamp.body`, as HMAC-SHA-256 (`v1`, checked with the `whsec_` that the hub
has too) or with Ed25519 (`v1a`, checked with a `whpk_`, which is no secret). Nothing here signs,
and no error or `repr` shows a key.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from hub.errors import Misconfigured

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE_SECONDS: Final = 300  # what the reference libraries allow, both ways
# A stranger decides how many signatures a header holds, and each costs a calculation.
MOST_SIGNATURES: Final = 16

_SECRET: Final = "whsec_"
_PUBLIC: Final = "whpk_"
_SECRET_BYTES: Final = range(24, 65)
_PUBLIC_BYTES: Final = 32
# A full stop in the id would let one message pass for another with a different timestamp.
_SAFE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_SIGNED_BY: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")


class Unproven(StrEnum):
    """Why it is not proven that the hub sent something; the first that applies."""

    INCOMPLETE = "a header of the signature is missing"
    AMBIGUOUS = "a header of the signature is there twice"
    BAD_ID = "the id is none that a hub gives"
    BAD_TIMESTAMP = "the timestamp is not a whole number of seconds"
    TOO_OLD = "the timestamp is too long ago, or this machine's clock is wrong"
    TOO_NEW = "the timestamp is too far ahead, or this machine's clock is wrong"
    UNSIGNED = "there is no signature of a kind that the keys here can check"
    FORGED = "no signature fits the keys here, this id, this timestamp and this body"


class Headers(Protocol):
    """The headers of a request, as every framework has them; names in any case."""

    def items(self) -> Iterable[tuple[str, str]]: ...


class Secret:
    """A `whsec_`: whoever can check with it can sign with it."""

    __slots__ = ("_key",)
    version: Final = "v1"

    def __init__(self, key: bytes) -> None:
        self._key = key

    def fits(self, content: bytes, signatures: Iterable[bytes]) -> bool:
        """Whether it made one of them; takes as long whichever byte differs."""
        made = hmac.digest(self._key, content, "sha256")
        return any([hmac.compare_digest(made, it) for it in signatures])

    def __repr__(self) -> str:
        return "Secret(…)"


class PublicKey:
    """A `whpk_`: can only check."""

    __slots__ = ("_key",)
    version: Final = "v1a"

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key

    def fits(self, content: bytes, signatures: Iterable[bytes]) -> bool:
        """Whether its other half made one of them."""
        return any([self._made(content, it) for it in signatures])

    def _made(self, content: bytes, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, content)
        except InvalidSignature:
            return False
        return True

    def __repr__(self) -> str:
        return "PublicKey(…)"


Key: TypeAlias = Secret | PublicKey


def read_key(text: str) -> Key:
    """A key as it was shown to the party; Misconfigured, which does not quote it, if it is none."""
    if text.startswith(_SECRET):
        secret = _raw(text.removeprefix(_SECRET))
        if secret is None or len(secret) not in _SECRET_BYTES:
            raise Misconfigured("keys", f"copy all of the {_SECRET}: 24 to 64 bytes, in base64")
        return Secret(secret)
    if text.startswith(_PUBLIC):
        public = _raw(text.removeprefix(_PUBLIC))
        if public is None or len(public) != _PUBLIC_BYTES:
            raise Misconfigured("keys", f"copy all of the {_PUBLIC}: 32 bytes, in base64")
        # Here, for most parties have a secret, and it is the largest library there is.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        return PublicKey(Ed25519PublicKey.from_public_bytes(public))
    raise Misconfigured("keys", f"a key to check webhooks begins with {_SECRET} or {_PUBLIC}")


def proven(
    headers: Headers, body: bytes, keys: Sequence[Key], now: float, tolerance: float
) -> str | Unproven:
    """The id of a webhook that one of the keys signed, at most `tolerance` seconds from `now`."""
    found = [(name.lower(), value) for name, value in headers.items()]
    given = dict(found)
    if not all(given.get(name) for name in _SIGNED_BY):
        return Unproven.INCOMPLETE
    if sum(name in _SIGNED_BY for name, _ in found) != len(_SIGNED_BY):
        return Unproven.AMBIGUOUS  # what looks at one would not know which the other looked at
    id_, timestamp, signatures = (given[name] for name in _SIGNED_BY)
    if not _SAFE_ID.fullmatch(id_):
        return Unproven.BAD_ID
    if not _SECONDS.fullmatch(timestamp):
        return Unproven.BAD_TIMESTAMP
    if int(timestamp) < now - tolerance:
        return Unproven.TOO_OLD
    if int(timestamp) > now + tolerance:
        return Unproven.TOO_NEW
    content = f"{id_}.{timestamp}.".encode() + body
    return _compared(content, signatures, keys) or id_


def _compared(content: bytes, header: str, keys: Sequence[Key]) -> Unproven | None:
    """Every signature against every key of its kind; one that is no base64 hides no other."""
    entries = [entry.partition(",") for entry in header.split()[:MOST_SIGNATURES]]
    if not {key.version for key in keys} & {version for version, *_ in entries}:
        return Unproven.UNSIGNED
    for key in keys:
        texts = [text for version, _, text in entries if version == key.version]
        if key.fits(content, [it for it in map(_raw, texts) if it is not None]):
            return None
    return Unproven.FORGED


def _raw(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
