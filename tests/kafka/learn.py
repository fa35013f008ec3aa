"""Lets a broker run once, so that Java learns its classes (`java.LEARNED`). Part of `make jars`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewTopic

from tests.kafka.broker import Broker
from tests.kafka.java import LEARNED, kafka_java_with


def main() -> None:
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
