"""`seintje doctor`: whether a hub can run here, and what to do where it cannot.

Each check is by itself: one that fails says so and the next one looks all the same. Keeps nothing;
the port is taken for a moment and given back.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from hub.cli.finding import Finding
from hub.cli.options import PARTIES_FILE, AsJson, DataAt
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.settings import Settings

_ROOM_BYTES: Final = 1 << 30  # a year of a small gemeente, with its backups
_FIRST_YEAR: Final = 2025  # of this program; a clock before it was never set
_EVERYBODY: Final = stat.S_IRWXG | stat.S_IRWXO


def doctor(
    ctx: typer.Context,
    data: DataAt = None,
    role: Annotated[
        str | None,
        typer.Option(metavar="ROLE", help="What its user must be able to do: worker or gateway."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check whether a hub can run here, and say what to do.

    Settings, agreement, schemas, data directory, key, clock and port; TLS and identities where they
    are set; where Kafka is, brokers, user, certificate, topics, rights and registry. Exit 1 if
    something is wrong.
    """
    from hub.streams.kafka.grants import ROLES

    screen = screen_of(ctx, as_json=as_json)
    if role is not None and role not in ROLES:
        raise typer.BadParameter(f"one of {', '.join(ROLES)}", param_hint="--role")
    findings = list(examined(screen.environ, data, role))
    _show(screen, findings)
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(1)


def examined(
    environ: Mapping[str, str], data: Path | None, role: str | None = None
) -> Iterator[Finding]:
    """What every check finds. `role`: of the hub, on Kafka."""
    from hub.errors import Misconfigured, Unavailable
    from hub.settings import load

    try:
        settings = load(environ, {"data": None if data is None else str(data)})
    except Misconfigured as error:
        yield Finding("settings", error.where, error.do.strip())
        return
    yield Finding("settings", f"data {settings.data}, listen {settings.listen}")
    for check in (*_CHECKS, _identity, _kafka(role)):
        try:
            yield from check(settings)
        except Misconfigured as error:
            yield Finding(_name(check), error.where, error.do.strip())
        except Unavailable as error:
            yield Finding(_name(check), str(error), "look again when it is back")
        except OSError as error:
            told = "see to it that this user can use it"
            yield Finding(_name(check), f"{error.filename}: {error.strerror}", told)


def _agreement(settings: Settings) -> Iterator[Finding]:
    from hub.agreement_files import examine
    from hub.shipped import shipped

    default = shipped("agreements")
    today = date.today()  # noqa: DTZ011  # which year the calendar must reach is no instant
    paths = [settings.agreements or default]
    found = examine(paths, else_parties=default / PARTIES_FILE, today=today)
    for problem in found.problems:
        yield Finding("agreement", str(problem), "correct it; see `seintje agreement check`")
    if not found.problems:
        names = ", ".join(f"{it.id} {it.version}" for it in found.agreements)
        yield Finding("agreement", f"{names}: nothing wrong")


def _schemas(_settings: Settings) -> Iterator[Finding]:
    from hub.shipped import shipped
    from hub.wire.schemas import check

    problems = check(shipped("schemas/avro"))
    for problem in problems:
        yield Finding("schemas", str(problem), "install Seintje again, or undo the change")
    if not problems:
        yield Finding("schemas", "sound, and fit every earlier version")


def _data(settings: Settings) -> Iterator[Finding]:
    from hub.streams.sqlite.directory import DATABASE

    folder = settings.data
    if not folder.exists():
        yield Finding("data", f"{folder} is not there yet; the first `seintje run` makes it")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("data", f"{folder} cannot be written", "give this user the right to")
        return
    if folder.stat().st_mode & _EVERYBODY:
        yield Finding("data", f"{folder} is open to others", f"chmod 700 {folder}")
    free = shutil.disk_usage(folder).free
    if free < _ROOM_BYTES:
        told = f"{free >> 20} MiB left for {folder}"
        yield Finding("data", told, f"make room: at least {_ROOM_BYTES >> 20} MiB")
    if (folder / DATABASE).exists():
        yield from _database(folder / DATABASE)
    else:
        yield Finding("data", f"{folder}: no database yet")


def _database(database: Path) -> Iterator[Finding]:
    from hub.streams.sqlite.opening import connect_to_read, damage

    connection = connect_to_read(database)
    try:
        wrong = damage(connection, "quick_check")
    finally:
        connection.close()
    if database.stat().st_mode & _EVERYBODY:
        yield Finding("data", f"{database} is open to others", f"chmod 600 {database}")
    for told in wrong:
        yield Finding("data", told, "stop the hub, and restore the last good backup")
    if not wrong:
        yield Finding("data", f"{database} is whole")


def _key(settings: Settings) -> Iterator[Finding]:
    from hub.compose.key_source import key_of, own_key_of
    from hub.streams.sqlite.directory import DATABASE

    on_kafka = settings.kafka_brokers is not None  # no process of such a hub makes its key
    key = key_of(settings) if on_kafka else own_key_of(settings)
    if key.is_missing and not (on_kafka or (settings.data / DATABASE).exists()):
        yield Finding("key", f"{key.where} is not there yet; the first `seintje run` makes it")
        return
    keys = key.keys()
    told = f"{key.where} ({keys.fingerprint}); keep a copy where the data is not"
    yield Finding("key", told)


def _clock(settings: Settings) -> Iterator[Finding]:
    from hub.clocks import SystemClock
    from hub.domain.time import AMSTERDAM, format_instant

    now = SystemClock().now()
    told = format_instant(now)
    if datetime.fromtimestamp(now / 1000, UTC).year < _FIRST_YEAR:
        yield Finding("clock", told, "set the clock of this machine, and let NTP keep it")
        return
    last = _last_known(settings)
    if last is not None and last > now:
        yield Finding(
            "clock",
            f"{told}, but the hub has seen {format_instant(last)}",
            "set the clock right; deadlines stand still until it has caught up",
        )
        return
    yield Finding("clock", f"{told}, {AMSTERDAM.key} is known")


def _last_known(settings: Settings) -> int | None:
    """The latest instant that the hub of this directory has worked at."""
    from hub.cli.kept import latest_in
    from hub.clocks import ClockChoice
    from hub.streams.sqlite.directory import DATABASE

    if settings.clock != ClockChoice() or not (settings.data / DATABASE).exists():
        return None
    return latest_in(settings.data / DATABASE)


def _port(settings: Settings) -> Iterator[Finding]:
    from hub.gateway.server import open_socket

    listen = settings.listen
    if _answers(listen.host, listen.port):
        if settings.tls_certificate is not None:  # whose it is, its certificate says to clients
            yield Finding("port", f"somebody answers on {listen}, which may be the hub over TLS")
        elif _is_hub(str(listen)):
            yield Finding("port", f"a hub answers on {listen}")
        else:
            told = f"{listen} is another program's"
            yield Finding("port", told, "stop that one, or give another --listen")
        return
    open_socket(listen).close()
    yield Finding("port", f"{listen} is free")


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def _is_hub(where: str) -> bool:
    from hub.cli.asking import ask
    from hub.errors import Misconfigured, Unavailable

    try:
        answer = ask("--listen", f"http://{where}", "/healthz", 2)
    except (Unavailable, Misconfigured):
        return False
    return answer.status in (200, 503) and b"status" in answer.body


def _identity(settings: Settings) -> Iterator[Finding]:
    from hub.cli.doctor_identity import found_of_identity

    yield from found_of_identity(settings)


def _kafka(role: str | None) -> _Check:
    def kafka(settings: Settings) -> Iterator[Finding]:
        from hub.cli.doctor_kafka import found_of_kafka

        yield from found_of_kafka(settings, role)

    return kafka


_Check = Callable[["Settings"], Iterator[Finding]]
_CHECKS: Final[tuple[_Check, ...]] = (_agreement, _schemas, _data, _key, _clock, _port)


def _name(check: _Check) -> str:
    return check.__name__.removeprefix("_")


def _show(screen: Screen, findings: list[Finding]) -> None:
    if not screen.shows_tables:
        screen.rows({"ok": it.is_good, **it._asdict()} for it in findings)
        return
    for finding in findings:
        mark = "✓" if finding.is_good else "✗"
        screen.lines([f"{mark} {finding.check}: {finding.says}"])
        if finding.do:
            todo = screen.words(nl="doe dit", en="do this")
            screen.lines([f"    {todo}: {finding.do}"])
