"""Tokens for receivers that want to know who calls: OAuth 2 client credentials (RFC 6749, 4.4).

The token endpoint is an address of the party like the receiver itself, and is called the same way.
A token lives in memory, until shortly before it expires or until the receiver no longer takes it.
"""

from __future__ import annotations

import base64
from typing import Final
from urllib.parse import quote_plus, urlencode

import msgspec
from msgspec import Struct

from hub.delivery.kept import Access
from hub.delivery.outcome import Outcome, Reason
from hub.delivery.way import Way, reason_of
from hub.domain.time import Instant
from hub.errors import AddressRefused, Misconfigured, Unavailable

_WHERE: Final = "the token address of a subscription"
_FORM: Final = "application/x-www-form-urlencoded"
_EARLIER_MS: Final = 30_000  # so that it does not expire on the way
_ASSUMED_S: Final = 300  # of a token that does not say; it is only recommended to
_LONGEST_S: Final = 86_400


class Token(Struct, frozen=True):
    """What to show to the receiver, and until when."""

    authorization: str
    until: Instant

    def __repr__(self) -> str:
        return f"Token(…, until={self.until})"


class _Granted(Struct):
    access_token: str
    token_type: str
    expires_in: float | None = None


_decode: Final = msgspec.json.Decoder(_Granted, strict=False).decode


async def fetched(way: Way, access: Access, secret: str, now: Instant) -> Token | Outcome:
    """A token, or why there is none: then the receiver is not asked."""
    headers = {"content-type": _FORM, "accept": "application/json"}
    headers["authorization"] = _basic(access.client_id, secret)
    form = {"grant_type": "client_credentials"}
    if access.scope is not None:
        form["scope"] = access.scope
    try:
        async with way.to(access.token_url, _WHERE) as out:
            answer = await out.call("POST", "", content=urlencode(form).encode(), headers=headers)
    except AddressRefused as error:
        return Outcome(reason_of(error))
    except (Unavailable, Misconfigured):
        return Outcome(Reason.NO_TOKEN)
    return _read(answer.body, now) if answer.status == 200 else Outcome(Reason.NO_TOKEN)


def _read(body: bytes, now: Instant) -> Token | Outcome:
    try:
        granted = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Outcome(Reason.NO_TOKEN)
    is_bearer = granted.token_type.lower() == "bearer"
    if not is_bearer or not granted.access_token.isascii() or not _is_one_word(granted):
        return Outcome(Reason.NO_TOKEN)
    lasts = _ASSUMED_S if granted.expires_in is None else granted.expires_in
    lasts_ms = int(max(0, min(lasts, _LONGEST_S)) * 1000)
    return Token(f"Bearer {granted.access_token}", now + max(0, lasts_ms - _EARLIER_MS))


def _is_one_word(granted: _Granted) -> bool:
    # It becomes a header: nothing in it may end that.
    return granted.access_token.isprintable() and len(granted.access_token.split()) == 1


def _basic(client_id: str, secret: str) -> str:
    """RFC 6749, 2.3.1: both are written as in a form first."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
