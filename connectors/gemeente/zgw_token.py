"""Who we are to an API of ZGW: a token signed with the secret that was agreed (JWT, HS256, with the
claims `iss`, `iat`, `client_id`, `user_id` and `user_representation` of the standard).

A token is used for some minutes and then made anew: APIs refuse one that is an hour old, and what
was made once and never again is why subscriptions of others stopped working. Where the clock of the
other side differs from ours, it is followed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import OctKey
from msgspec import Struct

from connectors.secret import Secret
from hub.domain.time import Instant
from hub.outbound import Answer, Outbound

# Made so long ago, as far as the other side is concerned: its clock may be behind ours a little.
_BEFORE_S: Final = 10
_OLDEST_S: Final = 600
# A clock is read to the second, and an answer takes its time.
_SAME_CLOCK_S: Final = 3
_REFUSED: Final = (401, 403)
_LONG_ENOUGH: Final = 32  # what HS256 asks for


class Client(Struct, frozen=True):
    """Who calls, as it was agreed with whoever runs the API. `user_id` and `user_representation`
    stand in its audit trail."""

    client_id: str
    secret: Secret
    user_id: str
    user_representation: str

    @property
    def is_weak(self) -> bool:
        """Whether the secret is too short for what it protects."""
        return len(self.secret.reveal()) < _LONG_ENOUGH


class Tokens:
    """Tokens of one client for one API."""

    def __init__(self, client: Client, now: Callable[[], Instant]) -> None:
        self._client = client
        self._key = _key(client.secret)
        self._now = now
        self._skew = 0
        self._token = ""
        self._made = 0

    def header(self) -> str:
        """The `Authorization` of a call now."""
        now = self._seconds()
        if not self._token or not 0 <= now - self._made < _OLDEST_S:
            self._token, self._made = self._signed(now), now
        return f"Bearer {self._token}"

    def may_do_better(self, answer: Answer) -> bool:
        """Whether a new token could change this answer: it refused us, and the clock of the other
        side is not what we took it for, or the token was not of this very moment."""
        if answer.status not in _REFUSED:
            return False
        now = self._seconds()
        skew = _its_time(answer.headers, now) - now
        other_clock = abs(skew - self._skew) > _SAME_CLOCK_S
        if other_clock:
            self._skew = skew
        if other_clock or now - self._made > _SAME_CLOCK_S:
            self._token = ""
        return not self._token

    def _signed(self, now: int) -> str:
        who = self._client
        claims: dict[str, object] = {
            "iss": who.client_id,
            "iat": now + self._skew - _BEFORE_S,
            "client_id": who.client_id,
            "user_id": who.user_id,
            "user_representation": who.user_representation,
        }
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, self._key)

    def _seconds(self) -> int:
        return self._now() // 1000


class Signed:
    """The way out to one API, with a token in each call."""

    def __init__(self, outbound: Outbound, tokens: Tokens) -> None:
        self._outbound = outbound
        self._tokens = tokens

    async def call(
        self, method: str, path: str, body: object, headers: Mapping[str, str]
    ) -> Answer:
        """As `Outbound.call`; what is refused for its token is asked a second time with a new
        one. Nothing was done the first time, so this is safe for a POST too."""

        async def once() -> Answer:
            signed = {**headers, "authorization": self._tokens.header()}
            return await self._outbound.call(method, path, body=body, headers=signed)

        answer = await once()
        return await once() if self._tokens.may_do_better(answer) else answer


def _key(secret: Secret) -> OctKey:
    with warnings.catch_warnings():
        # A short secret may be all that was agreed: `check` tells, and it works.
        warnings.simplefilter("ignore", SecurityWarning)
        return OctKey.import_key(secret.reveal())


def _its_time(headers: Mapping[str, str], otherwise: int) -> int:
    """What the clock of the other side shows, in seconds since 1970."""
    try:
        return int(parsedate_to_datetime(headers.get("date", "")).timestamp())
    except (ValueError, OverflowError):
        return otherwise
