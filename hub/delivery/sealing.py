"""The secrets of a subscription, as they are kept: sealed by the key of the hub.

What signs is shown to its party once, when it is made; what the receiver's authorisation server
knows us by is never shown again at all.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.delivery.kept import Access
from hub.delivery.signatures import (
    NEW_SECRET_SIZE,
    Keyring,
    PrivateKey,
    Secret,
    SigningKey,
    read_signing_key,
)
from hub.domain.time import BEGINNING, Instant
from hub.keys import Cipher

_encode: Final = msgspec.json.Encoder().encode


class Secrets(Struct, frozen=True):
    """What signs for one subscription, and what it shows to the receiver's token endpoint.

    They are written beside the orders, and may be newer than the address that is known yet: so a
    secret knows for which `token_url` it was given. None: for whichever there is.
    """

    keyring: Keyring
    client_secret: str | None = None
    token_url: str | None = None

    def secret_for(self, access: Access | None) -> str | None:
        """What may be shown there; None if nothing was given for it."""
        if access is None or self.token_url not in (None, access.token_url):
            return None
        return self.client_secret

    def shows_as(self, other: Secrets) -> bool:
        """Whether the token endpoint sees the same of both."""
        ours, theirs = (self.client_secret, self.token_url), (other.client_secret, other.token_url)
        return ours == theirs

    def rotated(self, key: SigningKey, until: Instant) -> Secrets:
        """With a new key; the one before it signs too until then."""
        return replace(self, keyring=self.keyring.rotated(key, until))

    def __repr__(self) -> str:
        return "Secrets(…)"


class _Plain(Struct, rename="camel"):
    current: str
    former: str | None
    former_until: Instant
    client_secret: str | None
    token_url: str | None = None


_decode: Final = msgspec.json.Decoder(_Plain).decode


def new_key(kind: str) -> SigningKey:
    """A key that nobody has yet: `v1` symmetric, `v1a` a pair."""
    fresh = secrets.token_bytes(NEW_SECRET_SIZE)
    return PrivateKey(fresh) if kind == PrivateKey.version else Secret(fresh)


def key_after(current: SigningKey, id_: str, name: str, cipher: Cipher) -> SigningKey:
    """The key that follows on this one under a name that whoever asks gave to the asking: when it
    asks again, because no answer came, it is the same."""
    made = cipher.seal(id_.encode(), _encode(["after", current.text, name]))
    seed = hashlib.sha256(made).digest()
    return PrivateKey(seed) if isinstance(current, PrivateKey) else Secret(seed)


def sealed(found: Secrets, id_: str, cipher: Cipher) -> bytes:
    """The secrets of this subscription; they open under its id only."""
    ring = found.keyring
    former = None if ring.former is None else ring.former.text
    plain = _Plain(
        ring.current.text, former, ring.former_until, found.client_secret, found.token_url
    )
    return cipher.seal(id_.encode(), _encode(plain))


def opened(kept: bytes, id_: str, cipher: Cipher) -> Secrets:
    """What `sealed` was given; `Tampered` if it is another's, or another key sealed it."""
    plain = _decode(cipher.open(id_.encode(), kept))
    former = None if plain.former is None else read_signing_key(plain.former)
    until = plain.former_until if former is not None else BEGINNING
    ring = Keyring(read_signing_key(plain.current), former, until)
    return Secrets(ring, plain.client_secret, plain.token_url)
