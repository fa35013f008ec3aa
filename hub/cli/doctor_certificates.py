"""What `seintje doctor` finds of certificates: for how long each is valid still.

Those in files that settings name, and those that whom the hub calls shows: the issuers, the
registry, the console's OpenID provider. A file that cannot be used is told where it is used.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hub.cli.examining import Examined
from hub.cli.finding import Finding, look, unknown

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_CERTIFICATES: Final = "certificates"
_SOON_DAYS: Final = 30
_HTTPS: Final = 443


def certificates(examined: Examined) -> Iterator[Finding]:
    """Every certificate that the hub uses or meets, with the days that are left."""
    settings = examined.settings
    for setting, file in (
        ("SEINTJE_TLS_CLIENT_CA", settings.tls_client_ca),
        ("SEINTJE_KAFKA_CA", settings.kafka_ca),
    ):
        if file is not None:
            yield from _of_file(setting, file, only_first=False)
    for setting, file in (
        ("SEINTJE_TLS_CERTIFICATE", settings.tls_certificate),
        ("SEINTJE_CLIENT_CERTIFICATE", settings.client_certificate),
    ):
        if file is not None:
            yield from _of_file(setting, file, only_first=True)
    for where, url in called_by(examined):
        if urlsplit(url).scheme == "https":
            yield from _of_server(where, url, examined.seconds)


def called_by(examined: Examined) -> Iterator[tuple[str, str]]:
    """Whom a hub with these settings calls over HTTP, with where that stands."""
    from hub.errors import Misconfigured
    from hub.gateway.identity import identity_file

    settings = examined.settings
    if settings.registry_url is not None:
        yield "SEINTJE_REGISTRY_URL", settings.registry_url
    if settings.console_issuer is not None:
        yield "SEINTJE_CONSOLE_ISSUER", settings.console_issuer
    if settings.identities is None:
        return
    try:
        from hub.cli.options import agreements_at

        parties = agreements_at(settings.agreements, None)[1]
        issuers = identity_file.load(settings.identities, parties.by_id).issuers
    except Misconfigured:  # told by the check of identities
        return
    for it in issuers:
        yield f"issuer {it.issuer}", it.issuer


def _of_file(setting: str, file: Path, *, only_first: bool) -> Iterator[Finding]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        found = load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        do = f"write a file of certificates in PEM in {setting}, that this user can read"
        yield Finding(_CERTIFICATES, f"{file} holds no certificate that can be read", do)
        return
    for it in found[:1] if only_first else found:
        yield _age(f"{setting} {file}", it)


def _of_server(where: str, url: str, seconds: float) -> Iterator[Finding]:
    from cryptography.x509 import load_der_x509_certificate

    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _HTTPS
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE  # nothing is sent: an expired one must be seen too
    try:
        with (
            socket.create_connection((host, port), timeout=seconds) as plain,
            anybody.wrap_socket(plain, server_hostname=host) as shown,
        ):
            raw = shown.getpeercert(binary_form=True)
    except OSError as error:
        told = f"{where}: no certificate could be had of {host}:{port} ({type(error).__name__})"
        yield unknown(_CERTIFICATES, told, "see to it that it can be reached from here")
        return
    if raw:
        yield _age(f"{where} at {host}:{port}", load_der_x509_certificate(raw))


def _age(where: str, certificate: Certificate) -> Finding:
    """For how long a certificate is valid still."""
    from hub.clocks import SystemClock
    from hub.domain.time import DAY_MS

    now = SystemClock().now()
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    days = int(ends.timestamp() * 1000 - now) // DAY_MS
    name = certificate.subject.rfc4514_string() or "a certificate without a name"
    told = f"{where}: {name}, valid until {ends:%Y-%m-%d}"
    if begins.timestamp() * 1000 > now:
        return Finding(_CERTIFICATES, told, f"it counts from {begins:%Y-%m-%d %H:%M} UTC on only")
    if days < 0:
        do = "it has expired: put a new one there, and start what uses it anew"
        return Finding(_CERTIFICATES, told, do)
    if days < _SOON_DAYS:
        do = f"it expires within {days + 1} days: ask for a new one"
        return look(_CERTIFICATES, told, do)
    return Finding(_CERTIFICATES, f"{told}, {days} days left")
