"""What `seintje doctor` finds of how callers are known: TLS of the gateway, and the identities."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.cli.finding import Finding
from hub.cli.options import agreements_at

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from hub.gateway.identity.asking import Asking
    from hub.gateway.identity.identities import Issuer
    from hub.settings import Settings

_TLS: Final = "tls"
_IDENTITIES: Final = "identities"
_SOON_DAYS: Final = 30


def found_of_identity(settings: Settings) -> Iterator[Finding]:
    """What there is to say; nothing where no setting speaks of it."""
    from hub.errors import Misconfigured
    from hub.gateway.tls import context_of

    try:
        if context_of(settings) is not None:
            yield from _certificates(settings)
        if settings.identities is not None:
            yield from _identities(settings, settings.identities)
    except Misconfigured as error:
        check = _IDENTITIES if error.where == str(settings.identities) else _TLS
        yield Finding(check, error.where, error.do.strip())


def _certificates(settings: Settings) -> Iterator[Finding]:
    from cryptography.x509 import load_pem_x509_certificates

    certificate, authorities = settings.tls_certificate, settings.tls_client_ca
    if certificate is not None:
        yield _age(certificate, load_pem_x509_certificates(certificate.read_bytes())[0])
    if authorities is not None:
        for it in load_pem_x509_certificates(authorities.read_bytes()):
            yield _age(authorities, it)


def _age(file: Path, certificate: Certificate) -> Finding:
    """For how long a certificate is valid still."""
    from hub.clocks import SystemClock
    from hub.domain.time import DAY_MS

    ends = certificate.not_valid_after_utc
    days = int(ends.timestamp() * 1000 - SystemClock().now()) // DAY_MS
    told = f"{file}: {certificate.subject.rfc4514_string()}, valid until {ends:%Y-%m-%d}"
    if days < 0:
        return Finding(_TLS, told, "it has expired: put a new one there, and start the hub anew")
    if days < _SOON_DAYS:
        return Finding(_TLS, told, f"it expires within {days + 1} days: ask for a new one")
    return Finding(_TLS, told)


def _identities(settings: Settings, file: Path) -> Iterator[Finding]:
    from hub.gateway.identity import identity_file

    parties = agreements_at(settings.agreements, None)[1]
    found = identity_file.load(file, parties.by_id)
    told = f"{len(found.issuers)} issuers, {len(found.certificates)} certificates"
    yield Finding(_IDENTITIES, f"{file}: {told}, {len(found.proxies)} proxies")
    if found.certificates and settings.tls_client_ca is None and not found.proxies:
        told = f"{file}: certificates of parties, and nobody who asks for them"
        do = "write SEINTJE_TLS_CLIENT_CA, or in the file which proxy shows them to the hub"
        yield Finding(_IDENTITIES, told, do)
    for issuer in found.issuers:
        yield _keys_of(issuer, settings)


def _keys_of(issuer: Issuer, settings: Settings) -> Finding:
    """Whether its key set can be had from here."""
    from hub.errors import Misconfigured, Unavailable
    from hub.gateway.identity.asking import Asking
    from hub.guard import Guard

    try:
        found = asyncio.run(_asked(Asking(issuer, Guard(settings.allowed_networks))))
    except Misconfigured as error:
        return Finding(_IDENTITIES, error.where, error.do)
    except Unavailable as error:
        return Finding(_IDENTITIES, str(error), "look again when it is back, or open the way there")
    return Finding(_IDENTITIES, f"issuer {issuer.issuer}: {found} keys that prove tokens")


async def _asked(ask: Asking) -> int:
    return len((await ask()).keys)
