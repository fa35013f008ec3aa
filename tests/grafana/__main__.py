"""`python -m tests.grafana [FOLDER]`: draw every dashboard with the answers of a real hub.

A hub on Kafka is put under load for a minute and a real Prometheus scrapes it; halfway one of its
two workers is killed, so that there is something to see. Writes `docs/dashboards/*.svg`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from hub.streams.kafka.names import Names
from tests.grafana.asking import shown
from tests.grafana.drawing import drawn
from tests.grafana.hubs import on_kafka
from tests.grafana.reading import boards
from tests.house.sources import ROOT
from tests.kafka.broker import Broker
from tests.prometheus.prepare import MISSING, find

LOADED_S: Final = 60.0
FOLDER: Final = ROOT / "docs" / "dashboards"


async def draw(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        broker = Broker(Path(scratch) / "broker")
        try:
            broker.start()
            site = Path(scratch) / "hub"
            site.mkdir()
            async with on_kafka(
                site, broker.connection, Names("pictures"), LOADED_S, loses_a_worker=True
            ) as watched:
                for file, board in boards():
                    picture = drawn(board, partial(shown, watched, board["uid"]))
                    (folder / f"{file.stem}.svg").write_text(picture, "utf-8")
        finally:
            broker.kill()


if __name__ == "__main__":
    if find("prometheus") is None:
        sys.exit(MISSING)
    asyncio.run(draw(Path(sys.argv[1]) if sys.argv[1:] else FOLDER))
