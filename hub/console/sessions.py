"""Sessions: who looks, for which party, until when. A browser keeps them, sealed.

What is sealed with the key of the hub can be read and made by the hub alone, so a session outlives
a restart and is known to each gateway of a hub. It ends after half an hour of silence, after a
working day, and when somebody signs out: this process remembers that as long as it could matter.
No name and no number of a person stands in it.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.domain.parties import Parties, Party
from hub.domain.time import MINUTE_MS, Instant
from hub.errors import Tampered
from hub.keys import Cipher

IDLE_MS: Final = 30 * MINUTE_MS
LONGEST_MS: Final = 10 * 60 * MINUTE_MS
EVERY: Final = ("*",)  # whoever may look through any party

_SESSION: Final = b"session"
_FORM: Final = b"form"
_REFRESH_MS: Final = MINUTE_MS
_LONGEST_COOKIE: Final = 4096


class Session(Struct, frozen=True):
    """`party` empty: one of those it `may` look through is still to be chosen. `told` is what the
    next page says once."""

    id: str
    party: str
    may: tuple[str, ...]
    started: Instant
    seen: Instant
    told: str = ""

    def allows(self, party: str) -> bool:
        return self.may == EVERY or party in self.may


_decode: Final = msgspec.json.Decoder(Session).decode
_encode: Final = msgspec.json.Encoder().encode


class Sessions:
    """Begins, knows and ends sessions."""

    def __init__(self, cipher: Cipher, parties: Parties) -> None:
        self._cipher = cipher
        self._parties = parties
        self._ended: dict[str, Instant] = {}

    def begin(self, may: tuple[str, ...], party: str, now: Instant) -> Session:
        """A session of its own for each time that somebody signs in."""
        return Session(secrets.token_urlsafe(16), party, may, now, now)

    def party_of(self, session: Session) -> Party | None:
        """The party that it looks through; None: not chosen yet, or no longer there."""
        return self._parties.by_id.get(session.party) if session.allows(session.party) else None

    def find(self, cookie: str | None, now: Instant) -> Session | None:
        """The session that a browser sent back; None if it is none of ours, or over."""
        if cookie is None or len(cookie) > _LONGEST_COOKIE:
            return None
        raw = unsealed(self._cipher, _SESSION, cookie)
        if raw is None:
            return None
        session = _decode(raw)
        is_over = now - session.seen >= IDLE_MS or now - session.started >= LONGEST_MS
        return None if is_over or session.id in self._ended else session

    def cookie_of(self, session: Session) -> str:
        """What the browser is to keep."""
        return sealed(self._cipher, _SESSION, _encode(session))

    def refreshed(self, session: Session, now: Instant) -> Session:
        """The same, seen now; unchanged if it was seen only just."""
        return session if now - session.seen < _REFRESH_MS else replace(session, seen=now)

    def end(self, session: Session, now: Instant) -> None:
        """No copy of it counts any more."""
        self._ended = {it: at for it, at in self._ended.items() if now - at < LONGEST_MS}
        self._ended[session.id] = now

    def form_token(self, session: Session) -> str:
        """What every form of this session holds, and no other page can know."""
        return sealed(self._cipher, _FORM, session.id.encode())

    def is_form_token(self, session: Session, token: str) -> bool:
        return hmac.compare_digest(self.form_token(session).encode(), token.encode())


def sealed(cipher: Cipher, purpose: bytes, plain: bytes) -> str:
    """As it can stand in a cookie."""
    return base64.urlsafe_b64encode(cipher.seal(purpose, plain)).rstrip(b"=").decode()


def unsealed(cipher: Cipher, purpose: bytes, text: str) -> bytes | None:
    """What `sealed` was given; None if it was not sealed so by this hub."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return cipher.open(purpose, raw)
    except (ValueError, Tampered):
        return None
