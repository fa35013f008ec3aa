"""Certificates as systems have them, made for a test: by an authority of its own, with an OIN, a
name or a time as is asked for."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

WEERT_OIN: Final = "00000099000000988000"
DAY: Final = timedelta(days=1)


class Made(Struct, frozen=True):
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(SHA256()).hex()

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def locked_pem(self) -> bytes:
        """The key, behind a password."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"a password"),
        )


class Authority:
    """Signs certificates."""

    def __init__(self, name: str = "authority of the test") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        own = self._begun(self.name, self.key, datetime.now(UTC) + 400 * DAY)
        own = own.add_extension(x509.BasicConstraints(True, None), critical=True)
        self.certificate = Made(own.sign(self.key, SHA256()), self.key)

    def certify(
        self,
        oin: str | None = None,
        names: Sequence[str] = (),
        ends: datetime | None = None,
        common: str = "koppeling",
    ) -> Made:
        """A certificate of a client. `names` with a colon are URIs."""
        key = ec.generate_private_key(ec.SECP256R1())
        parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
        if oin is not None:
            parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, oin))
        begun = self._begun(x509.Name(parts), key, ends or datetime.now(UTC) + 30 * DAY)
        if names:
            kinds: list[x509.GeneralName] = [
                x509.UniformResourceIdentifier(it) if ":" in it else x509.DNSName(it)
                for it in names
            ]
            begun = begun.add_extension(x509.SubjectAlternativeName(kinds), critical=False)
        use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        signed = begun.add_extension(use, critical=False).sign(self.key, SHA256())
        return Made(signed, key)

    def _begun(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, ends: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(datetime.now(UTC), ends) - 400 * DAY)
            .not_valid_after(ends)
        )


class Files(Struct, frozen=True):
    """What a gateway over TLS reads, and the authority that clients trust it by."""

    certificate: Path
    key: Path
    client_ca: Path
    server_ca: trustme.CA

    def client(self, made: Made | None = None, folder: Path | None = None) -> ssl.SSLContext:
        """How a client speaks: with a certificate, or without."""
        context = ssl.create_default_context()
        self.server_ca.configure_trust(context)
        if made is not None and folder is not None:
            file = folder / f"{made.fingerprint[:8]}.pem"
            file.write_bytes(made.pem + made.key_pem)
            context.load_cert_chain(file)
        return context


def files_in(folder: Path, *authorities: Authority) -> Files:
    """The files of a gateway that trusts these authorities for clients."""
    server_ca = trustme.CA()
    issued = server_ca.issue_cert("127.0.0.1", "localhost")
    certificate, key, clients = folder / "tls.pem", folder / "tls.key", folder / "clients.pem"
    certificate.write_bytes(b"".join(it.bytes() for it in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    clients.write_bytes(b"".join(it.certificate.pem for it in authorities))
    return Files(certificate, key, clients, server_ca)


def forwarded(made: Made) -> dict[str, str]:
    """What a proxy adds that saw this certificate (RFC 9440)."""
    return {"Client-Cert": f":{base64.b64encode(made.der).decode()}:"}
