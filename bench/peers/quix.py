"""The job on Quix Streams, exactly once: a stateful function over a stream of facts.

`python -m bench.peers.quix BROKERS FACTS ALERTS GROUP FOLDER` runs until SIGTERM, in the
environment of `make bench-peers`. Commits once a second where Quix does it every five, so that
there is something to see in a short run.
"""

from __future__ import annotations

import sys
from typing import Any

from quixstreams import Application, State

from bench.peers import job

_COMMIT_SECONDS = 1.0


def take(value: dict[str, Any], key: Any, at: int, headers: Any, state: State) -> list[Any]:
    """The alerts that a fact gives, and the household changed."""
    household = state.get("household") or job.fresh()
    begun = job.take(household, value)
    state.set("household", household)
    return [job.alert(_text(key), rule, value) for rule in begun]


def _text(key: Any) -> str:
    return key.decode() if isinstance(key, bytes) else str(key)


def main(brokers: str, facts: str, alerts: str, group: str, folder: str) -> None:
    app = Application(
        broker_address=brokers,
        consumer_group=group,
        auto_offset_reset="earliest",
        commit_interval=_COMMIT_SECONDS,
        processing_guarantee="exactly-once",
        state_dir=folder,
        loglevel="ERROR",
    )
    read = app.topic(facts, key_deserializer="bytes", value_deserializer="json")
    told = app.topic(alerts, key_serializer="bytes", value_serializer="json")
    stream = app.dataframe(read)
    stream.apply(take, stateful=True, metadata=True, expand=True).to_topic(told)
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
