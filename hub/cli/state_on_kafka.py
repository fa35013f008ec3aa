"""`seintje state` for a hub on Kafka."""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing
from pathlib import Path

from hub.cli.options import agreements_at
from hub.cli.screen import Screen
from hub.cli.state_files import Done, Keyed, keyed, whole
from hub.cli.state_from_kafka import export, gather
from hub.cli.state_onto_kafka import put_onto
from hub.cli.state_spool import Spool
from hub.compose.key_source import key_of
from hub.settings import Settings
from hub.streams.export_file import Trailer, require_free
from hub.telemetry.logs import start_logs


def exported(screen: Screen, settings: Settings, file: Path, rekey: Path | None) -> Done:
    """Write a hub that is at rest to a file."""
    start_logs(least=logging.WARNING)  # of each partition it would be told that it was restored
    require_free(file)
    own_key = key_of(settings)
    keys = keyed(own_key, rekey)
    trailer = _written(screen, settings, file, keys)
    return Done(trailer, keys.sealing.fingerprint, own_key)


def brought_in(screen: Screen, settings: Settings, file: Path) -> Done:
    """Make a hub below the prefix of the settings."""
    own_key = key_of(settings)
    parties = agreements_at(settings.agreements, None)[1]
    header, trailer = whole(file, own_key)
    told = screen.words(nl=f"{file} importeren", en=f"Importing {file}")
    with screen.progress(told, trailer.entries) as advance:
        left_out = asyncio.run(put_onto(settings, file, parties, advance))
    where = {"kafka": settings.kafka_brokers, "prefix": settings.kafka_prefix}
    more = {"leftOut": left_out} if left_out else {}
    return Done(trailer, header.fingerprint, own_key, where | more)


def _written(screen: Screen, settings: Settings, file: Path, keys: Keyed) -> Trailer:
    parties = agreements_at(settings.agreements, None)[1]
    hub = settings.kafka_prefix
    with closing(Spool(file, parties)) as spool:
        told = screen.words(nl=f"{hub} lezen", en=f"Reading {hub}")
        with screen.progress(told, None) as advance:
            gathered = asyncio.run(gather(settings, parties, spool, advance))
        told = screen.words(nl=f"{hub} exporteren", en=f"Exporting {hub}")
        with screen.progress(told, gathered.count) as advance:
            return export(gathered, file, (keys.own, keys.onto), advance)
