"""The key of a deployment, and everything that is derived from it.

The key encryption key is 32 random bytes, in a file, in the environment, or with a keeper of
secrets (`hub.key_text` reads it, `hub.compose.key_source` says where it is). HKDF (RFC 5869)
derives a sub-key for each of `PURPOSES`, so that what one of them made tells nothing of another:
keyed hashes of references and identities, handles, receipt ids (facts document, Keys), and the
ciphers of clusters. Losing the key loses what was sealed; whoever has it and the database can read
everything. Secrets never stand in a `repr`, an error or a log.

What stands for a name (a reference, an identity, a household towards a party) must stay the same
as long as the state lives, and what seals must be replaceable. So a key may be followed by a
successor: a new key that seals, and the old one that still names. Its text holds both.

A cluster is sealed by AES-256-SIV (RFC 5297) under a key derived from a random salt that the caller
stores. It is deterministic, so equal plain bytes under the same key give equal sealed bytes and a
replay writes what stood there. Whoever destroys the salt destroys the key, and with it everything
that was sealed, wherever copies of that lie.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.domain.base32 import first_26
from hub.domain.facts import Identity, Reference
from hub.errors import Misconfigured, Tampered
from hub.key_text import KEY_SIZE, create, read

SALT_SIZE: Final = 16
SEAL_OVERHEAD: Final = 16  # bytes that sealing adds
API_KEY_BEGINS: Final = "sk_"  # tells it from a token, and a leaked one from other text


class Purpose(NamedTuple):
    """What a sub-key is for. `lasts`: a successor keeps it; what it made can't be made again."""

    told: str
    lasts: bool


PURPOSES: Final[Mapping[str, Purpose]] = {
    "clusters": Purpose(
        "what is known of a household and of those it shares references with: facts and alerts, "
        "under a key of its own that is derived from this one and a random salt",
        lasts=False,
    ),
    "household-views": Purpose("what a party said of a household, as its page shows it", False),
    "webhooks": Purpose("the secrets of subscriptions", False),
    "backups": Purpose(
        "backups and their journal, each file under a key of its own that is derived from this one "
        "and a random salt",
        lasts=False,
    ),
    "console": Purpose("what a browser keeps for the console: its session", False),
    "operator": Purpose("who may look into the state of workers over HTTP, on Kafka", False),
    "fingerprint": Purpose("nothing: it tells two keys apart, and may be shown", False),
    "references": Purpose("which references lead to a household: keyed hashes in the index", True),
    "identities": Purpose("which facts are known: keyed hashes of source and id", True),
    "handles": Purpose("what each party calls a household: its handle", True),
    "receipts": Purpose("what a receipt is called: its id", True),
    "names": Purpose("nothing: it tells whether a key is a successor of another", True),
}


class Keys:
    """What a deployment keeps secret, by purpose."""

    __slots__ = (
        "_backups", "_clusters", "_handles", "_identities", "_receipts", "_references", "console",
        "fingerprint", "names", "operator_token", "views", "webhooks",
    )  # fmt: skip

    def __init__(self, key_encryption_key: bytes, naming_key: bytes | None = None) -> None:
        naming = naming_key or key_encryption_key
        if {len(key_encryption_key), len(naming)} != {KEY_SIZE}:
            raise Misconfigured("key", f"it must be {KEY_SIZE} bytes")
        self._references = Mac(_derive(naming, "references"))
        self._identities = Mac(_derive(naming, "identities"))
        self._handles = Mac(_derive(naming, "handles"))
        self._receipts = Mac(_derive(naming, "receipts"))
        self._clusters = _derive(key_encryption_key, "clusters")
        self._backups = _derive(key_encryption_key, "backups")
        # Seals what parties may see of households, which lies outside their clusters.
        self.views = Cipher(_derive(key_encryption_key, "household-views", 64))
        # Seals what browsers keep for the console.
        self.console = Cipher(_derive(key_encryption_key, "console", 64))
        # Safe to store and to show: tells two keys apart, and nothing else.
        both = key_encryption_key + (naming_key or b"")
        self.fingerprint = _derive(both, "fingerprint")[:8].hex()
        # Shown by who may look into the state, to the workers of the same hub.
        self.operator_token = _derive(key_encryption_key, "operator").hex()
        # Seals the secrets of subscriptions.
        self.webhooks = Cipher(_derive(key_encryption_key, "webhooks", 64))
        # The same for the part that names: a key and its successors have this in common.
        self.names = _derive(naming, "names")[:8].hex()

    def __repr__(self) -> str:
        return f"Keys({self.fingerprint})"

    @classmethod
    def load(cls, path: Path) -> Keys:
        """The keys in a file; Misconfigured when it is not there, readable by others or no key."""
        return cls(*read(path))

    @classmethod
    def load_or_create(cls, path: Path) -> Keys:
        """The keys in a file, which is made when it is not there yet."""
        if not os.path.exists(path):  # Path.exists raises where it may not look
            create(path, secrets.token_bytes(KEY_SIZE))
        return cls.load(path)

    @classmethod
    def load_or_succeed(cls, path: Path, former: Sequence[bytes]) -> Keys:
        """The successor of a key, which is made when it is not there yet.

        Misconfigured when what is there succeeds another key.
        """
        if not os.path.exists(path):
            create(path, secrets.token_bytes(KEY_SIZE), former[-1])
        keys = cls.load(path)
        if keys.names != cls(*former).names:
            told = "it is no successor of the key of this hub; name a file that is not there yet"
            raise Misconfigured(f"key file {path}", f"{told}, to make one")
        return keys

    # In the four messages below only the last part is free text, so no two of them coincide.

    def reference_key(self, gemeente: str, reference: Reference) -> bytes:
        """12 bytes that stand for a reference within its gemeente."""
        scheme, issuer, value = reference
        return self._references(f"{gemeente}\0{scheme}\0{issuer}\0{value}".encode())[:12]

    def identity_key(self, place: str, identity: Identity) -> bytes:
        """10 bytes that stand for a fact within its gemeente or region."""
        return self._identities(f"{place}\0{identity[0]}\0{identity[1]}".encode())[:10]

    def handle(self, party: str, household: bytes) -> str:
        """What `party` calls the household; another party's handle of it tells nothing."""
        return "hh-" + first_26(self._handles(b"%b\0%b" % (party.encode(), household)))

    def receipt_id(self, identity: Identity, place: str = "") -> str:
        """The id of the receipt of a fact: the same each time that the fact is sent."""
        return "rc-" + first_26(self._receipts(f"{place}\0{identity[0]}\0{identity[1]}".encode()))

    def cipher(self, salt: bytes) -> Cipher:
        """The cipher of the cluster that keeps this salt. It takes 7 µs to make: keep it."""
        return _salted(self._clusters, salt, b"seintje/1/cluster")

    def backup_cipher(self, salt: bytes) -> Cipher:
        """The cipher of a backup, or a segment of a journal, that begins with this salt."""
        return _salted(self._backups, salt, b"seintje/1/backup")


class Mac:
    """HMAC-SHA-256 (RFC 2104) with the two keyed blocks hashed once.

    The same as `hmac.digest`, at a third of its time: 1.0 µs instead of 2.7 for 40 bytes.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(block.translate(hmac.trans_36))
        self._outer = hashlib.sha256(block.translate(hmac.trans_5C))

    def __call__(self, message: bytes) -> bytes:
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def __repr__(self) -> str:
        return "Mac(…)"


class Cipher:
    """Seals the values of one cluster. The table key is bound to the value: neither can move."""

    __slots__ = ("_siv",)

    def __init__(self, key: bytes) -> None:
        self._siv = AESSIV(key)

    def seal(self, key: bytes, plain: bytes) -> bytes:
        """`plain` sealed for table key `key`, 16 bytes longer."""
        return self._siv.encrypt(plain, [key])

    def open(self, key: bytes, sealed: bytes) -> bytes:
        """What `seal` was given; `Tampered` if value, table key or salt are not the same."""
        try:
            return self._siv.decrypt(sealed, [key])
        except InvalidTag:
            raise Tampered("a sealed value does not open under its key") from None

    def __repr__(self) -> str:
        return "Cipher(…)"


class ApiKey:
    """A new API key: `secret` is shown once, `digest` is what is stored."""

    __slots__ = ("digest", "secret")

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.digest = hash_api_key(secret)

    def __repr__(self) -> str:
        return f"ApiKey(digest={self.digest!r})"


def new_api_key() -> ApiKey:
    """An API key of 256 random bits."""
    return ApiKey(API_KEY_BEGINS + secrets.token_urlsafe(32))


def hash_api_key(secret: str) -> str:
    """SHA-256 in hexadecimal. Not slow on purpose: 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def fresh_salt() -> bytes:
    """A salt for `Keys.cipher`. Handed to whoever makes clusters, so that a test can choose it."""
    return secrets.token_bytes(SALT_SIZE)


def _salted(key: bytes, salt: bytes, purpose: bytes) -> Cipher:
    if len(salt) != SALT_SIZE:
        raise Tampered(f"a salt of {len(salt)} bytes, not {SALT_SIZE}")
    return Cipher(HKDF(SHA256(), 64, salt, purpose).derive(key))


def _derive(key: bytes, purpose: str, size: int = KEY_SIZE) -> bytes:
    assert purpose in PURPOSES
    return HKDF(SHA256(), size, None, f"seintje/1/{purpose}".encode()).derive(key)
