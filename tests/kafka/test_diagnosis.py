"""Why brokers cannot be reached, told apart on real sockets, real TLS and a real broker."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from hub.errors import Misconfigured, Unavailable
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.diagnosis import Cause, Finding, diagnose, error_of
from tests.kafka.broker import LOOPBACK, Broker, Node, free_ports


def only(connection: Connection) -> Finding:
    [found] = diagnose(connection)
    return found


def told(found: Finding) -> tuple[Cause, str]:
    assert found.says
    assert found.do
    return found.cause, found.where


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return file


@pytest.fixture
def serve() -> Iterator[Callable[[trustme.LeafCert | None], str]]:
    """Starts something that takes connections and hangs up, after a TLS handshake if it has a
    certificate; gives where it listens."""
    servers: list[tuple[socket.socket, threading.Thread]] = []

    def start(certificate: trustme.LeafCert | None) -> str:
        context = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
        server = socket.create_server((LOOPBACK, 0))
        thread = threading.Thread(target=hang_up, args=(server, context))
        thread.start()
        servers.append((server, thread))
        return f"{LOOPBACK}:{server.getsockname()[1]}"

    yield start
    for server, thread in servers:
        server.shutdown(socket.SHUT_RDWR)  # ends accept
        thread.join()
        server.close()


def test_a_broker_that_stops_while_it_is_asked_is_no_wrong_setting() -> None:
    server = socket.create_server((LOOPBACK, 0))
    where = f"{LOOPBACK}:{server.getsockname()[1]}"

    def stop() -> None:
        for _ in range(2):  # whether it is there, and the first question
            server.accept()[0].close()
        server.close()

    thread = threading.Thread(target=stop)
    thread.start()
    found = only(Connection(where, "PLAINTEXT"))
    thread.join()
    assert found.is_passing, found
    assert isinstance(error_of([found]), Unavailable)


@pytest.mark.slow
def test_one_that_hung_up_and_is_silent_a_moment_later_is_no_wrong_setting() -> None:
    """A broker that was killed while it was asked, and is back but answers nobody yet."""
    silent: list[socket.socket] = []

    def hang_up_then_be_silent(server: socket.socket) -> None:
        began = time.monotonic()
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            if time.monotonic() - began > 1.0:
                silent.append(caller)
            else:
                caller.close()

    server = socket.create_server((LOOPBACK, 0))
    thread = threading.Thread(target=hang_up_then_be_silent, args=(server,))
    thread.start()
    try:
        found = only(Connection(f"{LOOPBACK}:{server.getsockname()[1]}", "PLAINTEXT"))
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for it in (server, *silent):
            it.close()
    assert silent
    assert told(found) == (Cause.SILENT, "SEINTJE_KAFKA_BROKERS")


def hang_up(server: socket.socket, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            caller, _ = server.accept()
        except OSError:
            return
        with caller, suppress(OSError):
            if context is not None:
                context.wrap_socket(caller, server_side=True).close()


def test_nothing_is_found_where_all_is_well(kafka: Connection) -> None:
    assert diagnose(kafka) == []
    assert error_of([]) is None


def test_nobody_listens() -> None:
    found = only(Connection(f"{LOOPBACK}:{free_ports(1)[0]}", "PLAINTEXT"))
    assert told(found) == (Cause.REFUSED, "SEINTJE_KAFKA_BROKERS")
    assert isinstance(error_of([found]), Unavailable)


@pytest.mark.parametrize("host", ["broker.invalid", "a..b"])
def test_a_host_of_which_no_address_is_known(host: str) -> None:
    found = only(Connection(f"{host}:9092", "PLAINTEXT"))
    assert told(found) == (Cause.UNKNOWN_NAME, "SEINTJE_KAFKA_BROKERS")
    assert host in found.says


def test_one_of_several_brokers_is_away(kafka: Connection) -> None:
    away = f"{LOOPBACK}:{free_ports(1)[0]}"
    found = only(Connection(f"{away},{kafka.brokers}", "PLAINTEXT"))
    assert (found.cause, away in found.says) == (Cause.REFUSED, True)


def test_tls_where_there_is_none(kafka: Connection, ca: Path) -> None:
    found = only(Connection(kafka.brokers, "SSL", ca=ca))
    assert told(found) == (Cause.LISTENER, "SEINTJE_KAFKA_SECURITY")
    assert isinstance(error_of([found]), Misconfigured)


def test_a_user_where_nobody_is_asked_for_one(kafka: Connection) -> None:
    found = only(Connection(kafka.brokers, "SASL_PLAINTEXT", "worker", "secret"))
    assert told(found) == (Cause.LISTENER, "SEINTJE_KAFKA_SECURITY")
    assert found.do == "write plaintext"


def test_no_tls_where_it_is_spoken(
    serve: Callable[[trustme.LeafCert | None], str], authority: trustme.CA
) -> None:
    where = serve(authority.issue_cert(LOOPBACK))
    found = only(Connection(where, "SASL_PLAINTEXT", "worker", "secret"))
    assert told(found) == (Cause.LISTENER, "SEINTJE_KAFKA_SECURITY")
    assert found.do == "write ssl or sasl-ssl"


def test_something_that_is_no_kafka(serve: Callable[[trustme.LeafCert | None], str]) -> None:
    found = only(Connection(serve(None), "PLAINTEXT"))
    assert told(found) == (Cause.LISTENER, "SEINTJE_KAFKA_SECURITY")


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("what", ["another authority", "another host", "expired"])
def test_a_certificate_that_is_not_trusted(
    what: str,
    serve: Callable[[trustme.LeafCert | None], str],
    authority: trustme.CA,
    ca: Path,
) -> None:
    certificates = {
        "another authority": lambda: trustme.CA().issue_cert(LOOPBACK),
        "another host": lambda: authority.issue_cert("kafka.example.nl"),
        "expired": lambda: authority.issue_cert(LOOPBACK, not_after=LONG_AGO),
    }
    found = only(Connection(serve(certificates[what]()), "SSL", ca=ca))
    assert told(found) == (Cause.CERTIFICATE, "SEINTJE_KAFKA_CA")


def test_a_file_of_certificates_that_is_none(kafka: Connection, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("nothing of the kind")
    found = only(Connection(kafka.brokers, "SSL", ca=file))
    assert told(found) == (Cause.CERTIFICATE, "SEINTJE_KAFKA_CA")


@pytest.mark.slow
def test_a_broker_that_is_frozen_takes_no_questions(own_broker: Broker) -> None:
    own_broker.freeze()
    with pytest.raises(Unavailable, match=r"SEINTJE_KAFKA_BROKERS.*takes no questions"):
        Administrator(own_broker.connection)
    own_broker.thaw()
    assert diagnose(own_broker.connection) == []


@pytest.fixture
def odd_broker(tmp_path: Path) -> Iterator[Callable[[Mapping[str, object]], Connection]]:
    """Starts a broker by itself with these settings above what it needs."""
    nodes: list[Node] = []

    def start(settings: Mapping[str, object]) -> Connection:
        port, controller = free_ports(2)
        listener = f"PLAINTEXT://{LOOPBACK}:{port}"
        needed = {
            "node.id": 1,
            "listeners": f"{listener},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": listener,
            "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{controller}",
        }
        node = Node(tmp_path / "broker", {**needed, **settings}, ["--standalone"])
        nodes.append(node)
        node.start()
        return Connection(f"{LOOPBACK}:{port}", "PLAINTEXT")

    yield start
    for node in nodes:
        node.kill()


@pytest.mark.slow
def test_a_broker_that_says_it_is_elsewhere(
    odd_broker: Callable[[Mapping[str, object]], Connection],
) -> None:
    elsewhere = f"{LOOPBACK}:{free_ports(1)[0]}"
    connection = odd_broker({"advertised.listeners": f"PLAINTEXT://{elsewhere}"})
    for _ in range(5):  # we get the answer, or librdkafka goes there before it asks for us
        found = only(connection)
        assert told(found) == (Cause.ADVERTISED, "SEINTJE_KAFKA_BROKERS")
        assert (elsewhere in found.says, "advertised.listeners" in found.do) == (True, True)


@pytest.mark.slow
def test_brokers_that_take_no_transactions(
    odd_broker: Callable[[Mapping[str, object]], Connection],
) -> None:
    kafka = odd_broker({"transaction.state.log.replication.factor": 3})
    with pytest.raises(Misconfigured, match=r"transaction\.state\.log\.replication\.factor"):
        Administrator(kafka).may_transact("seintje-correlate-doctor")


def test_what_only_a_setting_can_end_comes_before_what_may_pass() -> None:
    away = Finding(Cause.REFUSED, "SEINTJE_KAFKA_BROKERS", "nothing listens", "start it")
    denied = Finding(Cause.AUTHENTICATION, "SEINTJE_KAFKA_USER", "not accepted", "correct it")
    assert isinstance(error_of([away, denied]), Misconfigured)
    assert isinstance(error_of([away]), Unavailable)
