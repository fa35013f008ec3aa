"""What is shown to the other side so that it knows who calls: a bearer token (RFC 6750), one that
was agreed, or one that its authorization server gives for a client and a secret (RFC 6749, 4.4).

A token lives in memory until shortly before it expires, or until the receiver no longer takes it.
"""

from __future__ import annotations

import base64
from typing import Final, Protocol
from urllib.parse import quote_plus, urlencode

from msgspec import Struct

from connectors.asking import decoded
from connectors.secret import Secret
from connectors.settings import Address, Part
from hub.domain.time import Instant
from hub.outbound import Answer, Outbound

_FORM: Final = "application/x-www-form-urlencoded"
_EARLIER_MS: Final = 30_000  # so that it does not expire on the way
_ASSUMED_S: Final = 300  # of a token that does not say; to say so is only recommended
_LONGEST_S: Final = 86_400


class OAuth(Part, frozen=True, kw_only=True):
    """Where a token is to be had, and for whom."""

    token_url: Address
    client_id: str
    client_secret_file: Secret
    scope: str | None = None


class Bearer(Protocol):
    """What to write into `Authorization`."""

    async def authorization(self, now: Instant) -> str:
        """Unavailable: it cannot be had now. Misconfigured: not with these settings."""
        ...

    def forget(self) -> bool:
        """The receiver does not take it; whether another can be had."""
        ...

    async def close(self) -> None: ...


class Agreed:
    """A token that does not change."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    async def authorization(self, now: Instant) -> str:
        return f"Bearer {self._token.reveal()}"

    def forget(self) -> bool:
        return False

    async def close(self) -> None:
        pass


class _Granted(Struct):
    access_token: str
    token_type: str
    expires_in: float | str | None = None  # some write the number as a text


class Granted:
    """Tokens of an authorization server."""

    def __init__(self, settings: OAuth, out: Outbound) -> None:
        """`out` leads to the authorization server, and is closed with this."""
        self._settings = settings
        self._out = out
        self._token = ""
        self._until: Instant = 0

    async def authorization(self, now: Instant) -> str:
        if not self._token or now >= self._until:
            await self._fetch(now)
        return f"Bearer {self._token}"

    def forget(self) -> bool:
        self._token = ""
        return True

    async def close(self) -> None:
        await self._out.close()

    async def _fetch(self, now: Instant) -> None:
        it = self._settings
        form = {"grant_type": "client_credentials"}
        if it.scope is not None:
            form["scope"] = it.scope
        headers = {"content-type": _FORM, "accept": "application/json"}
        headers["authorization"] = _basic(it.client_id, it.client_secret_file.reveal())
        content = urlencode(form).encode()
        answer = await self._out.call("POST", "", content=content, headers=headers)
        granted = self._read(answer)
        self._token = granted.access_token
        self._until = now + max(0, _lasts_ms(granted.expires_in) - _EARLIER_MS)

    def _read(self, answer: Answer) -> _Granted:
        if answer.status in (408, 429) or answer.status >= 500:
            raise self._out.away(f"answers {answer.status}", answer.retry_after)
        if answer.status != 200:
            do = f"it gives no token ({answer.status}); check clientId, clientSecretFile and scope"
            raise self._out.wrong(do)
        granted: _Granted = decoded(self._out, answer, _Granted)
        if granted.token_type.lower() != "bearer" or not is_word(granted.access_token):
            raise self._out.wrong("what it gives is no bearer token; ask who runs it for one")
        return granted


def _lasts_ms(told: float | str | None) -> int:
    try:
        seconds = float(_ASSUMED_S if told is None else told)
    except ValueError:
        seconds = _ASSUMED_S
    return int(max(0, min(seconds, _LONGEST_S)) * 1000)


def _basic(client_id: str, secret: str) -> str:
    """RFC 6749, 2.3.1: both are written as in a form first."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def is_word(token: str) -> bool:
    """Whether it can stand in a header: nothing in it may end that."""
    return token.isascii() and token.isprintable() and len(token.split()) == 1
