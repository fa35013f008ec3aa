"""Three nodes that ask for a password and keep to ACLs, as Kafka is run in earnest.

Clients speak SCRAM-SHA-512 over TLS; among the nodes, on loopback, brokers use SCRAM and
controllers PLAIN. What no ACL allows is denied, but to `admin`, who may do everything.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final
from uuid import uuid4

import trustme
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from msgspec import Struct

from hub.streams.kafka.connection import Connection
from tests.kafka.broker import LOOPBACK, Node, free_ports
from tests.kafka.program import NotStarted

ADMIN: Final = "admin"

_IDS: Final = (1, 2, 3)
_SCRAM: Final = "org.apache.kafka.common.security.scram.ScramLoginModule"
_PLAIN: Final = "org.apache.kafka.common.security.plain.PlainLoginModule"
_REPLICATED: Final[Mapping[str, object]] = {
    "default.replication.factor": 3,
    "min.insync.replicas": 2,
    "offsets.topic.replication.factor": 3,
    "transaction.state.log.replication.factor": 3,
    "transaction.state.log.min.isr": 2,
    "broker.session.timeout.ms": 3000,
}
_GUARDED: Final[Mapping[str, object]] = {
    "inter.broker.listener.name": "BROKER",
    "listener.security.protocol.map": (
        "BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,TLS:SASL_SSL"
    ),
    "sasl.enabled.mechanisms": "SCRAM-SHA-512",
    "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
    "sasl.mechanism.controller.protocol": "PLAIN",
    "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
    "listener.name.tls.scram-sha-512.sasl.jaas.config": f"{_SCRAM} required;",
    "listener.name.tls.ssl.keystore.type": "PEM",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": f"User:{ADMIN}",
}


class Access(Struct, frozen=True):
    """What one needs to reach a cluster as its administrator, and to let others in."""

    brokers: str
    ca: str
    password: str

    @property
    def admin(self) -> Connection:
        return self.of(ADMIN, self.password)

    def of(self, user: str, password: str) -> Connection:
        return Connection(self.brokers, "SASL_SSL", user, password, Path(self.ca))

    def add_user(self, user: str) -> Connection:
        """Somebody who can log in and may do nothing yet."""
        password = secrets.token_urlsafe(12)
        wanted = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        upsertion = UserScramCredentialUpsertion(user, wanted, password.encode())
        admin = AdminClient(self.admin.for_admin())
        [done] = admin.alter_user_scram_credentials([upsertion]).values()
        done.result(30)
        return self.of(user, password)


class Cluster:
    """Its nodes by id, to be stopped, killed and frozen, and how to reach them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        ports = [free_ports(3) for _ in _IDS]
        password = secrets.token_urlsafe(12)
        voters = [f"{LOOPBACK}:{controller}" for _, _, controller in ports]
        named = [f"{i}@{it}:{_id()}" for i, it in zip(_IDS, voters, strict=True)]
        format_options = [
            "--initial-controllers", ",".join(named),
            "--add-scram", f"SCRAM-SHA-512=[name={ADMIN},password={password}]",
        ]  # fmt: skip
        shared = {
            **_REPLICATED, **_GUARDED, **_logins(password), **_certificates(folder),
            "controller.quorum.bootstrap.servers": ",".join(voters),
        }  # fmt: skip
        self.nodes = {
            i: Node(
                folder / f"node{i}", {**shared, "node.id": i, **_listeners(own)}, format_options
            )
            for i, own in zip(_IDS, ports, strict=True)
        }
        brokers = ",".join(f"{LOOPBACK}:{tls}" for _, tls, _ in ports)
        self.access = Access(brokers, str(folder / "ca.pem"), password)

    def start(self) -> None:
        try:
            _at_once([node.start for node in self.nodes.values()])
        except NotStarted:
            self.kill()
            raise

    def let_go(self) -> None:
        _at_once([node.let_go for node in self.nodes.values()])

    def kill(self) -> None:
        _at_once([node.kill for node in self.nodes.values()])

    def leader_of(self, topic: str) -> Node:
        """The node that leads the first partition."""
        found = AdminClient(self.access.admin.for_admin()).list_topics(topic, timeout=30)
        return self.nodes[found.topics[topic].partitions[0].leader]


def _at_once(calls: Sequence[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(call) for call in calls]:
            done.result()


def _listeners(ports: Sequence[int]) -> Mapping[str, object]:
    broker, tls, controller = (f"{LOOPBACK}:{port}" for port in ports)
    reached = f"BROKER://{broker},TLS://{tls}"
    return {
        "listeners": f"{reached},CONTROLLER://{controller}",
        "advertised.listeners": reached,
    }


def _logins(password: str) -> Mapping[str, object]:
    """How the nodes log in to each other."""
    admin = f'username="{ADMIN}" password="{password}"'
    return {
        "listener.name.broker.scram-sha-512.sasl.jaas.config": f"{_SCRAM} required {admin};",
        "listener.name.controller.plain.sasl.jaas.config": (
            f'{_PLAIN} required {admin} user_{ADMIN}="{password}";'
        ),
    }


def _certificates(folder: Path) -> Mapping[str, object]:
    """Key and certificate for loopback in one file; who signed it in ca.pem."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    issued = ca.issue_cert(LOOPBACK, "localhost")
    # trustme writes the older form of an elliptic key, which Kafka does not read.
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    chain = b"".join(it.bytes() for it in issued.cert_chain_pems)
    pkcs8 = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tls.pem").write_bytes(pkcs8 + chain)
    return {"listener.name.tls.ssl.keystore.location": folder / "tls.pem"}


def _id() -> str:
    """A directory id, as `StorageTool random-uuid` makes them."""
    made = base64.urlsafe_b64encode(uuid4().bytes).decode("ascii").rstrip("=")
    return made if not made.startswith("-") else _id()  # would be read as an option
