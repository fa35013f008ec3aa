"""Why the brokers cannot be reached, step by step: name, port, certificate, user.

aiokafka hides a wrong password behind the error for a broker that is away, and librdkafka tells a
wrong listener only in words. So each step is tried by itself and decided by the type of what comes
back. Reads only, and blocks for seconds: call it from a thread, when a connection has failed.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from msgspec import Struct
from msgspec.structs import replace

from hub.errors import Misconfigured, SeintjeError, Unavailable
from hub.streams.kafka.connection import Connection

_BROKERS: Final = "SEINTJE_KAFKA_BROKERS"
_SECURITY: Final = "SEINTJE_KAFKA_SECURITY"
_CA: Final = "SEINTJE_KAFKA_CA"
_PASSWORD: Final = "SEINTJE_KAFKA_USER, SEINTJE_KAFKA_PASSWORD_FILE"

_PATIENCE_S: Final = 3.0
_MOMENT_S: Final = 1.0
# How librdkafka begins what it says of a broker that another one told it of, by its number; one it
# was given itself has "bootstrap" for a number.
_OF_A_BROKER: Final = re.compile(r"(?:\w+://)?\[?(?P<host>[^\[\]/]+)\]?:(?P<port>\d+)/\d+: ")
_LOOKS_S: Final = (0.3, 0.7, 1.0, 3.0)


class Cause(Enum):
    """Where on its way a connection ended."""

    UNKNOWN_NAME = "unknown-name"
    REFUSED = "refused"
    SILENT = "silent"
    CERTIFICATE = "certificate"
    LISTENER = "listener"
    AUTHENTICATION = "authentication"
    ADVERTISED = "advertised"


_PASSING: Final = frozenset({Cause.UNKNOWN_NAME, Cause.REFUSED, Cause.SILENT, Cause.ADVERTISED})


class Finding(Struct, frozen=True):
    """What is wrong with a connection: the setting it is about, and what to do."""

    cause: Cause
    where: str
    says: str
    do: str

    @property
    def is_passing(self) -> bool:
        """Whether it may pass by itself."""
        return self.cause in _PASSING


class Address(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def diagnose(connection: Connection) -> list[Finding]:
    """What keeps this connection from working; nothing when all of it works."""
    try:
        context = connection.for_aiokafka().get("ssl_context")
    except Misconfigured as error:
        return [Finding(Cause.CERTIFICATE, error.where, "no use as it is", error.do)]
    addresses = [_address(text) for text in connection.brokers.split(",")]
    looks = {it: _reached(it, context) for it in addresses}
    away = [found for found in looks.values() if found is not None]
    reached = [it for it, found in looks.items() if found is None]
    if not reached:
        return away
    # one only: of several librdkafka does not tell that each of them hangs up
    one = replace(connection, brokers=str(reached[0]))
    return away + _questioned(one, addresses, context)


def error_of(findings: Sequence[Finding]) -> SeintjeError | None:
    """The error that these findings are for whoever wanted to connect: one to try again after, or
    one that only a change of settings ends."""
    lasting = [it for it in findings if not it.is_passing]
    if lasting:
        return Misconfigured(lasting[0].where, f"{lasting[0].says}; {lasting[0].do}")
    if findings:
        return Unavailable("; ".join(f"{it.where} — {it.says}: {it.do}" for it in findings), 5.0)
    return None


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return Address(host.strip("[]"), int(port))


def _reached(address: Address, context: ssl.SSLContext | None) -> Finding | None:
    """What is between here and a broker, as far as the end of its TLS handshake."""
    try:
        with socket.create_connection(address, timeout=_PATIENCE_S) as plain:
            return None if context is None else _shaken(address, plain, context)
    except (socket.gaierror, UnicodeError):  # UnicodeError: it cannot be a name at all, like a..b
        do = "correct the name, or see to it that this machine can look it up"
        return Finding(Cause.UNKNOWN_NAME, _BROKERS, f"no address is known of {address.host}", do)
    except ConnectionRefusedError:
        do = "start the broker, or write where it listens"
        return Finding(Cause.REFUSED, _BROKERS, f"nothing listens on {address}", do)
    except OSError:
        do = "see to it that the broker runs and no firewall is in between"
        return Finding(Cause.SILENT, _BROKERS, f"{address} does not answer", do)


def _shaken(address: Address, plain: socket.socket, context: ssl.SSLContext) -> Finding | None:
    try:
        context.wrap_socket(plain, server_hostname=address.host).close()
    except ssl.SSLCertVerificationError as error:
        says = f"the certificate of {address} is not trusted ({error.verify_message})"
        do = (
            "write the file of the authority that signed it, or a certificate for the broker that "
            "is valid today and names the host that SEINTJE_KAFKA_BROKERS names"
        )
        return Finding(Cause.CERTIFICATE, _CA, says, do)
    except TimeoutError:
        raise
    except (ssl.SSLError, ConnectionError):
        says = f"{address} does not speak TLS"
        do = "write plaintext or sasl-plaintext, or the port of a listener with TLS"
        return Finding(Cause.LISTENER, _SECURITY, says, do)
    return None


class Answer(NamedTuple):
    """The brokers that there are, or by what codes librdkafka says it got no answer.

    Attributes:
        brokers: who answered, or who was named in an answer; none if nobody answered.
        codes: those of librdkafka's errors; none if there was an answer.
        elsewhere: without an answer, the brokers that could not be reached where another one says
            they are. librdkafka goes there as soon as it hears of them, also with our question.
    """

    brokers: Sequence[Address]
    codes: frozenset[int]
    elsewhere: Sequence[Address] = ()


def _questioned(
    one: Connection, known: Sequence[Address], context: ssl.SSLContext | None
) -> list[Finding]:
    """What a broker that was reached does not like about the question who else there is."""
    answer = asked(one.for_admin())
    others = [it for it in (*answer.brokers, *answer.elsewhere) if it not in known]
    away = [found for it in others if (found := _reached(it, context)) is not None]
    if answer.brokers or away:
        return [_advertised(found) for found in away]
    if KafkaError._AUTHENTICATION in answer.codes:
        return [_unknown_user(one)]
    if KafkaError._ALL_BROKERS_DOWN in answer.codes:
        return [_a_moment_later(one, context) or _hung_up(one)]
    return [_silent(one)]


def asked(words: dict[str, Any]) -> Answer:
    """Ask for the brokers, until there is an answer or a reason why there will be none."""
    codes: set[int] = set()
    elsewhere: dict[Address, None] = {}

    def heard(error: KafkaError) -> None:
        codes.add(error.code())
        if (named := _OF_A_BROKER.match(error.str())) is not None:
            elsewhere[Address(named["host"], int(named["port"]))] = None

    client = AdminClient(words | {"error_cb": heard})
    for look, wait in enumerate(_LOOKS_S):
        try:
            found: Any = client.list_topics(timeout=wait)
            places = [Address(it.host, it.port) for it in found.brokers.values()]
            return Answer(places, frozenset())
        except KafkaException:
            client.poll(0)
        # not at the first look: a name may have several addresses, and the next one may answer
        if look and codes & {KafkaError._AUTHENTICATION, KafkaError._ALL_BROKERS_DOWN}:
            client.poll(0.2)  # the reason may come after the news that it ended
            break
    return Answer((), frozenset(codes), tuple(elsewhere))


def _advertised(found: Finding) -> Finding:
    do = "correct advertised.listeners of that broker; clients go where it says it is"
    return Finding(Cause.ADVERTISED, _BROKERS, f"{found.says}, where a broker says it is", do)


def _unknown_user(one: Connection) -> Finding:
    without = replace(one, protocol=one.protocol.removeprefix("SASL_"))
    if asked(without.for_admin()).brokers:
        says, plain = "this listener knows no users", without.protocol.lower()
        return Finding(Cause.LISTENER, _SECURITY, says, f"write {plain}")
    says = f"the brokers do not accept {one.user} with this password"
    do = "correct the user or what is in the file; the user needs SCRAM-SHA-512 credentials"
    return Finding(Cause.AUTHENTICATION, _PASSWORD, says, do)


def _a_moment_later(one: Connection, context: ssl.SSLContext | None) -> Finding | None:
    """What passes by itself, if who hung up was a broker that stopped just then."""
    time.sleep(_MOMENT_S)
    away = _reached(_address(one.brokers), context)
    if away is not None:
        return away
    again = asked(one.for_admin())
    if again.brokers:
        do = "nothing, if it was being started anew; else look at its logs"
        return Finding(Cause.SILENT, _BROKERS, f"{one.brokers} did not answer at first", do)
    # Who hangs up, does so again; who is silent now is on its way back, or frozen.
    return None if KafkaError._ALL_BROKERS_DOWN in again.codes else _silent(one)


def _silent(one: Connection) -> Finding:
    do = "look at the logs of the brokers; it may be busy, frozen or without a controller"
    return Finding(Cause.SILENT, _BROKERS, f"{one.brokers} takes no questions", do)


def _hung_up(one: Connection) -> Finding:
    if not one.protocol.endswith("SSL") and _speaks_tls(_address(one.brokers)):
        says, do = "this listener speaks TLS", "write ssl or sasl-ssl"
        return Finding(Cause.LISTENER, _SECURITY, says, do)
    says = f"{one.brokers} hangs up at the first question"
    do = (
        "write what this listener speaks (one that wants a user, sasl-plaintext or sasl-ssl, does "
        "so without one), or the port of a Kafka"
    )
    return Finding(Cause.LISTENER, _SECURITY, says, do)


def _speaks_tls(address: Address) -> bool:
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE  # nothing is sent: only whether there is TLS at all
    try:
        with socket.create_connection(address, timeout=_PATIENCE_S) as plain:
            anybody.wrap_socket(plain).close()
    except OSError:
        return False
    return True
