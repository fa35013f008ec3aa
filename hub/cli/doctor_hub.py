"""What `seintje doctor` finds of a hub by itself: agreement, schemas, data, key, clock, port.

Keeps nothing; the port is taken for a moment and given back.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.cli.examining import Examined
from hub.cli.finding import Finding, look
from hub.cli.options import PARTIES_FILE

if TYPE_CHECKING:
    from hub.domain.agreement import Agreement
    from hub.settings import Settings

_FIRST_YEAR: Final = 2025  # of this program; a clock before it was never set
_EVERYBODY: Final = stat.S_IRWXG | stat.S_IRWXO
_SOON: Final = timedelta(days=60)


def agreement(examined: Examined) -> Iterator[Finding]:
    """What is agreed: right, in force, and for how long."""
    from hub.agreement_files import examine
    from hub.shipped import shipped

    default = shipped("agreements")
    today = date.today()  # noqa: DTZ011  # which year the calendar must reach is no instant
    paths = [examined.settings.agreements or default]
    found = examine(paths, else_parties=default / PARTIES_FILE)
    for problem in found.problems:
        yield Finding("agreement", str(problem), "correct it; see `seintje agreement check`")
    if found.problems:
        return
    names = ", ".join(f"{it.id} {it.version}" for it in found.agreements)
    yield Finding("agreement", f"{names}: nothing wrong")
    for problem in examine(paths, else_parties=default / PARTIES_FILE, today=today).problems:
        do = "agree on a new version that goes further, before this one comes to its end"
        yield look("agreement", str(problem), do)
    yield from _in_force(found.agreements, today)


def _in_force(agreements: Sequence[Agreement], today: date) -> Iterator[Finding]:
    """Whether one holds, and whether one ends before another takes over."""
    holding = [it for it in agreements if it.valid_from <= today and not _is_over(it, today)]
    if not holding:
        told = "no agreement is in force today: every fact is refused with `no-convenant`"
        yield Finding("agreement", told, "put the agreement that holds now into SEINTJE_AGREEMENTS")
    for it in holding:
        ends = it.valid_until
        if ends is not None and ends - today < _SOON and not _is_followed(it, agreements):
            told = f"{it.id} {it.version} ends on {ends}, and none comes after it"
            do = "add its next version: without one facts are refused from then on"
            yield look("agreement", told, do)


def _is_over(agreement: Agreement, today: date) -> bool:
    return agreement.valid_until is not None and agreement.valid_until < today


def _is_followed(agreement: Agreement, agreements: Sequence[Agreement]) -> bool:
    """Whether others hold on the day after, for all its gemeenten."""
    assert agreement.valid_until is not None, "it ends"
    after = agreement.valid_until + timedelta(days=1)
    later = [it for it in agreements if it.valid_from <= after and not _is_over(it, after)]
    covered = frozenset[str]().union(*(it.gemeenten for it in later))
    return agreement.gemeenten <= covered


def schemas(_examined: Examined) -> Iterator[Finding]:
    """The shipped schemas."""
    from hub.shipped import shipped
    from hub.wire.schemas import check

    problems = check(shipped("schemas/avro"))
    for problem in problems:
        yield Finding("schemas", str(problem), "install Seintje again, or undo the change")
    if not problems:
        yield Finding("schemas", "sound, and fit every earlier version")


def data(examined: Examined) -> Iterator[Finding]:
    """The data directory: closed to others, and whole."""
    from hub.streams.sqlite.directory import DATABASE

    folder = examined.settings.data
    if not folder.exists():
        yield Finding("data", f"{folder} is not there yet; the first `seintje run` makes it")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("data", f"{folder} cannot be written", "give this user the right to")
        return
    if folder.stat().st_mode & _EVERYBODY:
        yield Finding("data", f"{folder} is open to others", f"chmod 700 {folder}")
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


def key(examined: Examined) -> Iterator[Finding]:
    """The key of the hub, wherever it is kept."""
    from hub.compose.key_source import key_of, own_key_of
    from hub.streams.sqlite.directory import DATABASE

    settings = examined.settings
    on_kafka = settings.kafka_brokers is not None  # no process of such a hub makes its key
    source = key_of(settings) if on_kafka else own_key_of(settings)
    if source.is_missing and not (on_kafka or (settings.data / DATABASE).exists()):
        yield Finding("key", f"{source.where} is not there yet; the first `seintje run` makes it")
        return
    keys = source.keys()
    told = f"{source.where} ({keys.fingerprint}); keep a copy where the data is not"
    yield Finding("key", told)


def clock(examined: Examined) -> Iterator[Finding]:
    """The clock of this machine, beside the last instant that the hub worked at."""
    from hub.clocks import SystemClock
    from hub.domain.time import AMSTERDAM, format_instant

    now = SystemClock().now()
    told = format_instant(now)
    if datetime.fromtimestamp(now / 1000, UTC).year < _FIRST_YEAR:
        yield Finding("clock", told, "set the clock of this machine, and let NTP keep it")
        return
    last = _last_known(examined.settings)
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


def port(examined: Examined) -> Iterator[Finding]:
    """Whether a hub can listen where it is told to, or does so already."""
    from hub.gateway.server import open_socket

    listen = examined.settings.listen
    if _answers(listen.host, listen.port, examined.seconds):
        if examined.settings.tls_certificate is not None:
            # whose it is, its certificate says to clients
            yield Finding("port", f"somebody answers on {listen}, which may be the hub over TLS")
        elif _is_hub(str(listen), examined.seconds):
            yield Finding("port", f"a hub answers on {listen}")
        else:
            told = f"{listen} is another program's"
            yield Finding("port", told, "stop that one, or give another --listen")
        return
    open_socket(listen).close()
    yield Finding("port", f"{listen} is free")


def _answers(host: str, port: int, seconds: float) -> bool:
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False


def _is_hub(where: str, seconds: float) -> bool:
    from hub.cli.asking import ask
    from hub.errors import Misconfigured, Unavailable

    try:
        answer = ask("--listen", f"http://{where}", "/healthz", seconds)
    except (Unavailable, Misconfigured):
        return False
    return answer.status in (200, 503) and b"status" in answer.body
