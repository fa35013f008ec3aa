"""TLS of the gateway itself: its own certificate, and those that systems of parties show.

TLS 1.2 or later. A client may show a certificate and need not: others have a key or a token. One
that is shown is checked by the library, down to who signed it; whom it stands for is decided in
`hub.gateway.identity`. Sessions are not resumed where certificates count: each connection proves
anew.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Final

from hub.errors import Misconfigured
from hub.gateway.doors import Connection
from hub.gateway.identity import certificates
from hub.gateway.identity.certificates import Certificate
from hub.settings import Settings

PEER: Final = "seintje.certificate"  # in the state of a request

_CERTIFICATE: Final = "SEINTJE_TLS_CERTIFICATE"
_KEY: Final = "SEINTJE_TLS_KEY"
_CLIENT_CA: Final = "SEINTJE_TLS_CLIENT_CA"


def context_of(settings: Settings) -> ssl.SSLContext | None:
    """How the gateway speaks TLS; None: it does not. Misconfigured: what is wrong with a file."""
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None:
        for setting, file in ((_KEY, key), (_CLIENT_CA, settings.tls_client_ca)):
            if file is not None:
                raise Misconfigured(setting, f"it counts with TLS only; write {_CERTIFICATE} too")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    _load_certificate(context, certificate, key)
    if settings.tls_client_ca is not None:
        _trust(context, settings.tls_client_ca)
    return context


class TlsProtocol(Connection):
    """HTTP that knows the certificate of its connection; each request has it in its state."""

    _certificate: Certificate | None = None

    def connection_made(  # type: ignore[override]  # as the one above has it
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        shown = transport.get_extra_info("ssl_object")
        raw = shown.getpeercert(binary_form=True) if shown is not None else None
        self._certificate = certificates.read(raw) if raw else None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][PEER] = self._certificate


def _load_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    _readable(_CERTIFICATE, certificate)
    if key is not None:
        _readable(_KEY, key)
    try:
        # Without a password: else it would be asked for on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (ssl.SSLError, ValueError) as error:
        told = (
            f"{certificate} and its key do not make a pair in PEM; the certificate comes first, "
            f"then who signed it, and the key without a password in {_KEY}, or in the same file"
        )
        raise Misconfigured(_CERTIFICATE, told) from error


def _trust(context: ssl.SSLContext, authorities: Path) -> None:
    _readable(_CLIENT_CA, authorities)
    try:
        context.load_verify_locations(authorities)
    except ssl.SSLError as error:
        told = f"{authorities} has no certificates in PEM; put those in it that sign for parties"
        raise Misconfigured(_CLIENT_CA, told) from error
    context.verify_mode = ssl.CERT_OPTIONAL
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET


def _readable(setting: str, file: Path) -> None:
    try:
        file.open("rb").close()
    except OSError as error:
        raise Misconfigured(setting, f"{file} cannot be read: {error.strerror}") from error
