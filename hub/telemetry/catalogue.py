"""Every family of metrics that a process of Seintje can show, in one place.

From here they are made, written down (`docs/metrics.md`) and checked: rules, dashboards and
manifests name no family and no label that does not stand here. Names follow the conventions of
Prometheus: `seintje_`, base units, `_total` on what only grows (which the exposition adds).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.telemetry.connectors import CONNECTORS
from hub.telemetry.family import Family, Of, Role, counter, gauge, histogram

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


_PROCESS: Final = (
    gauge("seintje_build_info", "1; the version that runs.", _HUB | _CONNECT, "version", "role"),
    gauge(
        "seintje_agreement_info",
        "1; an agreement that this process has read.",
        _TAKING | _IN,
        "id",
        "version",
    ),
    gauge("seintje_ready", "1 if this process can do its work: a gateway accepts facts.", _HUB),
    gauge(
        "seintje_data_free_bytes",
        "Space left where the data directory is.",
        _IN | _SENDING,
        of=Of.LEAST,
    ),
    gauge(
        "seintje_certificate_expiry_timestamp_seconds",
        "When the first certificate expires in a file that is used, as it was read at the start, "
        "in seconds since 1970.",
        _HUB,
        "certificate",
        of=Of.LEAST,
    ),
)

_INTAKE: Final = (
    counter("seintje_facts", "Facts offered to intake.", _TAKING | _IN, "type", "outcome"),
    counter("seintje_refusals", "Facts refused at intake.", _TAKING | _IN, "reason"),
    counter("seintje_unknown_codes", "Codes in no list.", _TAKING | _IN, "type"),
    counter("seintje_dropped_attributes", "Unknown attributes dropped.", _TAKING | _IN),
    counter(
        "seintje_other_tenants", "Leases of others than vergunninghouders.", _TAKING | _IN, "group"
    ),
    histogram(
        "seintje_http_request_seconds",
        "Time to answer a request.",
        _IN,
        "route",
        "status",
        buckets=_QUICK,
    ),
    counter(
        "seintje_http_declined", "Requests declined before they were looked at.", _IN, "reason"
    ),
    gauge("seintje_event_streams", "Event streams that are open.", _IN),
)

_PIPELINE: Final = (
    gauge(
        "seintje_oldest_unprocessed_seconds",
        "Age of the oldest record that a shard has not taken yet; 0 when there is none. `in`: of "
        "what parties wrote to their topics.",
        _TAKING,
        "shard",
        of=Of.LONGEST,
    ),
    histogram(
        "seintje_fact_to_view_seconds",
        "From when a fact was accepted to when one can read here what became of it: its receipt, "
        "and what parties are told because of it.",
        _IN,
        buckets=_LONG,
    ),
    gauge(
        "seintje_deadlines_behind_seconds",
        "For how long the earliest deadline of a shard that is open has been overdue; 0 when none "
        "is.",
        _TAKING,
        "shard",
        of=Of.LONGEST,
    ),
    counter("seintje_batches", "Batches committed.", _TAKING, "shard"),
    counter("seintje_records", "Records taken by a shard.", _TAKING, "shard"),
    counter(
        "seintje_ticks",
        "Ticks committed: looks at households because of time alone.",
        _TAKING,
        "shard",
    ),
    counter("seintje_shard_restarts", "Shards dropped and opened anew.", _TAKING, "shard"),
    gauge("seintje_shards", "Shards of this process, by how they do.", _TAKING, "shard", "life"),
    gauge(
        "seintje_state_entries",
        "Entries of the state; in a hub in one process as counted within the last minutes.",
        _TAKING,
        "shard",
    ),
    gauge(
        "seintje_state_bytes",
        "Bytes of the state, keys and values together; counted when its entries are.",
        _TAKING,
        "shard",
    ),
    gauge(
        "seintje_reading_behind_seconds",
        "For how long something has been in the topics that is not in the read model yet.",
        _GATEWAY,
        of=Of.LONGEST,
    ),
)

_KAFKA: Final = (
    counter(
        "seintje_transactions",
        "Transactions: `committed`, `aborted` because another worker had taken the partition over, "
        "or `unknown` when no answer came.",
        _WORKER,
        "shard",
        "outcome",
    ),
    counter(
        "seintje_fences", "Shards lost because another worker took them over.", _WORKER, "shard"
    ),
    histogram(
        "seintje_restore_seconds",
        "Time to take a partition over, its state restored.",
        _WORKER,
        "shard",
        buckets=_RESTORES,
    ),
    counter(
        "seintje_restored_records",
        "Records read from change logs to restore state.",
        _WORKER,
        "shard",
    ),
    gauge(
        "seintje_change_log_records",
        "Records of the change logs of our partitions, read or written since a worker here took "
        "them: another that takes them over reads no more.",
        _WORKER,
        "shard",
    ),
    counter(
        "seintje_faust",
        "What Faust counts of the app that hosts a worker: requests for its pages. All else stays "
        "0 as long as Faust opens no Kafka of its own.",
        _WORKER,
        "event",
    ),
)

_DOMAIN: Final = (
    gauge(
        "seintje_open_alerts",
        "Alerts that are open, acknowledged or agreed.",
        _IN,
        "rule",
        "severity",
        of=Of.HUB,
    ),
    gauge("seintje_held", "Notices held back.", _IN, "reason", of=Of.HUB),
    gauge(
        "seintje_feed_late_seconds",
        "For how long a promised feed has been overdue, its grace counted; 0 when it is not. One "
        "that never came is awaited since the process started.",
        _TAKING,
        "party",
        "feed",
        of=Of.LONGEST,
    ),
    counter("seintje_receipts", "Receipts.", _IN, "status", of=Of.HUB),
    counter("seintje_disclosures", "Disclosures logged.", _IN, of=Of.HUB),
    counter(
        "seintje_dead_letters",
        "Records that could not be taken in, processed or delivered.",
        _IN,
        "reason",
        of=Of.HUB,
    ),
    gauge(
        "seintje_dead_letters_open",
        "Dead letters that were not redriven or dismissed.",
        _IN,
        "reason",
        of=Of.HUB,
    ),
    gauge(
        "seintje_households_frozen",
        "Households of which nothing is told because a fact of theirs failed.",
        _TAKING,
        "shard",
    ),
)

_DELIVERY: Final = (
    counter("seintje_webhook_attempts", "Webhooks sent, by how it ended.", _SENDING, "reason"),
    histogram(
        "seintje_webhook_seconds",
        "Time that an attempt took, whatever came of it; getting a token first is part of it.",
        _SENDING,
        buckets=_QUICK,
    ),
    gauge(
        "seintje_webhook_oldest_seconds",
        "Age of the oldest revision that is to be delivered to a party.",
        _SENDING,
        "party",
        of=Of.LONGEST,
    ),
    gauge("seintje_subscriptions", "Subscriptions.", _SENDING, "life"),
    gauge("seintje_webhook_broken", "Subscriptions that a fault of the hub holds up.", _SENDING),
)

_BACKUP: Final = (
    gauge(
        "seintje_backup_last_success_timestamp_seconds",
        "When the last backup that is known here was made, since 1970; 0 without one.",
        _RUN,
    ),
    gauge("seintje_backup_bytes", "Size of that backup.", _RUN),
    gauge("seintje_backup_free_bytes", "Space left for backups; not shown without.", _RUN),
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
    "Connectors": CONNECTORS,
}
FAMILIES: Final[Mapping[str, Family]] = {
    it.name: it for families in SUBJECTS.values() for it in families
}
# What the client library shows of the process itself, where the system tells it.
OF_LIBRARY: Final = frozenset(
    {
        "process_virtual_memory_bytes",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_cpu_seconds",
        "process_open_fds",
        "process_max_fds",
    }
)
