"""What `seintje doctor` finds of a hub at work: whether it is ready, what could not be processed or
delivered, whom nothing is told of, which feeds are late.

Out of the metrics of the process that runs there; where none does, out of the data directory, as
far as that knows. Counts and ids of parties, never a household.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from hub.cli.examining import Examined
from hub.cli.finding import Finding, look

if TYPE_CHECKING:
    from hub.cli.exposition import Exposition

Counts: TypeAlias = Mapping[tuple[str, ...], float]

_NOT_SENT: Final = ("paused", "failing", "disabled", "unverified")
_OLD_S: Final = 3600.0


class Known(NamedTuple):
    """What is known; None: nobody says. By reason; by party and feed, in seconds; by life; by
    party, in seconds."""

    dead_letters: Counts | None = None
    frozen: float | None = None
    late: Counts | None = None
    lives: Counts | None = None
    undelivered: Counts | None = None
    broken: float | None = None


def ready(examined: Examined) -> Iterator[Finding]:
    """Whether the process that runs there can do its work; good where none runs, unless somebody
    said where it is."""
    pages = examined.pages
    if pages.away is not None:
        if examined.is_asked_for:
            yield Finding("ready", f"{pages.url}: {pages.away}", "start it, or correct --at")
        else:
            yield Finding("ready", f"no process of a hub answers on {pages.url}")
        return
    for name, page in (("ready", pages.ready), ("healthy", pages.health)):
        for reason in page.reasons if page is not None else ():
            do = "see docs/kafka-operations.md for what this means, and the log of the process"
            yield Finding("ready", f"{pages.url} is not {name}: {reason}", do)
    if not (pages.ready and pages.ready.reasons) and not (pages.health and pages.health.reasons):
        yield Finding("ready", f"{pages.url} is ready")


def dead_letters(examined: Examined) -> Iterator[Finding]:
    """What could not be processed or delivered, and waits for somebody."""
    found = known_of(examined).dead_letters
    if found is None:
        return
    waiting = {reason: int(count) for (reason,), count in found.items() if count}
    if not waiting:
        yield Finding("dead-letters", "none")
        return
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(waiting.items()))
    do = "look at them with `seintje dead-letters list`; redrive them when the cause is gone"
    yield look("dead-letters", told, do)


def households(examined: Examined) -> Iterator[Finding]:
    """Households of which nothing is told until a fact of theirs is redriven."""
    frozen = known_of(examined).frozen
    if frozen is None:
        return
    if frozen:
        told = f"of {frozen:.0f} households nothing is told, for a fact of theirs failed"
        yield look("households", told, "`seintje dead-letters list` says why; then redrive it")
    else:
        yield Finding("households", "none is frozen")


def feeds(examined: Examined) -> Iterator[Finding]:
    """Feeds that were promised and have not come in time."""
    late = known_of(examined).late
    if late is None:
        return
    found = {labels: seconds for labels, seconds in late.items() if seconds > 0}
    for (party, feed), seconds in sorted(found.items()):
        told = f"{party}: {feed} is {seconds / 3600:.0f} hours late; alerts wait for it"
        yield look("feeds", told, "ask that party whether its system still sends")
    if not found:
        yield Finding("feeds", "none is late")


def subscriptions(examined: Examined) -> Iterator[Finding]:
    """Subscriptions that nothing is delivered to."""
    known = known_of(examined)
    if known.lives is not None:
        stopped = {life: int(n) for (life,), n in known.lives.items() if n and life in _NOT_SENT}
        told = ", ".join(f"{count} {life}" for life, count in stopped.items())
        do = "`seintje subscriptions list` says which and why; tell the party"
        total = int(sum(known.lives.values()))
        good = Finding("subscriptions", f"{total}, none stopped")
        yield look("subscriptions", told, do) if stopped else good
    if known.broken:
        told = f"{known.broken:.0f} stopped by a fault of the hub"
        yield Finding("subscriptions", told, "look in its log for what it says of them")
    for (party,), seconds in sorted((known.undelivered or {}).items()):
        if seconds > _OLD_S:
            told = f"{party}: the oldest waits for {seconds / 3600:.0f} hours"
            yield look("subscriptions", told, "see why with `seintje subscriptions attempts`")


def known_of(examined: Examined) -> Known:
    """What the process that runs there says, and where it says nothing what lies in the data
    directory; that may be another hub's where somebody said where to look."""
    figures = examined.pages.figures
    told = Known() if figures is None else _of_figures(figures)
    if examined.is_asked_for:
        return told
    kept = _of_database(examined)
    silent = {name for name, value in told._asdict().items() if value is None}
    return told._replace(**{name: getattr(kept, name) for name in silent})


def _of_figures(figures: Exposition) -> Known:
    def by(name: str, *labels: str) -> Counts | None:
        return figures.by(name, *labels) or None

    return Known(
        by("seintje_dead_letters_open", "reason"),
        figures.total("seintje_households_frozen"),
        by("seintje_feed_late_seconds", "party", "feed"),
        by("seintje_subscriptions", "life"),
        by("seintje_webhook_oldest_seconds", "party"),
        figures.total("seintje_webhook_broken"),
    )


def _of_database(examined: Examined) -> Known:
    from hub.compose.embedded import SHARDS
    from hub.streams.frozen import FROZEN
    from hub.streams.sqlite.directory import DATABASE
    from hub.streams.sqlite.opening import connect_to_read
    from hub.streams.sqlite.state import SqliteState

    database = examined.settings.data / DATABASE
    if not database.exists():
        return Known()
    with closing(connect_to_read(database)) as connection:
        connection.execute("BEGIN")
        states = [SqliteState(connection, shard) for shard in SHARDS.values()]
        return Known(
            dead_letters=_dead_letters(connection),
            frozen=float(sum(sum(1 for _ in state.scan(FROZEN)) for state in states)),
            lives=_lives(connection),
        )


def _dead_letters(connection: Connection) -> Counts | None:
    if not _has(connection, "read_dead_letter"):
        return None
    rows = connection.execute("SELECT reason, count(*) FROM read_dead_letter GROUP BY reason")
    return {(reason,): count for reason, count in rows}


def _lives(connection: Connection) -> Counts | None:
    from collections import Counter

    from hub.delivery.shelf import every

    if not _has(connection, "setting"):
        return None
    return Counter((it.subscription.life.value,) for it in every(connection).values())


def _has(connection: Connection, table: str) -> bool:
    there = "SELECT 1 FROM sqlite_master WHERE name = ?"
    return connection.execute(there, (table,)).fetchone() is not None
