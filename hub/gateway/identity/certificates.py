"""Certificates of systems: what is in one, and which party it stands for.

Pure. That somebody whom we trust signed it was proven before: in TLS by us, or by a proxy that the
file of identities names. `forwarded` reads the header that such a proxy writes (RFC 9440).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from msgspec import Struct

from hub.domain.time import Instant
from hub.gateway.identity.identities import Certified, Trait

MOST_BYTES: Final = 16 * 1024
HEADER: Final = "client-cert"

_BYTES: Final = re.compile(":([A-Za-z0-9+/]+={0,2}):", re.ASCII)
_OIN: Final = re.compile("[0-9]{20}", re.ASCII)


class Certificate(Struct, frozen=True):
    """What a certificate says. `oin` is the OIN that PKIoverheid writes as the serial number of the
    subject; `names` are its alternative names, in lower case."""

    fingerprint: str
    subject: x509.Name
    names: frozenset[str]
    oin: str | None
    begins: Instant
    ends: Instant

    def fits(self, trait: Trait) -> bool:
        """Whether it is one that is known by this trait."""
        match trait.kind:
            case "oin":
                return self.oin == trait.value
            case "name":
                return trait.value in self.names
            case "subject":
                return self.subject == trait.value
            case "fingerprint":
                return self.fingerprint == trait.value
            case "network":
                return False


def read(raw: bytes) -> Certificate | None:
    """A certificate in DER; None for what is none, or has something in it that nobody can read."""
    if len(raw) > MOST_BYTES:
        return None
    try:
        found = x509.load_der_x509_certificate(raw)
        return Certificate(
            found.fingerprint(SHA256()).hex(),
            found.subject,
            frozenset(it.lower() for it in _names(found)),
            _oin(found.subject),
            _instant(found.not_valid_before_utc),
            _instant(found.not_valid_after_utc),
        )
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None


def forwarded(value: str) -> Certificate | None:
    """The certificate in a header `Client-Cert` (RFC 9440, 2.1); None for what is none."""
    found = _BYTES.fullmatch(value.strip(" "))
    if found is None or len(value) > MOST_BYTES * 2:
        return None
    try:
        return read(base64.b64decode(found[1], validate=True))
    except ValueError:
        return None


def certified(certificate: Certificate, known: Iterable[Certified]) -> Certified | None:
    """The entry that it fits. None: there is none, or they are of several parties."""
    fitting = [it for it in known if certificate.fits(it.trait)]
    return fitting[0] if len({it.party for it in fitting}) == 1 else None


def is_proxy(proxies: Sequence[Trait], certificate: Certificate | None, host: str | None) -> bool:
    """Whether a connection from this host, with this certificate, is that of a proxy."""
    if certificate is not None and any(certificate.fits(it) for it in proxies):
        return True
    try:
        address = ip_address(host or "")
    except ValueError:  # a socket of this machine, or a name
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    networks = [it.value for it in proxies if it.kind == "network"]
    return any(not isinstance(it, str | x509.Name) and address in it for it in networks)


def _names(found: x509.Certificate) -> list[str]:
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    names = extension.value.get_values_for_type(x509.DNSName)
    return [*names, *extension.value.get_values_for_type(x509.UniformResourceIdentifier)]


def _oin(subject: x509.Name) -> str | None:
    found = [str(it.value) for it in subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)]
    return found[0] if len(found) == 1 and _OIN.fullmatch(found[0]) else None


def _instant(at: datetime) -> Instant:
    return int(at.timestamp() * 1000)
