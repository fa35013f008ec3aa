"""The job as a stock Faust agent with a Table, at least once: what Faust's own guide begins with.

`python -m bench.peers.faust_agent BROKERS FACTS ALERTS APP` runs until SIGTERM. The table is
kept in memory, which is the faster of Faust's stores.
"""

from __future__ import annotations

import sys
import tempfile
from typing import Any

import faust

from bench.peers import job

_PARTITIONS = 4


def app_for(brokers: str, facts: str, alerts: str, name: str) -> faust.App:
    """The app; its group and its change log are called after `name`."""
    app = faust.App(
        name,
        broker=f"kafka://{brokers}",
        store="memory://",
        datadir=tempfile.mkdtemp(),
        topic_partitions=_PARTITIONS,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    told = app.topic(alerts, key_type=str, key_serializer="raw", value_serializer="json")
    households = app.Table("household", partitions=_PARTITIONS, key_type=str, value_type=dict)
    stream = app.topic(facts, key_type=str, key_serializer="raw", value_serializer="json")

    async def rules(found: Any) -> None:
        async for key, fact in found.items():
            household = households.get(key) or job.fresh()
            for rule in job.take(household, fact):
                await told.send(key=key, value=job.alert(key, rule, fact))
            households[key] = household

    app.agent(stream)(rules)
    return app


if __name__ == "__main__":
    worker = faust.Worker(app_for(*sys.argv[1:]), loglevel="ERROR", quiet=True)
    worker.execute_from_commandline()
