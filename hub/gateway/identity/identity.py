"""Who a request is from: its credentials looked at together, and one caller made of them.

A key and a token are told apart by their form. A certificate may stand beside them, and is of the
same party then. Where one of them is wrong, the request is refused, whatever the others prove.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec import Struct, field

from hub.clocks import SystemClock
from hub.domain.parties import Parties
from hub.domain.time import Instant
from hub.gateway.identity import certificates, tokens
from hub.gateway.identity.caller import Caller, Wrong
from hub.gateway.identity.certificates import Certificate
from hub.gateway.identity.identities import Identities, Issuer
from hub.gateway.identity.issuer_keys import IssuerKeys
from hub.gateway.identity.key_uses import KeyUses
from hub.gateway.identity.tokens import Token
from hub.keys import API_KEY_BEGINS
from hub.streams.seam import Clock

# The party of an API key that is in force now, and the digest of the key.
FindKey: TypeAlias = Callable[[str, Instant], tuple[str, str] | None]

_LONGEST_KEY: Final = 200
_NAME_CHARS: Final = 12  # of a digest: what lists of keys show


class Shown(Struct, frozen=True):
    """What a request shows: its `Authorization` and `Client-Cert` headers, the certificate of its
    connection, and the host that it came from."""

    authorization: Sequence[str] = ()
    forwarded: Sequence[str] = ()
    certificate: Certificate | None = None
    host: str | None = None


class Identity(Struct, frozen=True, eq=False):
    """Knows callers by the file of identities, and by keys. Its clock is that of the machine: when
    a token or a certificate ends is not for a hub that plays another time."""

    identities: Identities = Identities()
    keys: Mapping[str, IssuerKeys] = {}
    clock: Clock = field(default_factory=SystemClock)
    uses: KeyUses = field(default_factory=KeyUses)

    async def recognise(self, shown: Shown, parties: Parties, find_key: FindKey) -> Caller | Wrong:
        """Who it is, or why that is not known. Unavailable: it cannot be told now."""
        certificate = self._certificate(shown)
        if isinstance(certificate, Wrong):
            return certificate
        if len(shown.authorization) > 1:
            return Wrong.TWICE
        secret = _secret(shown.authorization)
        by_certificate = self._by_certificate(certificate, parties)
        if secret is None:
            return by_certificate
        caller = await self._by_secret(secret, certificate, parties, find_key)
        if isinstance(caller, Wrong) or isinstance(by_certificate, Wrong):
            return caller  # a certificate that says nothing here takes nothing away
        return caller if by_certificate.party.id == caller.party.id else Wrong.TWO_PARTIES

    async def close(self) -> None:
        for it in self.keys.values():
            await it.close()

    def _certificate(self, shown: Shown) -> Certificate | Wrong | None:
        """The certificate of who asks: that of the connection, or what a proxy says it saw. From
        anybody else such a header is as good as not there."""
        own = shown.certificate
        if not certificates.is_proxy(self.identities.proxies, own, shown.host):
            return own
        if not shown.forwarded:
            return None
        if len(shown.forwarded) > 1:
            return Wrong.FORWARDED
        return certificates.forwarded(shown.forwarded[0]) or Wrong.FORWARDED

    def _by_certificate(self, certificate: Certificate | None, parties: Parties) -> Caller | Wrong:
        if certificate is None:
            return Wrong.NOTHING
        found = certificates.certified(certificate, self.identities.certificates)
        party = parties.by_id.get(found.party) if found is not None else None
        if found is None or party is None:
            return Wrong.CERTIFICATE
        if not certificate.begins <= self.clock.now() < certificate.ends:
            return Wrong.CERTIFICATE_EXPIRED
        return Caller(party, "certificate", found.name, found.may, certificate.ends)

    async def _by_secret(
        self, secret: str, certificate: Certificate | None, parties: Parties, find_key: FindKey
    ) -> Caller | Wrong:
        if not secret.startswith(API_KEY_BEGINS):
            return await self._by_token(secret, certificate, parties)
        now = self.clock.now()
        found = find_key(secret, now) if len(secret) <= _LONGEST_KEY else None
        party = parties.by_id.get(found[0]) if found is not None else None
        if found is None or party is None:
            return Wrong.KEY
        self.uses.note(found[1], now)
        return Caller(party, "key", found[1][:_NAME_CHARS])

    async def _by_token(
        self, text: str, certificate: Certificate | None, parties: Parties
    ) -> Caller | Wrong:
        token = tokens.read(text)
        if isinstance(token, Wrong):
            return token
        issuer = self._issuer(token)
        if issuer is None:
            return Wrong.ISSUER
        # Keys are asked for last: only for what would count if it were signed.
        wrong = tokens.judge(token, issuer, self.clock.now())
        if wrong is not None:
            return wrong
        if tokens.is_bound_elsewhere(token, certificate.fingerprint if certificate else None):
            return Wrong.BOUND
        key = await self.keys[issuer.issuer].find(token)
        if key is None:
            return Wrong.KEY_ID
        if not key.proves(token):
            return Wrong.SIGNATURE
        claimed = tokens.party_of(token, issuer)
        party = parties.by_id.get(claimed[1]) if claimed is not None else None
        if claimed is None or party is None:
            return Wrong.NO_PARTY
        return Caller(party, "token", claimed[0], issuer.may, tokens.ends(token))

    def _issuer(self, token: Token) -> Issuer | None:
        found = (it for it in self.identities.issuers if it.issuer == token.issuer)
        return next(found, None)


def _secret(authorization: Sequence[str]) -> str | None:
    """What stands behind `Bearer`; None where there is nothing, or something of another kind."""
    scheme, _, secret = (authorization[0] if authorization else "").partition(" ")
    return secret.strip(" ") or None if scheme.lower() == "bearer" else None
