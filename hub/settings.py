"""Settings: one struct, from `SEINTJE_*` variables and what the command line gave.

The command line wins. Everything that is wrong is said at once, and a variable that begins with
`SEINTJE_` and is no setting is wrong too: a slip in a name must not fall back to a default unseen.
Values are read here, once; what they point to is opened by `hub.compose`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args
from urllib.parse import urlsplit

from msgspec import Struct

from hub.clocks import CLOCKS_IN_WORDS, ClockChoice
from hub.errors import Misconfigured
from hub.guard import Network

PREFIX: Final = "SEINTJE_"

Language: TypeAlias = Literal["nl", "en"]

_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


class Listen(Struct, frozen=True):
    """Where the hub is reached: a host and a port, 0 for any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Hidden(Struct, frozen=True):
    """A text that is shown nowhere."""

    text: str

    def __repr__(self) -> str:
        return "Hidden(…)"


Security: TypeAlias = Literal["plaintext", "ssl", "sasl-plaintext", "sasl-ssl"]
Framing: TypeAlias = Literal["single-object", "confluent"]


class Settings(Struct, frozen=True, kw_only=True):
    """How one hub runs. `agreements` None: those that come with Seintje. `key` is the text of a key
    file, `key_url` a secret of a Vault with that text in it; without both it is in `key_file`, for
    which None is `seintje.key` in the data directory.

    `kafka_brokers` None: there is no Kafka. `kafka_replicas` None: as many as there are brokers, at
    most three. `worker_url` None: where the worker listens. `instance` is the name under which a
    worker comes back (static membership); None: it is a new one each time. `allowed_networks` are
    those of our own where parties may have a receiver (`hub.guard`). `identities` None: parties
    have API keys and nothing else. `tls_certificate` None: HTTP without TLS. `tls_client_ca`: who
    signs the certificates of parties; None: the hub asks for none. From `calls_a_minute` on they
    are limits of a gateway (docs/limits.md). `public_url` is where parties reach the hub; receivers
    of webhooks know it by its host. `client_certificate` is shown to receivers that ask for one.
    `smtp_url` None: nobody is mailed.

    `console_url` is the address by which people know the console; None: only this machine reaches
    it. `console_issuer` None: one signs in by a one-time link, for `console_party` or a party that
    is chosen then.
    """

    data: Path = Path("seintje-data")
    listen: Listen = Listen("127.0.0.1", 8300)
    agreements: Path | None = None
    key_file: Path | None = None
    key: Hidden | None = None
    key_url: str | None = None
    key_token_file: Path | None = None
    clock: ClockChoice = ClockChoice()
    lang: Language = "nl"
    kafka_brokers: str | None = None
    kafka_prefix: str = "seintje"
    kafka_security: Security = "plaintext"
    kafka_user: str | None = None
    kafka_password_file: Path | None = None
    kafka_ca: Path | None = None
    kafka_partitions: int = 24
    kafka_replicas: int | None = None
    kafka_session_seconds: int = 30
    worker_listen: Listen = Listen("127.0.0.1", 8310)
    worker_url: str | None = None
    instance: str | None = None
    framing: Framing = "single-object"
    registry_url: str | None = None
    allowed_networks: tuple[Network, ...] = ()
    identities: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    console_url: str | None = None
    console_party: str | None = None
    console_issuer: str | None = None
    console_client_id: str | None = None
    console_client_secret_file: Path | None = None
    console_party_claim: str = "seintje_party"
    calls_a_minute: int = 12_000
    events_a_minute: int = 120_000
    attempts_a_minute: int = 200
    calls_at_once: int = 512
    party_at_once: int = 64
    body_megabytes: int = 64
    connections: int = 2000
    public_url: str | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    deliver_listen: Listen = Listen("127.0.0.1", 8320)
    smtp_url: str | None = None
    smtp_password_file: Path | None = None
    mail_from: str | None = None

    @property
    def origin(self) -> str:
        """The name by which receivers of webhooks know this hub (`WebHook-Request-Origin`)."""
        if self.public_url is None:
            return self.listen.host
        return urlsplit(self.public_url).hostname or self.listen.host


def load(environ: Mapping[str, str], given: Mapping[str, str | None] | None = None) -> Settings:
    """The settings of this process. `given` are those of the command line by their field, None
    where it said nothing. Misconfigured lists all mistakes."""
    texts = {name: text for name, text in (given or {}).items() if text is not None}
    wrong = [_unknown(name) for name in sorted(environ) if _is_unknown(name)]
    values: dict[str, Any] = {}
    for field, kind in _KINDS.items():
        variable = PREFIX + field.upper()
        text = texts.get(field, environ.get(variable))
        if text is None:
            continue
        try:
            values[field] = kind.parse(text)
        except (ValueError, OverflowError, RuntimeError):  # RuntimeError: `~` of nobody
            where = variable if field not in texts else "--" + field.replace("_", "-")
            wrong.append(f"{where}: write {kind.expected}")
    if wrong:
        raise Misconfigured("settings", "\n" + "\n".join(wrong))
    return Settings(**values)


def _is_unknown(variable: str) -> bool:
    return variable.startswith(PREFIX) and variable not in _VARIABLES


def _unknown(variable: str) -> str:
    # Without what all begin with: that alone makes any two of them look alike.
    near = get_close_matches(variable.removeprefix(PREFIX), map(str.upper, _KINDS), n=1)
    known = PREFIX + near[0] if near else f"one of {', '.join(_VARIABLES)}"
    return f"{variable}: there is no such setting; write {known}"


def _path(text: str) -> Path:
    if not text.strip() or "\0" in text:
        raise ValueError
    return Path(text).expanduser()


def _key(text: str) -> Hidden:
    if not text.startswith("seintje-key "):
        raise ValueError
    return Hidden(text)


def _listen(text: str) -> Listen:
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = str(ipaddress.IPv6Address(host[1:-1]))
    elif not _HOST.fullmatch(host):
        raise ValueError
    if not colon or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65_535:
        raise ValueError
    return Listen(host, int(port))


def _listen_at(text: str) -> Listen:
    found = _listen(text)
    if not found.port:  # who looks for a worker must know its port beforehand
        raise ValueError
    return found


def _smtp_url(text: str) -> str:
    found = urlsplit(text)
    if found.scheme not in ("smtp", "smtps") or not found.hostname or found.path.strip("/"):
        raise ValueError
    if found.password is not None or found.port == 0:  # a password stands in a file
        raise ValueError
    return text


def _network_list(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(","))


def _one_of(names: object) -> _Kind:
    """A kind with a few values."""
    known = get_args(names)

    def parse(text: str) -> str:
        if text not in known:
            raise ValueError
        return text

    return _Kind(parse, " or ".join([", ".join(known[:-1]), known[-1]]))


def _whole(least: int, most: int) -> _Kind:
    """A kind of whole numbers."""

    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]{1,6}", text) or not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return _Kind(parse, f"a whole number from {least} to {most}")


def _matching(pattern: str, expected: str) -> _Kind:
    """A kind of texts."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return _Kind(parse, expected)


_BROKER: Final = r"(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}"
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}"
_URL: Final = r"https?://[^\s/]+(/\S*)?"
_PUBLIC_URL: Final = (
    r"https?://(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(/\S*)?"
)
_MAIL: Final = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
_HOST_PORT: Final = r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::[0-9]{1,5})?"
_THIS_MACHINE: Final = r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?"  # over plain http


class _Kind(NamedTuple):
    parse: Callable[[str], Any]
    expected: str


_KINDS: Final[Mapping[str, _Kind]] = {
    "data": _Kind(_path, "a directory"),
    "listen": _Kind(_listen, "HOST:PORT, like 127.0.0.1:8300 or [::1]:8300"),
    "agreements": _Kind(_path, "a folder of agreement files, or one such file"),
    "key_file": _Kind(_path, "a file"),
    "key": _Kind(_key, "what stands in a key file (`seintje keys create` makes one)"),
    "key_url": _matching(
        rf"https://[^\s/@]+/v1/\S+|http://{_THIS_MACHINE}/v1/\S+",
        "the address of a secret, like https://vault.example/v1/secret/data/seintje",
    ),
    "key_token_file": _Kind(_path, "a file with the token in it that may read that secret"),
    "clock": _Kind(ClockChoice.parse, CLOCKS_IN_WORDS),
    "lang": _one_of(Language),
    "kafka_brokers": _matching(f"{_BROKER}(,{_BROKER})*", "HOST:PORT, several with commas"),
    "kafka_prefix": _matching(_NAME, "what topics begin with, like seintje"),
    "kafka_security": _one_of(Security),
    "kafka_user": _matching(r"\S{1,200}", "a user name"),
    "kafka_password_file": _Kind(_path, "a file with the password in it"),
    "kafka_ca": _Kind(_path, "a file of certificates in PEM"),
    "kafka_partitions": _whole(1, 1000),
    "kafka_replicas": _whole(1, 9),
    "kafka_session_seconds": _whole(6, 1800),
    "worker_listen": _Kind(_listen_at, "HOST:PORT, like 127.0.0.1:8310; the port is not 0"),
    "worker_url": _matching(_URL, "the address of this worker for other parts of the hub"),
    "instance": _matching(_NAME, "a name that stays over a restart, like the name of the pod"),
    "framing": _one_of(Framing),
    "registry_url": _matching(_URL, "the address of a schema registry"),
    "public_url": _matching(_PUBLIC_URL, "the address where parties reach the hub"),
    "client_certificate": _Kind(_path, "a file with a certificate in PEM"),
    "client_key": _Kind(_path, "a file with the key of the certificate in PEM"),
    "deliver_listen": _Kind(_listen, "HOST:PORT, like 127.0.0.1:8320"),
    "smtp_url": _Kind(_smtp_url, "smtp://HOST:PORT or smtps://USER@HOST, without a password"),
    "smtp_password_file": _Kind(_path, "a file with the password of the user in SEINTJE_SMTP_URL"),
    "mail_from": _matching(_MAIL, "a mail address, like seintje@hub.example"),
    "allowed_networks": _Kind(_network_list, "networks, like 10.1.2.0/24,fd12:3456::/64"),
    "identities": _Kind(_path, "a file of issuers, certificates and proxies"),
    "tls_certificate": _Kind(_path, "a file with the certificate of the hub in PEM"),
    "tls_key": _Kind(_path, "a file with the key of that certificate in PEM"),
    "tls_client_ca": _Kind(_path, "a file of certificates in PEM"),
    "console_url": _matching(
        rf"https://{_HOST_PORT}|http://{_THIS_MACHINE}", "https:// and a host, without a path"
    ),
    "console_party": _matching(r"[a-z0-9-]{1,64}", "the id of a party"),
    "console_issuer": _matching(
        rf"https://[^\s/]+(/\S*)?|http://{_THIS_MACHINE}(/\S*)?",
        "the address of an OpenID provider",
    ),
    "console_client_id": _matching(r"\S{1,200}", "what the OpenID provider knows the hub by"),
    "console_client_secret_file": _Kind(_path, "a file with the secret in it"),
    "console_party_claim": _matching(r"\S{1,100}", "the claim that names the party of somebody"),
    "calls_a_minute": _whole(1, 999_999),
    # No fewer than a batch may hold: it would never be taken.
    "events_a_minute": _whole(1000, 999_999),
    "attempts_a_minute": _whole(1, 999_999),
    "calls_at_once": _whole(1, 100_000),
    "party_at_once": _whole(1, 100_000),
    "body_megabytes": _whole(32, 100_000),  # a quarter of it must hold a batch
    "connections": _whole(10, 100_000),
}
assert _KINDS.keys() == set(Settings.__struct_fields__)
_VARIABLES: Final = tuple(PREFIX + field.upper() for field in _KINDS)
