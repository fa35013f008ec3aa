"""The settings of a process that is about to start: right by themselves, beside each other, and in
what they point to. Everything that is wrong is said at once, before anything is opened or made.

What a file must hold is known where it is used; here each of those is asked once, and what it finds
is put beside the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hub.agreement_files import load as load_agreements
from hub.compose.delivering import way_of
from hub.compose.key_source import key_of, own_key_of
from hub.domain.parties import Parties
from hub.errors import Misconfigured
from hub.gateway.identity import identity_file
from hub.gateway.tls import context_of
from hub.settings import Found, Mistake, Role, Settings, judged, read, right
from hub.settings.roles import HUB, KAFKA, ON_KAFKA, SENDING, SERVING
from hub.settings.setting import variable_of
from hub.shipped import shipped
from hub.streams.kafka.connection import connection_of


class Probe(Struct, frozen=True):
    """What is asked of some settings: it raises Misconfigured where they will not do."""

    fields: tuple[str, ...]
    roles: frozenset[Role]
    ask: Callable[[Settings], object]


def settings_for(
    role: Role, environ: Mapping[str, str], given: Mapping[str, str | None] | None = None
) -> Settings:
    """The settings of this process in this role. Misconfigured lists all that is wrong."""
    return right(examined(role, read(environ, given)))


def examined(role: Role, found: Found) -> Found:
    """The same, with everything that is wrong with them for a process in this role."""
    found = judged(found, role)
    return replace(found, mistakes=(*found.mistakes, *_held(found, role)))


def _held(found: Found, role: Role) -> Iterator[Mistake]:
    wrong = found.wrong
    for probe in PROBES:
        if role not in probe.roles or wrong.intersection(probe.fields):
            continue
        try:
            probe.ask(found.settings)
        except Misconfigured as error:
            yield Mistake(frozenset(probe.fields), *_told(found, probe.fields[0], error))


def _told(found: Found, field: str, error: Misconfigured) -> tuple[str, str]:
    """Where it stands and what is wrong: of a file its setting comes first."""
    if error.where.startswith("SEINTJE_"):
        return error.where, error.do
    if error.do.startswith("\n"):  # several, each with its place in the file
        return found.where(field), error.do.replace("\n", "\n    ")
    return found.where(field), f"{error.where}: {error.do}"


def _parties(settings: Settings) -> Parties:
    default = shipped("agreements")
    found = settings.agreements or default
    return load_agreements(found, else_parties=default / "parties.yaml")[1]


def _key(settings: Settings) -> None:
    """Of a hub in one process, which makes the file where there is none."""
    key = own_key_of(settings)
    if settings.key_url is None and not key.is_missing:
        key.keys()


def _key_of_all(settings: Settings) -> None:
    if settings.key_url is None:  # a Vault is asked when the process begins, and waited for
        key_of(settings).keys()


def _identities(settings: Settings) -> None:
    if settings.identities is not None:
        identity_file.load(settings.identities, _parties(settings).by_id)


def _console_party(settings: Settings) -> None:
    if settings.console_party is not None:
        known = _parties(settings).by_id
        if settings.console_party not in known:
            told = f"there is no such party; write {', '.join(known)}"
            raise Misconfigured(variable_of("console_party"), told)


def _kafka(settings: Settings) -> None:
    connection_of(settings).for_aiokafka()


_RUN: Final = frozenset({Role.RUN})
_KEY: Final = ("key_file", "key", "key_url", "key_token_file")
_ON_KAFKA: Final = ("kafka_ca", "kafka_brokers", "kafka_user", "kafka_password_file")

# Parties are read anew by those few that need them: who sets such a thing waits 0.1 s for it.
PROBES: Final = (
    Probe(("agreements",), HUB, _parties),
    Probe(_KEY, _RUN, _key),
    Probe(_KEY, ON_KAFKA, _key_of_all),
    Probe(_ON_KAFKA, KAFKA, _kafka),
    Probe(("tls_certificate", "tls_key", "tls_client_ca"), SERVING, context_of),
    Probe(("identities", "agreements"), SERVING, _identities),
    Probe(("console_party", "agreements"), SERVING, _console_party),
    Probe(("client_certificate", "client_key"), SENDING, way_of),
)
