"""The families of `seintje connect`, as `hub.telemetry.catalogue` has them.

A connector makes them itself (`connectors.metrics`): it is a program of a party, and knows nothing
of what runs in a hub. A test holds the two together.
"""

from __future__ import annotations

from typing import Final

from hub.telemetry.family import Role, counter, gauge

_CONNECT: Final = frozenset({Role.CONNECT})

CONNECTORS: Final = (
    counter("seintje_connector_records", "Things read, by source.", _CONNECT, "source", "outcome"),
    counter(
        "seintje_connector_facts", "Facts published, as the hub answered.", _CONNECT, "outcome"
    ),
    counter("seintje_connector_delivered", "Alerts delivered.", _CONNECT, "sink", "outcome"),
    counter("seintje_connector_failures", "Attempts that failed.", _CONNECT, "part", "reason"),
    gauge(
        "seintje_connector_last_success_timestamp_seconds",
        "When a part last worked, since 1970.",
        _CONNECT,
        "part",
    ),
    gauge("seintje_connector_waiting_facts", "Facts on their way to the hub.", _CONNECT),
    gauge("seintje_connector_dead_letters", "What could not be read, said or delivered.", _CONNECT),
    gauge("seintje_connector_inbox", "What the other side brought and was not read yet.", _CONNECT),
)
