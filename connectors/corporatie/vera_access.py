"""Who we are to the other side: a key in a header, or a token of OAuth 2 (the flow Client
Credentials, as VERA has it).

How long a token holds is counted on our own clock from when it was asked for, so the clock of
whoever gave it out does not matter; one that is not accepted any more is got anew once.
"""

from __future__ import annotations

from typing import Protocol

from connectors.bearer import Granted
from connectors.corporatie.vera_settings import Access
from connectors.secret import Secret
from hub.domain.time import Instant
from hub.outbound import GivenBy, Outbound, Peer, Transport


class Identity(Protocol):
    """What is put into the headers of a call."""

    async def headers(self, now: Instant) -> dict[str, str]: ...

    def forget(self) -> bool:
        """It is not accepted (any more); whether another can be had."""
        ...

    async def close(self) -> None: ...


class ByKey:
    """The same key each time."""

    def __init__(self, header: str, key: Secret) -> None:
        self._header, self._key = header, key

    async def headers(self, now: Instant) -> dict[str, str]:
        return {self._header: self._key.reveal()}

    def forget(self) -> bool:
        return False

    async def close(self) -> None:
        return None


class ByToken:
    """Tokens of an authorization server."""

    def __init__(self, tokens: Granted) -> None:
        self._tokens = tokens

    async def headers(self, now: Instant) -> dict[str, str]:
        return {"authorization": await self._tokens.authorization(now)}

    def forget(self) -> bool:
        return self._tokens.forget()

    async def close(self) -> None:
        await self._tokens.close()


def identity(access: Access, transport: Transport | None) -> Identity:
    """Of settings that were judged."""
    if access.api_key_file is not None:
        return ByKey(access.api_key_header, access.api_key_file)
    assert access.oauth is not None
    peer = Peer("vera.access.oauth.tokenUrl", access.oauth.token_url, GivenBy.OPERATOR)
    return ByToken(Granted(access.oauth, Outbound(peer, transport=transport)))
