"""What `seintje doctor` finds of what the hub keeps beside what is installed: schema, read model,
key, and the agreements that the state was made by. Only reads, also while a hub runs on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final

from hub.cli.examining import Examined
from hub.cli.finding import Finding, look

if TYPE_CHECKING:
    from hub.settings import Settings

_VERSIONS: Final = "versions"


def versions(examined: Examined) -> Iterator[Finding]:
    """Whether this release can go on with what is kept; nothing where nothing is kept yet."""
    from hub.streams.sqlite.directory import DATABASE
    from hub.streams.sqlite.opening import connect_to_read

    database = examined.settings.data / DATABASE
    yield _installed()
    if not database.exists():
        return
    with closing(connect_to_read(database)) as connection:
        yield from _schema(connection)
        yield from _agreements(connection, examined.settings)
        yield from _key(connection, database, examined.settings)


def _installed() -> Finding:
    from importlib.metadata import version
    from platform import python_version
    from sqlite3 import sqlite_version

    told = f"Seintje {version('seintje')}, Python {python_version()}, SQLite {sqlite_version}"
    return Finding(_VERSIONS, told)


def _schema(connection: Connection) -> Iterator[Finding]:
    from hub.reading import model
    from hub.streams.sqlite.schema import MIGRATIONS, check_version

    found, known = check_version(connection), len(MIGRATIONS)
    read = (
        connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'read_version'").fetchone()
        and connection.execute("SELECT version FROM read_version").fetchone()
    )
    shown = f"schema {found}, read model {read[0] if read else 'none yet'}"
    if read and read[0] > model.VERSION:
        do = "run the release that made it; this one is older"
        yield Finding(_VERSIONS, f"{shown}, and this release knows {model.VERSION}", do)
    elif found < known or (read and read[0] < model.VERSION):
        told = f"{shown}: older than this release, which brings it up to date when it starts"
        do = "make a backup before that: an older release cannot read it afterwards"
        yield look(_VERSIONS, told, do)
    else:
        yield Finding(_VERSIONS, f"{shown}, as this release makes them")


def _agreements(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """The digests in the state, beside those of the files that are configured."""
    from hub.cli.options import agreements_at
    from hub.compose.embedded import SHARDS
    from hub.streams.correlate import AGREEMENTS, META
    from hub.streams.entries import FACTS
    from hub.streams.sqlite.state import SqliteState

    made_by = SqliteState(connection, SHARDS[FACTS]).get(META, AGREEMENTS)
    if made_by is None:
        return
    known = {
        it.digest: f"{it.id} {it.version}" for it in agreements_at(settings.agreements, None)[0].all
    }
    kept = set(made_by.decode().split("\n"))
    if kept == known.keys():
        yield Finding(_VERSIONS, f"the state was made by {', '.join(sorted(known.values()))}")
        return
    new = [name for digest, name in known.items() if digest not in kept]
    gone = len(kept - known.keys())
    told = f"the state was made by other agreement files: {len(new)} are new or changed"
    told += f" ({', '.join(new)})" if new else ""
    do = (
        "nothing, if you changed them: the hub looks at every household anew when it starts. Else "
        "put back the files of before; `seintje agreement diff` shows what differs"
    )
    yield look(_VERSIONS, f"{told}, {gone} are gone", do)


def _key(connection: Connection, database: Path, settings: Settings) -> Iterator[Finding]:
    from hub.compose.key_source import own_key_of
    from hub.errors import Misconfigured, Unavailable
    from hub.streams.sqlite.progress import claimed_by

    owner = claimed_by(connection)
    if owner is None:
        return
    try:
        keys = own_key_of(settings).keys()
    except (Misconfigured, Unavailable):  # told by the check of the key
        return
    if keys.fingerprint != owner:
        told = f"{database} was sealed with key {owner}, and the key file holds {keys.fingerprint}"
        yield Finding(_VERSIONS, told, "restore the key file that goes with it")
