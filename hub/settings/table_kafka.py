"""The settings of a hub on Kafka (see `table`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.settings.kinds import (
    Framing,
    Kind,
    Security,
    a_path,
    listen,
    listen_at,
    matching,
    one_of,
    url,
    whole,
)
from hub.settings.roles import KAFKA, ON_KAFKA, WORKER, Role
from hub.settings.setting import Opens, Setting

_BROKER: Final = r"(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}"
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}"
_URL: Final = r"https?://[^\s/]+(/\S*)?"

ROWS: Final[Mapping[str, Setting]] = {
    "kafka_brokers": Setting(
        matching(f"{_BROKER}(,{_BROKER})*", "HOST:PORT, several with commas"),
        KAFKA,
        "Where Kafka is.",
        "there is no Kafka",
    ),
    "kafka_prefix": Setting(
        matching(_NAME, "what topics begin with, like seintje"),
        KAFKA,
        "What topics, groups and transactional ids begin with.",
    ),
    "kafka_security": Setting(one_of(Security), KAFKA, "What the listener on that port speaks."),
    "kafka_user": Setting(
        matching(r"\S{1,200}", "a user name"), KAFKA, "As whom, with SCRAM-SHA-512.", "anybody"
    ),
    "kafka_password_file": Setting(
        Kind(a_path, "a file with the password in it"),
        KAFKA,
        "The password of that user.",
        opens=Opens.SECRET,
    ),
    "kafka_ca": Setting(
        Kind(a_path, "a file of certificates in PEM"),
        KAFKA,
        "Who signed the certificates of the brokers.",
        "whom this machine trusts",
        Opens.FILE,
    ),
    "kafka_partitions": Setting(
        whole(1, 1000),
        WORKER | {Role.TOPICS},
        "Of everything that goes by gemeente or region; for good, so choose for growth.",
    ),
    "kafka_replicas": Setting(
        whole(1, 9), frozenset({Role.TOPICS}), "Copies of each topic.", "one a broker, at most 3"
    ),
    "kafka_session_seconds": Setting(
        whole(6, 1800), ON_KAFKA, "How long a process may be silent before others take over."
    ),
    "worker_listen": Setting(
        Kind(listen_at, "HOST:PORT, like 127.0.0.1:8310; the port is not 0"),
        WORKER,
        "Where health and metrics of a worker are, and where gateways and commands ask.",
    ),
    "worker_url": Setting(
        url(_URL, "the address of this worker for other parts of the hub"),
        WORKER,
        "How others reach that place, like `http://worker-0.seintje:8310`.",
        "where the worker listens",
    ),
    "instance": Setting(
        matching(_NAME, "a name that stays over a restart, like the name of the pod"),
        WORKER,
        "The name under which a worker comes back and gets its partitions again.",
        "it is a new one each time",
    ),
    "framing": Setting(one_of(Framing), ON_KAFKA, "How Avro is dressed for parties on Kafka."),
    "registry_url": Setting(
        url(_URL, "the address of a schema registry"),
        ON_KAFKA,
        "The Confluent API of a schema registry.",
        "there is no registry",
    ),
    "deliver_listen": Setting(
        Kind(listen, "HOST:PORT, like 127.0.0.1:8320"),
        frozenset({Role.DELIVER}),
        "Where health and metrics of who delivers are.",
    ),
}
