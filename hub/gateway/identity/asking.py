"""Where the key set of an issuer is, and how it is asked for: by the one way out.

What operators wrote is called as it stands. The address that an issuer tells in its discovery
document (OpenID Connect Discovery, 4) is somebody else's word: it is called like that of a party.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from msgspec import Struct

from hub.errors import Misconfigured
from hub.gateway.identity.identities import Issuer
from hub.gateway.identity.key_sets import KeySet, Unfit
from hub.gateway.identity.key_sets import read as read_key_set
from hub.guard import Guard
from hub.outbound import Answer, GivenBy, Limits, Outbound, Peer

SETTING: Final = "SEINTJE_IDENTITIES"
DISCOVERY: Final = "/.well-known/openid-configuration"

_LIMITS: Final = Limits(connect=3.0, whole=8.0, answer_bytes=256 * 1024)


class _Discovered(Struct):
    issuer: str
    jwks_uri: str


_discovered: Final = msgspec.json.Decoder(_Discovered).decode


class Asking(Struct, frozen=True):
    """Asks an issuer for its key set."""

    issuer: Issuer
    guard: Guard

    async def __call__(self) -> KeySet:
        """Unavailable: it does not answer now. Misconfigured: what is wrong with what it answers;
        AddressRefused if it leads to where the hub does not call."""
        where = f"{SETTING}: issuer {self.issuer.issuer}"
        if self.issuer.keys is not None:
            peer = Peer(where, self.issuer.keys, GivenBy.OPERATOR)
        else:
            peer = Peer(f"{where}, jwks_uri", await self._discovered(where), GivenBy.PARTY)
        found = read_key_set((await self._answered(peer)).body)
        if isinstance(found, Unfit):
            raise Misconfigured(where, f"its key set is refused: {found}")
        return found

    async def _discovered(self, where: str) -> str:
        """Where it says that its keys are."""
        address = self.issuer.issuer.rstrip("/") + DISCOVERY
        answer = await self._answered(Peer(where, address, GivenBy.OPERATOR))
        try:
            found = _discovered(answer.body)
        except msgspec.DecodeError as error:
            told = (
                f"{DISCOVERY} is no discovery document; write where its keys are: keys: https://…"
            )
            raise Misconfigured(where, told) from error
        if found.issuer != self.issuer.issuer:
            told = (
                "its discovery document is of another issuer; write the issuer as it stands there"
            )
            raise Misconfigured(where, told)
        return found.jwks_uri

    async def _answered(self, peer: Peer) -> Answer:
        # Made in a thread: which certificates this machine trusts is read from disk.
        out = await asyncio.to_thread(Outbound, peer, _LIMITS, None, self.guard)
        async with out:
            answer = await out.call("GET", "")
            if answer.status == 200:
                return answer
            if answer.status in (429, 500, 502, 503, 504):
                raise out.away(f"answers {answer.status}", answer.retry_after)
            raise out.wrong(f"what answers there says {answer.status}; it must be a key set")
