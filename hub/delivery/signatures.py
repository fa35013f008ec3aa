"""Signatures of webhooks after Standard Webhooks 1.0.0 (https://www.standardwebhooks.com).

What is signed is `id.timestamp.body`, either symmetrically (`v1`, HMAC-SHA-256 under a `whsec_`) or
asymmetrically (`v1a`, Ed25519 under a `whsk_`, checked with its `whpk_`). While a secret is being
replaced a message carries a signature of each of the two. Nothing here makes a secret: its bytes
are handed in. Secrets never stand in a `repr`, an error or a log; `text` is how they are shown,
once, to whom they belong. Nothing here checks: that is for who receives (`hub.client.signatures`).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

from hub.domain.time import BEGINNING, Instant
from hub.errors import Bug

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"

SECRET_PREFIX: Final = "whsec_"
PRIVATE_PREFIX: Final = "whsk_"
PUBLIC_PREFIX: Final = "whpk_"

NEW_SECRET_SIZE: Final = 32  # bytes of a new secret, and of the seed of a new key pair

_SMALLEST: Final = 24
_LARGEST: Final = 64
_KEY_SIZE: Final = 32  # of each half of an Ed25519 key pair
# A full stop in the id would let one message pass for another with a different timestamp.
_SAFE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


class Message(NamedTuple):
    """What is signed. `at` is when it is sent, anew at each attempt; the id stays the same."""

    id: str
    at: Instant
    body: bytes


class Secret:
    """A symmetric secret (`v1`): whoever can check with it can sign with it."""

    __slots__ = ("_key",)
    version: Final = "v1"

    def __init__(self, key: bytes) -> None:
        """ValueError unless it has 24 to 64 bytes."""
        if not _SMALLEST <= len(key) <= _LARGEST:
            raise ValueError(f"a secret has {_SMALLEST} to {_LARGEST} bytes, in base64")
        self._key = key

    @property
    def text(self) -> str:
        """The secret itself, to be shown once."""
        return SECRET_PREFIX + _base64(self._key)

    def sign(self, message: bytes) -> bytes:
        return hmac.digest(self._key, message, "sha256")

    def __repr__(self) -> str:
        return "Secret(…)"


class PublicKey:
    """The half of a key pair that can only check (`v1a`); no secret."""

    __slots__ = ("_key",)
    version: Final = "v1a"

    def __init__(self, key: bytes) -> None:
        """ValueError unless it has 32 bytes."""
        if len(key) != _KEY_SIZE:
            raise ValueError(f"a public key has {_KEY_SIZE} bytes, in base64")
        self._key = Ed25519PublicKey.from_public_bytes(key)

    @property
    def text(self) -> str:
        return PUBLIC_PREFIX + _base64(_raw(self._key))

    def __repr__(self) -> str:
        return f"PublicKey({self.text!r})"


class PrivateKey:
    """The half of a key pair that signs (`v1a`)."""

    __slots__ = ("_key", "_seed", "public")
    version: Final = "v1a"

    def __init__(self, key: bytes) -> None:
        """The seed (32 bytes), or seed and public key (64), as libraries differ in what they show.

        ValueError if it has another size, or if the two do not belong together.
        """
        if len(key) not in (_KEY_SIZE, 2 * _KEY_SIZE):
            raise ValueError(f"a private key has {_KEY_SIZE} or {2 * _KEY_SIZE} bytes, in base64")
        self._seed = key[:_KEY_SIZE]
        self._key = Ed25519PrivateKey.from_private_bytes(self._seed)
        public = _raw(self._key.public_key())
        if key[_KEY_SIZE:] not in (b"", public):
            raise ValueError("the two halves of the private key do not belong together")
        self.public = PublicKey(public)

    @property
    def text(self) -> str:
        """The key itself, seed and public key, to be shown to nobody but its owner."""
        return PRIVATE_PREFIX + _base64(self._seed + _raw(self._key.public_key()))

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"PrivateKey(…, public={self.public.text!r})"


SigningKey: TypeAlias = Secret | PrivateKey


class Keyring(Struct, frozen=True):
    """What signs for one subscription: its key and, until an instant, the one before it."""

    current: SigningKey
    former: SigningKey | None = None
    former_until: Instant = BEGINNING

    def at(self, now: Instant) -> tuple[SigningKey, ...]:
        """The keys that sign at `now`, the newest first."""
        if self.former is None or now >= self.former_until:
            return (self.current,)
        return (self.current, self.former)

    def rotated(self, key: SigningKey, until: Instant) -> Keyring:
        """With a new key; the one that was current signs too until `until`, one before it no
        more."""
        return Keyring(key, self.current, until)


def read_signing_key(text: str) -> SigningKey:
    """A `whsec_` or a `whsk_`; ValueError, which does not quote it, for anything else."""
    if text.startswith(SECRET_PREFIX):
        return Secret(_bytes_of(text.removeprefix(SECRET_PREFIX)))
    if text.startswith(PRIVATE_PREFIX):
        return PrivateKey(_bytes_of(text.removeprefix(PRIVATE_PREFIX)))
    raise ValueError(f"a key that signs begins with {SECRET_PREFIX} or {PRIVATE_PREFIX}")


def signed(message: Message, keys: Iterable[SigningKey]) -> dict[str, str]:
    """The three headers of a message, with a signature of each key in the order given."""
    if not _SAFE_ID.fullmatch(message.id):
        raise Bug("the id of a webhook holds what could make two messages look like one")
    timestamp = str(message.at // 1000)
    content = _content(message.id, timestamp, message.body)
    signatures = [f"{key.version},{_base64(key.sign(content))}" for key in keys]
    if not signatures:
        raise Bug("a webhook without a key to sign it")
    return {ID: message.id, TIMESTAMP: timestamp, SIGNATURE: " ".join(signatures)}


def _content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        # Not chained: the cause may quote what it could not read.
        raise ValueError("it is not base64") from None
