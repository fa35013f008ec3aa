"""What is kept of each recipient: what it was told, the mail that is on its way, and whether mail
to it comes back.

A mail is noted here before it is sent, and noted as sent after it was taken. Whoever dies in
between finds it on its way and sends the same one again: same Message-ID, same content, so that a
mail system can drop the second. That is the one repeat that a crash can bring. The other way round
(note first, send later) a crash would lose a mail, and nobody would know.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from connectors.mail_digest import Digest, Told
from connectors.seam import Graves, Shelf, Unmapped
from hub.domain.names import moment_of
from hub.domain.time import Instant

SENDING: Final = "digest"
_PREFIX: Final = "to/"
_KEY: Final = "key"
_TOKEN_CHARS: Final = 20  # 100 bits: nobody guesses one


class Letter(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A mail on its way: when it was due, when it was first sent, what it says, after which news,
    and what its recipient has been told with it."""

    due: Instant
    made: Instant
    digest: Digest
    since: int
    told: Told

    @property
    def name(self) -> str:
        """Of this mail among those to its recipient: when it was due, and which news it holds."""
        return f"{self.due}-{self.since}-{self.told.news}"


class Bad(Struct, frozen=True):
    """Why mail to a recipient is not sent until an instant: it came back, or was refused. `why` is
    the status that a mail server gave, like `5.1.1` (RFC 3463)."""

    why: str
    since: Instant
    until: Instant


class Post(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What is kept of one recipient. `elsewhere`: a mail was passed on to another address, and came
    back from there."""

    told: Told = Told()
    letter: Letter | None = None
    bad: Bad | None = None
    elsewhere: Bad | None = None

    @property
    def trouble(self) -> str | None:
        """What is wrong with this recipient, and how to mend it."""
        if self.bad is not None:
            since, until = (moment_of(at, "en") for at in (self.bad.since, self.bad.until))
            wrong = f"mail to this address failed on {since} ({self.bad.why})"
            return f"{wrong}; check the address; it is tried again from {until}"
        if self.elsewhere is not None:
            since, why = moment_of(self.elsewhere.since, "en"), self.elsewhere.why
            wrong = f"mail was passed on to another address and failed there on {since} ({why})"
            return f"{wrong}; ask who manages this mailbox where its mail goes"
        return None


class Posts:
    """The posts of all recipients, and the marks by which a mail is known again. Who is not reached
    is a dead letter, until a mail was taken."""

    def __init__(self, shelf: Shelf, graves: Graves) -> None:
        self._shelf = shelf
        self._graves = graves

    def find(self, to: str) -> Post | None:
        found = self._shelf.value(_PREFIX + to)
        return None if found is None else msgspec.json.decode(found, type=Post)

    def keep(self, to: str, post: Post) -> None:
        self._shelf.keep(_PREFIX + to, msgspec.json.encode(post).decode())

    def report(self, to: str, now: Instant) -> None:
        """Have operators know how it is with this recipient."""
        post = self.find(to)
        trouble = None if post is None else post.trouble
        self._graves.unbury(SENDING, _place(to))
        if trouble is not None:
            self._graves.bury(SENDING, Unmapped(_place(to), trouble, b""), now)

    def forget_others(self, known: Collection[str]) -> None:
        """Nothing stays of who left the settings."""
        for name in self._shelf.names(_PREFIX):
            if name.removeprefix(_PREFIX) not in known:
                self._graves.unbury(SENDING, _place(name.removeprefix(_PREFIX)))
                self._shelf.keep(name, None)

    def mark(self, to: str, name: str) -> str:
        """Marks the mail of this name to `to`: always the same, and it tells nobody else to whom.
        Who never got a mail of ours cannot make one up, and so cannot report it as failed."""
        signed = hmac.digest(self._key(), f"{to}|{name}".encode(), hashlib.sha256)
        return f"{name}.{base64.b32encode(signed).decode()[:_TOKEN_CHARS].lower()}"

    def _key(self) -> bytes:
        found = self._shelf.value(_KEY)
        if found is None:
            found = secrets.token_hex(32)
            self._shelf.keep(_KEY, found)
        return bytes.fromhex(found)


def _place(to: str) -> str:
    """Where the dead letter of a recipient lies: for who has the settings, so by its address."""
    return f"mail.recipients, {to}"


def sent(post: Post, letter: Letter) -> Post:
    """The letter was taken; whatever was wrong before. If an earlier one came back while this was
    on its way, what that said is still to be told."""
    if post.told.news < letter.since:
        return Post(told=replace(post.told, slot=letter.told.slot))
    return Post(told=letter.told)


def refused(post: Post, bad: Bad) -> Post:
    """The address was refused: what the letter said is still to be told."""
    return replace(post, letter=None, bad=bad)


def returned(post: Post, name: str, bad: Bad | None, before: Instant) -> Post:
    """The mail of this name came back: what it said is told anew, not `before`."""
    since = int(name.split("-")[1])
    told = Told(min(post.told.news, since), post.told.slot, before)
    return replace(post, told=told, bad=bad or post.bad)
