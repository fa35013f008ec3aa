"""A schema registry on loopback that forgets everything when it ends: Apicurio Registry.

It speaks the API that Confluent's clients know, below /apis/ccompat/v7.
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from tests.kafka import jars
from tests.kafka.broker import LOOPBACK, free_ports
from tests.kafka.java import JAVA, SMALL
from tests.kafka.program import Program

_LISTENS: Final = "Listening on: http://"


class Registry(Program):
    """`start` returns when it answers."""

    def __init__(self, folder: Path) -> None:
        port, management = free_ports(2)
        settings = {
            "apicurio.storage.kind": "sql",
            "apicurio.storage.sql.kind": "h2",
            "quarkus.http.host": LOOPBACK,
            "quarkus.http.port": port,
            "quarkus.management.host": LOOPBACK,
            "quarkus.management.port": management,
        }
        set_to = [f"-D{name}={value}" for name, value in settings.items()]
        program = str(unpacked() / "quarkus-run.jar")
        super().__init__(folder, [JAVA, "-Xmx512m", *SMALL, *set_to, "-jar", program], _LISTENS)
        self.url = f"http://{LOOPBACK}:{port}/apis/ccompat/v7"


def unpacked() -> Path:
    """Where the program lies; fetched and unpacked by the first who asks, and then kept."""
    [hash_] = jars.locked("registry").values()
    folder = jars.cache() / f"registry-{hash_[:16]}"
    with jars.only_one(jars.cache() / "registry.lock"):
        if not folder.exists():
            [archive] = jars.fetched("registry")
            with tempfile.TemporaryDirectory(dir=jars.cache()) as arriving:
                whole = Path(arriving) / folder.name
                with tarfile.open(archive) as packed:
                    packed.extractall(whole, filter="data")
                os.rename(whole, folder)
            archive.unlink()  # 158 MB that nobody needs a second time
    return folder
