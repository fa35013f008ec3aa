"""`make jars`: fetches what tests run in Java, and lets a broker run once.

In that run Java learns the classes of Kafka (`java.LEARNED`).
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewTopic

from tests.kafka import jars
from tests.kafka.broker import Broker
from tests.kafka.java import LEARNED, kafka_java_with
from tests.kafka.registry import unpacked


def main() -> None:
    jars.fetched("kafka")
    unpacked()
    print("kafka: letting Java learn its classes", file=sys.stderr)
    LEARNED.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=LEARNED.parent) as folder:
        written = Path(folder) / LEARNED.name
        broker = Broker(Path(folder) / "broker")
        broker.command[:-2] = kafka_java_with([f"-XX:AOTCacheOutput={written}"])
        broker.start()
        admin = AdminClient(broker.connection.for_admin())
        [made] = admin.create_topics([NewTopic("a", 1)]).values()
        made.result(30)
        broker.stop()  # it writes the file when it ends
        os.replace(written, LEARNED)


if __name__ == "__main__":
    main()
