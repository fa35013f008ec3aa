"""Which settings go together: what one must have beside it, and what makes no sense with another.

Owns the table of such rules. They look at values only; what files hold is `files`' and, where it
takes a library, that of `hub.compose.starting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from msgspec import Struct

from hub.settings.found import Found, Mistake
from hub.settings.roles import HUB, KAFKA, ON_KAFKA, SENDING, SERVING, WORKER, Role
from hub.settings.setting import variable_of

if TYPE_CHECKING:
    from hub.settings import Settings

_ANYWHERE: Final = frozenset({"0.0.0.0", "::"})
_RUN: Final = frozenset({Role.RUN})


class Rule(Struct, frozen=True):
    """`about` is the setting to write or to take away; `reads` are others that it depends on."""

    about: str
    reads: tuple[str, ...]
    roles: frozenset[Role]
    is_broken: Callable[[Settings], bool]
    do: str


def broken(found: Found, role: Role) -> Iterator[Mistake]:
    """Every rule for this role that does not hold, of settings that are right by themselves."""
    wrong = found.wrong
    for it in RULES:
        fields = frozenset((it.about, *it.reads))
        if role in it.roles and not fields & wrong and it.is_broken(found.settings):
            yield Mistake(frozenset({it.about}), found.where(it.about), it.do)


def _needs(about: str, needed: str, roles: frozenset[Role], why: str) -> Rule:
    """`about` says nothing without `needed`."""
    do = f"{why}; write {variable_of(needed)} too, or take this away"
    return Rule(about, (needed,), roles, lambda it: _has(it, about) and not _has(it, needed), do)


def _asks_for(about: str, asking: str, roles: frozenset[Role], do: str) -> Rule:
    """`about` must be there where `asking` is."""
    return Rule(about, (asking,), roles, lambda it: _has(it, asking) and not _has(it, about), do)


def _has(settings: Settings, field: str) -> bool:
    return getattr(settings, field) is not None


def _is_set(settings: Settings, field: str) -> bool:
    """Of what has a value without anybody's word: whether somebody wrote another."""
    return bool(getattr(settings, field) != getattr(type(settings)(), field))


def _backs_up(about: str) -> Rule:
    """Whoever says how backups are made counts on them, and learns it on the day that one is
    needed."""
    do = "no backups are made; write SEINTJE_BACKUPS too, or take this away"
    return Rule(about, ("backups",), _RUN, lambda it: _is_set(it, about) and not it.backups, do)


def _is_lost_with_data(settings: Settings) -> bool:
    backups = settings.backups
    return backups is not None and backups.resolve().is_relative_to(settings.data.resolve())


def _key_sources(settings: Settings) -> list[str]:
    return [it for it in ("key_file", "key", "key_url") if _has(settings, it)]


def _is_sasl(settings: Settings) -> bool:
    return settings.kafka_security.startswith("sasl")


def _is_ssl(settings: Settings) -> bool:
    return settings.kafka_security.endswith("ssl")


def _has_smtp_user(settings: Settings) -> bool:
    return settings.smtp_url is not None and urlsplit(settings.smtp_url).username is not None


_COUNTS_WITH_TLS: Final = "it counts with TLS only"
_NOBODY_BACK: Final = "write it too: without it nobody can come back from the OpenID provider"
_NO_PROVIDER: Final = "it is for an OpenID provider only"
_SASL_ONLY: Final = (
    "it counts with a user only; write sasl-ssl or sasl-plaintext in SEINTJE_KAFKA_SECURITY, or "
    "take this away"
)

RULES: Final = (
    _needs("tls_key", "tls_certificate", SERVING, _COUNTS_WITH_TLS),
    _needs("tls_client_ca", "tls_certificate", SERVING, _COUNTS_WITH_TLS),
    _needs("client_key", "client_certificate", SENDING, "it is the key of a certificate"),
    _asks_for("console_url", "console_issuer", SERVING, _NOBODY_BACK),
    _asks_for("console_client_id", "console_issuer", SERVING, _NOBODY_BACK),
    _needs("console_client_id", "console_issuer", SERVING, _NO_PROVIDER),
    _needs("console_client_secret_file", "console_issuer", SERVING, _NO_PROVIDER),
    _asks_for("mail_from", "smtp_url", SENDING, "write from which address mail comes"),
    _needs("mail_from", "smtp_url", SENDING, "no mail is sent"),
    _needs("otlp_headers_file", "otlp_url", HUB, "nothing is traced"),
    Rule(
        "smtp_password_file",
        ("smtp_url",),
        SENDING,
        lambda it: _has_smtp_user(it) and it.smtp_password_file is None,
        "write a file with the password of the user in SEINTJE_SMTP_URL",
    ),
    Rule(
        "smtp_password_file",
        ("smtp_url",),
        SENDING,
        lambda it: it.smtp_password_file is not None and not _has_smtp_user(it),
        "there is no user to go with it; write smtps://USER@HOST in SEINTJE_SMTP_URL, or take this "
        "away",
    ),
    Rule(
        "kafka_brokers",
        (),
        KAFKA,
        lambda it: it.kafka_brokers is None,
        "write where Kafka is, like 127.0.0.1:9092",
    ),
    Rule(
        "kafka_brokers",
        (),
        _RUN,
        lambda it: it.kafka_brokers is not None,
        "this is a hub in one process, and other commands would look for it on Kafka; take this "
        "away, or start `seintje worker`, `gateway` and `deliver`",
    ),
    Rule(
        "key_file",
        ("key", "key_url"),
        ON_KAFKA,
        lambda it: not _key_sources(it),
        "write the key file of this hub; all its processes have the same",
    ),
    Rule(
        "key_file",
        ("key", "key_url"),
        HUB,
        lambda it: len(_key_sources(it)) > 1,
        "the key of a hub comes from one of SEINTJE_KEY_FILE, SEINTJE_KEY and SEINTJE_KEY_URL; "
        "take the others away",
    ),
    _asks_for("key_token_file", "key_url", HUB, "write the file with the token that may read it"),
    _needs("key_token_file", "key_url", HUB, "there is no secret that it may read"),
    Rule(
        "kafka_user",
        ("kafka_security",),
        KAFKA,
        lambda it: _is_sasl(it) and it.kafka_user is None,
        "write as whom to speak to Kafka",
    ),
    Rule(
        "kafka_password_file",
        ("kafka_security",),
        KAFKA,
        lambda it: _is_sasl(it) and it.kafka_password_file is None,
        "write a file with the password of SEINTJE_KAFKA_USER in it",
    ),
    Rule(
        "kafka_user",
        ("kafka_security",),
        KAFKA,
        lambda it: it.kafka_user is not None and not _is_sasl(it),
        _SASL_ONLY,
    ),
    Rule(
        "kafka_password_file",
        ("kafka_security",),
        KAFKA,
        lambda it: it.kafka_password_file is not None and not _is_sasl(it),
        _SASL_ONLY,
    ),
    Rule(
        "kafka_ca",
        ("kafka_security",),
        KAFKA,
        lambda it: it.kafka_ca is not None and not _is_ssl(it),
        f"{_COUNTS_WITH_TLS}; write ssl or sasl-ssl in SEINTJE_KAFKA_SECURITY, or take this away",
    ),
    Rule(
        "registry_url",
        ("framing",),
        ON_KAFKA,
        lambda it: it.framing == "confluent" and it.registry_url is None,
        "write where the registry is, for SEINTJE_FRAMING is confluent",
    ),
    Rule(
        "worker_url",
        ("worker_listen",),
        WORKER,
        lambda it: it.worker_url is None and it.worker_listen.host in _ANYWHERE,
        "write how others reach this worker, like http://worker-0.seintje:8310; nobody can call "
        "the address where it listens",
    ),
    Rule(
        "worker_listen",
        ("listen",),
        ON_KAFKA,
        lambda it: it.worker_listen == it.listen,
        "a gateway listens there (SEINTJE_LISTEN); write another port",
    ),
    Rule(
        "deliver_listen",
        ("listen", "worker_listen"),
        ON_KAFKA,
        lambda it: (
            it.deliver_listen.port > 0 and it.deliver_listen in (it.listen, it.worker_listen)
        ),
        "a gateway or a worker listens there; write another port",
    ),
    _backs_up("backup_hours"),
    _backs_up("backups_kept"),
    Rule(
        "backups",
        ("data",),
        _RUN,
        _is_lost_with_data,
        "it lies in the data directory and is lost with it; write a directory on another disk",
    ),
)
