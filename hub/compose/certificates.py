"""When the certificates of a process expire: of the files that its settings name, as it read them
when it started. What is wrong with a file is said by who uses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from cryptography import x509

from hub.settings import Settings
from hub.telemetry.board import Shown, by_one

FILES: Final[Mapping[str, str]] = {
    "tls": "tls_certificate",
    "client-ca": "tls_client_ca",
    "client": "client_certificate",
    "kafka-ca": "kafka_ca",
}


def expiries(settings: Settings, names: Iterable[str]) -> Shown:
    """Of those of these files that there are, when the first certificate in each expires."""
    found: dict[str, float] = {}
    for name in names:
        file: Path | None = getattr(settings, FILES[name])
        if file is None:
            continue
        try:
            read = x509.load_pem_x509_certificates(file.read_bytes())
        except (OSError, ValueError):
            continue
        found[name] = min(it.not_valid_after_utc.timestamp() for it in read)
    return {"seintje_certificate_expiry_timestamp_seconds": by_one(found)}
