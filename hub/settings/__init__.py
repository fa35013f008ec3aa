"""Settings: one struct, from `SEINTJE_*` variables and what the command line gave.

The command line wins. Everything that is wrong is said at once, and a variable that begins with
`SEINTJE_` and is no setting is wrong too: a slip in a name must not fall back to a default unseen.
What each is stands in `hub.settings.table`. Values are read here, once; what a role opens is looked
at before it starts (`judged`), and opened by `hub.compose`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from hub.clocks import ClockChoice
from hub.errors import Misconfigured
from hub.guard import Network
from hub.settings import files, rules
from hub.settings.found import Found, Mistake, Origin
from hub.settings.kinds import Framing, Hidden, Language, Listen, LogLevel, Security, shape_of
from hub.settings.roles import Role
from hub.settings.setting import PREFIX, variable_of
from hub.settings.table import SETTINGS

__all__ = [
    "PREFIX",
    "Found",
    "Hidden",
    "Language",
    "Listen",
    "Mistake",
    "Role",
    "Settings",
    "judged",
    "load",
    "read",
    "right",
]

# What Kubernetes tells a pod of a Service that is called `seintje…`; see `enableServiceLinks`.
_SERVICE_LINK: Final = re.compile(
    r"SEINTJE_(\w+_)?(SERVICE_(HOST|PORT)(_\w+)?|PORT(_[0-9]+_(TCP|UDP)(_\w+)?)?)"
)


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
    `smtp_url` None: nobody is mailed. `backups` is where a hub in one process keeps its journal and
    its backups; None: it keeps none. `backup_hours` 0: it makes none by itself.

    `otlp_url` is the address of a collector of traces; None: nothing is traced. Of the traces that
    begin in the hub `traces_share` are kept, from 0 to 1.

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
    backups: Path | None = None
    backup_hours: int = 24
    backups_kept: int = 14
    log_level: LogLevel = "info"
    otlp_url: str | None = None
    otlp_headers_file: Path | None = None
    traces_share: float = 1.0

    @property
    def origin(self) -> str:
        """The name by which receivers of webhooks know this hub (`WebHook-Request-Origin`)."""
        if self.public_url is None:
            return self.listen.host
        return urlsplit(self.public_url).hostname or self.listen.host


def read(environ: Mapping[str, str], given: Mapping[str, str | None] | None = None) -> Found:
    """The settings of this process, and what is wrong with each by itself. `given` are those of the
    command line by their field, None where it said nothing."""
    texts = {name: text for name, text in (given or {}).items() if text is not None}
    wrong = [_unknown(name) for name in sorted(environ) if _is_unknown(name)]
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for field in SETTINGS:
        for origin, text in _said(field, environ, texts):
            origins[field] = origin
            where = variable_of(field) if origin is Origin.VARIABLE else _option(field)
            value = _read(field, where, text)
            if isinstance(value, Mistake):
                wrong.append(value)
            else:
                values[field] = value
    return Found(Settings(**values), origins, tuple(wrong))


def judged(found: Found, role: Role) -> Found:
    """The same, with what is wrong for a process that does this: with one beside another, and with
    what they point to."""
    more = (*rules.broken(found, role), *files.unusable(found, role))
    return replace(found, mistakes=(*found.mistakes, *more))


def load(environ: Mapping[str, str], given: Mapping[str, str | None] | None = None) -> Settings:
    """The settings of this process, each right by itself. Misconfigured lists all mistakes."""
    return right(read(environ, given))


def right(found: Found) -> Settings:
    """The settings, if nothing is wrong with them. Misconfigured lists all mistakes."""
    if found.mistakes:
        raise Misconfigured("settings", "\n" + "\n".join(map(str, found.mistakes)))
    return found.settings


def _said(
    field: str, environ: Mapping[str, str], texts: Mapping[str, str]
) -> Iterator[tuple[Origin, str]]:
    """What was said of a setting, the last of it counts. A variable that an option outdoes is read
    all the same: it is wrong for the next command."""
    if (text := environ.get(variable_of(field))) is not None:
        yield Origin.VARIABLE, text
    if (text := texts.get(field)) is not None:
        yield Origin.OPTION, text


def _read(field: str, where: str, text: str) -> Any:
    kind = SETTINGS[field].kind
    try:
        return kind.parse(text)
    except (ValueError, OverflowError, RuntimeError):  # RuntimeError: `~` of nobody
        says = f"write {kind.expected}; what stands there is {shape_of(text)}"
        return Mistake(frozenset({field}), where, says)


def _option(field: str) -> str:
    return "--" + field.replace("_", "-")


def _is_unknown(variable: str) -> bool:
    return variable.startswith(PREFIX) and variable not in _VARIABLES


def _unknown(variable: str) -> Mistake:
    if _SERVICE_LINK.fullmatch(variable):
        says = (
            "there is no such setting; Kubernetes makes it of a Service. Write "
            "`enableServiceLinks: false` in the pod"
        )
        return Mistake(frozenset(), variable, says)
    # Without what all begin with: that alone makes any two of them look alike.
    near = get_close_matches(variable.removeprefix(PREFIX), map(str.upper, SETTINGS), n=1)
    known = PREFIX + near[0] if near else f"one of {', '.join(_VARIABLES)}"
    return Mistake(frozenset(), variable, f"there is no such setting; write {known}")


assert SETTINGS.keys() == set(Settings.__struct_fields__)
_VARIABLES: Final = tuple(map(variable_of, SETTINGS))
