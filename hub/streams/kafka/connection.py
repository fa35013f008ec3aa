"""How to reach the brokers, in the words of the two Kafka libraries.

aiokafka reads and writes; confluent-kafka does what only administrators do (topics, ACLs).
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hub.errors import Misconfigured
from hub.settings import Settings

_SASL: Final = "SCRAM-SHA-512"


class Connection(Struct, frozen=True):
    """Where the brokers are, and as whom to speak to them. Made by `connection_of`."""

    brokers: str
    protocol: str
    user: str | None = None
    password: str | None = None
    ca: Path | None = None

    def __repr__(self) -> str:
        return f"Connection({self.brokers!r}, {self.protocol!r})"

    def for_aiokafka(self) -> dict[str, Any]:
        """What every consumer, producer and client of aiokafka is given."""
        found: dict[str, Any] = {
            "bootstrap_servers": self.brokers,
            "security_protocol": self.protocol,
        }
        if self.protocol.startswith("SASL"):
            found |= {
                "sasl_mechanism": _SASL,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        if self.protocol.endswith("SSL"):
            found["ssl_context"] = _trusting(self.ca)
        return found

    def for_admin(self) -> dict[str, Any]:
        """The same for the admin client of confluent-kafka."""
        found: dict[str, Any] = {
            "bootstrap.servers": self.brokers,
            "security.protocol": self.protocol.lower(),
            "log_level": 0,  # what is wrong comes back as an error, and is told once
        }
        if self.protocol.startswith("SASL"):
            found |= {
                "sasl.mechanism": _SASL,
                "sasl.username": self.user,
                "sasl.password": self.password,
            }
        if self.protocol.endswith("SSL") and self.ca is not None:
            found["ssl.ca.location"] = str(self.ca)
        return found


def connection_of(settings: Settings) -> Connection:
    """The connection that the settings describe; Misconfigured says what is missing."""
    if settings.kafka_brokers is None:
        raise Misconfigured("SEINTJE_KAFKA_BROKERS", "write where Kafka is, like 127.0.0.1:9092")
    protocol = settings.kafka_security.replace("-", "_").upper()
    password = None
    if protocol.startswith("SASL"):
        if settings.kafka_user is None:
            raise Misconfigured("SEINTJE_KAFKA_USER", "write as whom to speak to Kafka")
        password = _password(settings.kafka_password_file)
    return Connection(
        settings.kafka_brokers, protocol, settings.kafka_user, password, settings.kafka_ca
    )


def _password(file: Path | None) -> str:
    where = "SEINTJE_KAFKA_PASSWORD_FILE"
    if file is None:
        raise Misconfigured(where, "write a file with the password of SEINTJE_KAFKA_USER in it")
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(
            where, f"{file} cannot be read; make it readable by this user"
        ) from None


def _trusting(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError):
        told = f"{ca} is not a file of certificates in PEM; write one that signed the brokers'"
        raise Misconfigured("SEINTJE_KAFKA_CA", told) from None
