"""Backups of a hub on Kafka: an export of one that is at rest, sealed; and back onto Kafka."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.cli.options import agreements_at
from hub.cli.screen import Screen
from hub.cli.state_from_kafka import entries_of, gather, header_of
from hub.cli.state_spool import Spool
from hub.compose.key_source import key_of
from hub.keys import Keys
from hub.settings import Settings
from hub.streams import backup_file
from hub.telemetry.logs import start_logs


def create(screen: Screen, settings: Settings, file: Path) -> None:
    """Make a backup of a hub of which nothing runs."""
    start_logs(least=logging.WARNING)
    keys = key_of(settings).keys()
    parties = agreements_at(settings.agreements, None)[1]
    hub = settings.kafka_prefix
    with closing(Spool(file, parties)) as spool:
        told = screen.words(nl=f"{hub} lezen", en=f"Reading {hub}")
        with screen.progress(told, None) as advance:
            gathered = asyncio.run(gather(settings, parties, spool, advance))
        told = screen.words(nl=f"Back-up van {hub}", en=f"Backing up {hub}")
        with screen.progress(told, gathered.count) as advance:
            entries = entries_of(gathered, keys, None)
            header = header_of(gathered, keys)
            backup_file.write(file, header, None, (entries, advance), keys)


@contextmanager
def as_export(file: Path, keys: Keys) -> Iterator[Path]:
    """The export in a backup as a file of its own, for as long as the block runs."""
    with TemporaryDirectory(prefix="seintje-") as folder:
        export = Path(folder) / "export"
        with backup_file.unsealed(keys)(file) as sealed, export.open("xb") as out:
            export.chmod(0o600)
            shutil.copyfileobj(sealed, out, 1 << 20)
        yield export
