"""`python -m tests.kafka FOLDER` (`make kafka`): one broker in the foreground.

Its data survive a restart: they are in FOLDER, by port. Ctrl-C or SIGTERM stops it. A broker for
work at one's own machine: no passwords, loopback only.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

from tests.kafka.broker import LOOPBACK, Broker
from tests.kafka.jars import JarsMissing
from tests.kafka.program import NotStarted


def main() -> int:
    said = os.environ.get("KAFKA_PORT") or "9092"
    if not (said.isascii() and said.isdigit() and 1 <= int(said) < 65535):
        return _refuse(f"KAFKA_PORT is not a port: {said!r}")
    port = int(said)
    for each in (port, port + 1):
        if _is_taken(each):
            return _refuse(
                f"Port {each} of {LOOPBACK} is taken: stop what listens there, or choose another "
                f"pair: make kafka KAFKA_PORT={port + 100}"
            )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return _run(Broker(Path(sys.argv[1]) / said, port))


def _run(broker: Broker) -> int:
    print(f"Starting Kafka; its data and its log are in {broker.folder}", flush=True)
    try:
        broker.start()
        print(f"Kafka answers at {broker.connection.brokers}; Ctrl-C stops it", flush=True)
        broker.wait()
    except (NotStarted, JarsMissing) as error:
        return _refuse(f"Kafka did not start: {error}")
    except KeyboardInterrupt:
        print("Stopping Kafka", flush=True)
        broker.stop()
        return 0
    return _refuse(f"Kafka ended by itself; see {broker.log}")


def _is_taken(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def _refuse(told: str) -> int:
    print(told, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
