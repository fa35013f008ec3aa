"""Every family of metrics that a process of Seintje can show, in one place.

From here they are made, written down (`docs/metrics.md`) and checked: rules, dashboards and
manifests name no family and no label that does not stand here. Names follow the conventions of
Prometheus: `seintje_`, base units, `_total` on what only grows (which the exposition adds).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.telemetry.family import Family, Kind, Of, Role

_QUICK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 40)
# From a fact to what is told of it: the promise is seconds, and a backlog takes minutes or hours.
_LONG: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400)
_RESTORES: Final = (0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)

_IN: Final = frozenset({Role.RUN, Role.GATEWAY})
_TAKING: Final = frozenset({Role.RUN, Role.WORKER})
_SENDING: Final = frozenset({Role.RUN, Role.DELIVER})
_HUB: Final = frozenset({Role.RUN, Role.WORKER, Role.GATEWAY, Role.DELIVER})
_WORKER: Final = frozenset({Role.WORKER})
_RUN: Final = frozenset({Role.RUN})
_GATEWAY: Final = frozenset({Role.GATEWAY})
_CONNECT: Final = frozenset({Role.CONNECT})


def _counter(
    name: str, told: str, roles: frozenset[Role], *labels: str, of: Of = Of.PROCESS
) -> Family:
    return Family(name=name, kind=Kind.COUNTER, told=told, labels=labels, roles=roles, of=of)


def _gauge(
    name: str, told: str, roles: frozenset[Role], *labels: str, of: Of = Of.PROCESS
) -> Family:
    return Family(name=name, kind=Kind.GAUGE, told=told, labels=labels, roles=roles, of=of)


def _histogram(
    name: str, told: str, roles: frozenset[Role], *labels: str, buckets: tuple[float, ...]
) -> Family:
    return Family(
        name=name, kind=Kind.HISTOGRAM, told=told, labels=labels, roles=roles, buckets=buckets
    )


_PROCESS: Final = (
    _gauge("seintje_build_info", "1; the version that runs.", _HUB | _CONNECT, "version", "role"),
    _gauge(
        "seintje_agreement_info",
        "1; an agreement that this process has read.",
        _TAKING | _IN,
        "id",
        "version",
    ),
    _gauge("seintje_ready", "1 if this process can do its work: a gateway accepts facts.", _HUB),
    _gauge("seintje_data_free_bytes", "Space left where the data directory is.", _IN | _SENDING),
    _gauge(
        "seintje_certificate_expiry_timestamp_seconds",
        "When the first certificate in a file that is used expires, since 1970.",
        _HUB,
        "certificate",
    ),
)

_INTAKE: Final = (
    _counter("seintje_facts", "Facts offered to intake.", _TAKING | _IN, "type", "outcome"),
    _counter("seintje_refusals", "Facts refused at intake.", _TAKING | _IN, "reason"),
    _counter("seintje_unknown_codes", "Codes in no list.", _TAKING | _IN, "type"),
    _counter("seintje_dropped_attributes", "Unknown attributes dropped.", _TAKING | _IN),
    _counter(
        "seintje_other_tenants", "Leases of others than vergunninghouders.", _TAKING | _IN, "group"
    ),
    _histogram(
        "seintje_http_request_seconds",
        "Time to answer a request.",
        _IN,
        "route",
        "status",
        buckets=_QUICK,
    ),
    _counter(
        "seintje_http_declined", "Requests declined before they were looked at.", _IN, "reason"
    ),
    _gauge("seintje_event_streams", "Event streams that are open.", _IN),
)

_PIPELINE: Final = (
    _gauge(
        "seintje_oldest_unprocessed_seconds",
        "Age of the oldest record that a shard has not taken yet; 0 when there is none.",
        _TAKING,
        "shard",
    ),
    _histogram(
        "seintje_fact_to_view_seconds",
        "From when a fact was accepted to when what is told of it can be read, of facts that made "
        "a party be told something at once.",
        _IN,
        buckets=_LONG,
    ),
    _gauge(
        "seintje_deadlines_behind_seconds",
        "For how long the earliest deadline of a shard has been overdue; 0 when none is.",
        _TAKING,
        "shard",
    ),
    _counter("seintje_batches", "Batches committed.", _TAKING, "shard"),
    _counter("seintje_records", "Records taken by a shard.", _TAKING, "shard"),
    _counter(
        "seintje_ticks",
        "Ticks committed: looks at households because of time alone.",
        _TAKING,
        "shard",
    ),
    _counter("seintje_shard_restarts", "Shards dropped and opened anew.", _TAKING, "shard"),
    _gauge("seintje_shards", "Shards of this process, by how they do.", _TAKING, "shard", "life"),
    _gauge("seintje_state_entries", "Entries of the state.", _TAKING, "shard"),
    _gauge("seintje_state_bytes", "Bytes of the state, keys and values.", _TAKING, "shard"),
    _gauge(
        "seintje_reading_behind_seconds",
        "For how long something has not been in the read model yet.",
        _GATEWAY,
    ),
)

_KAFKA: Final = (
    _counter(
        "seintje_transactions",
        "Transactions: `committed`, `aborted`, or `unknown` when no answer came.",
        _WORKER,
        "shard",
        "outcome",
    ),
    _counter(
        "seintje_fences", "Shards lost because another worker took them over.", _WORKER, "shard"
    ),
    _histogram(
        "seintje_restore_seconds",
        "Time to take a partition over, its state restored.",
        _WORKER,
        "shard",
        buckets=_RESTORES,
    ),
    _counter(
        "seintje_restored_records",
        "Records read from change logs to restore state.",
        _WORKER,
        "shard",
    ),
    _gauge(
        "seintje_change_log_records",
        "Records in the change logs of the partitions that are ours: what a restore reads at most.",
        _WORKER,
        "shard",
    ),
    _counter("seintje_faust", "What the Faust app that hosts a worker counts.", _WORKER, "event"),
)

_DOMAIN: Final = (
    _gauge(
        "seintje_open_alerts",
        "Alerts that are open, acknowledged or agreed.",
        _IN,
        "rule",
        "severity",
        of=Of.HUB,
    ),
    _gauge("seintje_held", "Notices held back.", _IN, "reason", of=Of.HUB),
    _gauge(
        "seintje_feed_late_seconds",
        "For how long a promised feed has been overdue, its grace counted; 0 when it is not.",
        _TAKING,
        "party",
        "feed",
    ),
    _counter("seintje_receipts", "Receipts.", _IN, "status", of=Of.HUB),
    _counter("seintje_disclosures", "Disclosures logged.", _IN, of=Of.HUB),
    _counter(
        "seintje_dead_letters",
        "Records that could not be taken in, processed or delivered.",
        _IN,
        "reason",
        of=Of.HUB,
    ),
    _gauge(
        "seintje_dead_letters_open",
        "Dead letters that were not redriven or dismissed.",
        _IN,
        "reason",
        of=Of.HUB,
    ),
    _gauge(
        "seintje_households_frozen",
        "Households of which nothing is told because a fact of theirs failed.",
        _TAKING,
        "shard",
    ),
)

_DELIVERY: Final = (
    _counter("seintje_webhook_attempts", "Webhooks sent, by how it ended.", _SENDING, "reason"),
    _histogram(
        "seintje_webhook_seconds", "Time that a receiver took to answer.", _SENDING, buckets=_QUICK
    ),
    _gauge(
        "seintje_webhook_oldest_seconds",
        "Age of the oldest revision that is to be delivered to a party.",
        _SENDING,
        "party",
    ),
    _gauge("seintje_subscriptions", "Subscriptions.", _SENDING, "life"),
    _gauge(
        "seintje_webhook_broken",
        "Subscriptions that cannot be delivered by a fault of the hub.",
        _SENDING,
    ),
)

_BACKUP: Final = (
    _gauge(
        "seintje_backup_last_success_timestamp_seconds",
        "When the last backup that is known here was made, since 1970; 0 without one.",
        _RUN,
    ),
    _gauge("seintje_backup_bytes", "Size of that backup.", _RUN),
)

_CONNECTORS: Final = (
    _counter("seintje_connector_records", "Things read, by source.", _CONNECT, "source", "outcome"),
    _counter(
        "seintje_connector_facts", "Facts published, as the hub answered.", _CONNECT, "outcome"
    ),
    _counter("seintje_connector_delivered", "Alerts delivered.", _CONNECT, "sink", "outcome"),
    _counter("seintje_connector_failures", "Attempts that failed.", _CONNECT, "part", "reason"),
    _gauge(
        "seintje_connector_last_success_timestamp_seconds",
        "When a part last worked, since 1970.",
        _CONNECT,
        "part",
    ),
    _gauge("seintje_connector_waiting_facts", "Facts on their way to the hub.", _CONNECT),
    _gauge(
        "seintje_connector_dead_letters", "What could not be read, said or delivered.", _CONNECT
    ),
    _gauge(
        "seintje_connector_inbox", "What the other side brought and was not read yet.", _CONNECT
    ),
)

# By subject, in the order in which a page about them is read.
SUBJECTS: Final[Mapping[str, tuple[Family, ...]]] = {
    "The process": _PROCESS,
    "Intake": _INTAKE,
    "Pipeline": _PIPELINE,
    "Kafka": _KAFKA,
    "Alerts and what is kept": _DOMAIN,
    "Delivery": _DELIVERY,
    "Backup": _BACKUP,
    "Connectors": _CONNECTORS,
}
FAMILIES: Final[Mapping[str, Family]] = {
    it.name: it for families in SUBJECTS.values() for it in families
}
