"""`seintje doctor`: whether a hub can run here and does well, and what to do where it does not.

Each check is by itself: one that fails says so and the next one looks all the same, whatever is
broken. What they look at stands in `doctor_*`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from hub.cli.doctor_backup import backups
from hub.cli.doctor_certificates import certificates
from hub.cli.doctor_disk import disk
from hub.cli.doctor_hub import agreement, clock, data, key, port, schemas
from hub.cli.doctor_identity import found_of_identity
from hub.cli.doctor_kafka import found_of_kafka
from hub.cli.doctor_life import dead_letters, feeds, households, ready, subscriptions
from hub.cli.doctor_mail import mail
from hub.cli.doctor_skew import skew
from hub.cli.doctor_state import versions
from hub.cli.examining import Check, Examined
from hub.cli.finding import Finding, Severity, unknown
from hub.cli.options import AsJson, DataAt
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.settings import Found

_SETTINGS: Final = "settings"
_CANNOT_FIND_OUT: Final = 3
_MARKS: Final = {Severity.GOOD: "✓", Severity.LOOK: "!", Severity.UNKNOWN: "?", Severity.WRONG: "✗"}


class Named(NamedTuple):
    """A check, by what its findings are called."""

    names: tuple[str, ...]
    check: Check


CHECKS: Final = (
    Named(("agreement",), agreement),
    Named(("schemas",), schemas),
    Named(("data",), data),
    Named(("disk",), disk),
    Named(("key",), key),
    Named(("backup",), backups),
    Named(("versions",), versions),
    Named(("clock",), clock),
    Named(("port",), port),
    Named(("tls", "identities"), found_of_identity),
    Named(("certificates",), certificates),
    Named(("kafka", "topics", "rights", "registry"), found_of_kafka),
    Named(("skew",), skew),
    Named(("mail",), mail),
    Named(("ready",), ready),
    Named(("dead-letters",), dead_letters),
    Named(("households",), households),
    Named(("feeds",), feeds),
    Named(("subscriptions",), subscriptions),
)
NAMES: Final = (_SETTINGS, *(name for it in CHECKS for name in it.names))


def doctor(
    ctx: typer.Context,
    data: DataAt = None,
    role: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE",
            help="Which part of a hub on Kafka to look at: worker, gateway or deliver.",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="URL", help="Where the process runs; without it where it would listen."
        ),
    ] = None,
    check: Annotated[
        list[str] | None,
        typer.Option("--check", metavar="NAME", help="Only this one; may be given more than once."),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout", metavar="S", min=0.1, help="How many seconds to wait for each answer."
        ),
    ] = 5.0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 for what is to be looked at, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check whether a hub can run here, and say what to do.

    Each finding is good, to be looked at (!), wrong (✗), or could not be found out (?). Exit 0 if
    nothing is wrong, 1 if something is, 2 for wrong use, 3 if something could not be found out.
    Changes nothing, also while a hub runs. docs/doctor.md explains each check.
    """
    from hub.streams.kafka.grants import ROLES

    screen = screen_of(ctx, as_json=as_json)
    _known("--role", role, ROLES)
    for name in check or ():
        _known("--check", name, NAMES)
    asked = Asked(data, role, at, timeout, tuple(check or NAMES))
    findings = list(examined(screen.environ, asked))
    _show(screen, findings)
    code = code_of(findings, strict=strict)
    if code:
        raise typer.Exit(code)


class Asked(NamedTuple):
    """What the command line asks for."""

    data: Path | None = None
    role: str | None = None
    at: str | None = None
    seconds: float = 5.0
    names: Sequence[str] = NAMES

    @property
    def given(self) -> Mapping[str, str | None]:
        """What it says of settings."""
        return {"data": None if self.data is None else str(self.data)}


def examined(environ: Mapping[str, str], asked: Asked) -> Iterator[Finding]:
    """What every check that was asked for finds."""
    from hub.settings import read

    found = read(environ, asked.given)
    for mistake in found.mistakes:
        do = "correct it; docs/settings.md has what is allowed, `seintje settings` what holds"
        yield Finding(_SETTINGS, str(mistake), do)
    settings = found.settings
    if not found.mistakes and _SETTINGS in asked.names:
        yield from _of_settings(found, asked.role)
    under = Examined(settings, asked.role, asked.seconds, asked.at)
    for named in CHECKS:
        if set(named.names) & set(asked.names):
            yield from (it for it in _found(named, under) if _is_told(it, asked))


def _is_told(finding: Finding, asked: Asked) -> bool:
    """What keeps others from looking is told, whatever was asked for."""
    is_bad = finding.severity in (Severity.WRONG, Severity.UNKNOWN)
    return is_bad or finding.check in asked.names


def _of_settings(found: Found, asked: str | None) -> Iterator[Finding]:
    """Settings beside each other, and whether what they point to is there, for a role; what that
    holds is told by its own check."""
    from hub.settings import Role, judged

    settings = found.settings
    on_kafka = settings.kafka_brokers is not None
    role = Role(asked) if asked else Role.TOPICS if on_kafka else Role.RUN
    mistakes = judged(found, role).mistakes
    for it in mistakes:
        yield Finding(_SETTINGS, str(it), f"correct it: `seintje {role}` does not start with it")
    if not mistakes:
        yield Finding(_SETTINGS, f"data {settings.data}, listen {settings.listen}")


def _found(named: Named, under: Examined) -> Iterator[Finding]:
    """What one check finds, and what keeps it from looking."""
    from hub.errors import Misconfigured, SeintjeError

    name = named.names[0]
    try:
        yield from named.check(under)
    except Misconfigured as error:
        yield Finding(name, error.where, error.do.strip())
    except SeintjeError as error:
        yield unknown(name, str(error), "look again when it is back")
    except OSError as error:
        told = f"{error.filename or 'the system'}: {error.strerror or error}"
        yield unknown(name, told, "see to it that this user can use it")
    except (sqlite3.Error, ValueError, LookupError, RuntimeError) as error:
        # of what is broken badly: others look all the same
        told = f"it could not look ({type(error).__name__})"
        yield unknown(name, told, "look at what the other checks say; if nothing is wrong, tell us")


def code_of(findings: Collection[Finding], *, strict: bool = False) -> int:
    """How the command ends."""
    found = {it.severity for it in findings}
    if Severity.WRONG in found or (strict and Severity.LOOK in found):
        return 1
    return _CANNOT_FIND_OUT if Severity.UNKNOWN in found else 0


def _known(option: str, name: str | None, names: Collection[str]) -> None:
    from hub.domain.marked import suggestion

    if name is not None and name not in names:
        near = suggestion(name, names)
        told = f"there is no `{name}`{near}" if near else f"one of {', '.join(names)}"
        raise typer.BadParameter(told, param_hint=option)


def _show(screen: Screen, findings: Sequence[Finding]) -> None:
    if not screen.shows_tables:
        screen.rows(map(_row, findings))
        return
    for finding in findings:
        screen.lines([f"{_MARKS[finding.severity]} {finding.check}: {finding.says}"])
        if finding.do:
            todo = screen.words(nl="doe dit", en="do this")
            screen.lines([f"    {todo}: {finding.do}"])
    _sum_up(screen, findings)


def _sum_up(screen: Screen, findings: Sequence[Finding]) -> None:
    by = {how: sum(it.severity is how for it in findings) for how in Severity}
    wrong, looks, unknowns = by[Severity.WRONG], by[Severity.LOOK], by[Severity.UNKNOWN]
    screen.lines(
        [
            screen.words(
                nl=f"{by[Severity.GOOD]} goed, {looks} om naar te kijken, {wrong} fout, "
                f"{unknowns} niet te achterhalen",
                en=f"{by[Severity.GOOD]} good, {looks} to look at, {wrong} wrong, "
                f"{unknowns} could not be found out",
            )
        ]
    )


def _row(finding: Finding) -> dict[str, object]:
    is_ok = finding.severity in (Severity.GOOD, Severity.LOOK)
    row: dict[str, object] = {"ok": is_ok, "severity": finding.severity.value}
    return row | {"check": finding.check, "says": finding.says, "do": finding.do}
