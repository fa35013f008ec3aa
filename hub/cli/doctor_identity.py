"""What `seintje doctor` finds of how callers are known: TLS of the gateway, and the identities."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.cli.examining import Examined
from hub.cli.finding import Finding
from hub.cli.options import agreements_at

if TYPE_CHECKING:
    from hub.gateway.identity.asking import Asking
    from hub.gateway.identity.identities import Issuer
    from hub.settings import Settings

_TLS: Final = "tls"
_IDENTITIES: Final = "identities"


def found_of_identity(examined: Examined) -> Iterator[Finding]:
    """What there is to say; nothing where no setting speaks of it."""
    from hub.errors import Misconfigured
    from hub.gateway.tls import context_of

    settings = examined.settings
    try:
        if context_of(settings) is not None:
            yield Finding(_TLS, f"{settings.tls_certificate} and its key can be used")
        if settings.identities is not None:
            yield from _identities(settings, settings.identities)
    except Misconfigured as error:
        check = _IDENTITIES if error.where == str(settings.identities) else _TLS
        yield Finding(check, error.where, error.do.strip())


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
