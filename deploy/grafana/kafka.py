"""Kafka: transactions, take-overs and restores of the workers' shards."""

from __future__ import annotations

from typing import Final

from deploy.grafana.boards import Board, Row
from deploy.grafana.panels import (
    BYTES,
    COUNT,
    EACH_SECOND,
    SECONDS,
    SHARE,
    Bad,
    Query,
    Shape,
    heat,
    lines,
    number,
    rows,
)
from deploy.grafana.promql import (
    RANGE,
    SHARD,
    buckets,
    gained,
    highest,
    in_range,
    level,
    of,
    quantile,
    rate,
    share,
    some,
)

_ALL: Final = of("transactions", shard=SHARD)
_NOT_COMMITTED: Final = of("transactions", shard=SHARD, outcome="!=committed")
_RESTORES: Final = of("restore_seconds", shard=SHARD)
_OLDEST: Final = of("oldest_unprocessed_seconds", shard=SHARD)
_LOG: Final = of("change_log_records", shard=SHARD)
_WORKERS: Final = of("ready", job="seintje-worker")

_NOW: Final = Row(
    "Now",
    (
        number(
            "Workers ready",
            "Workers that have their partitions and take records. Fewer than you started: the "
            "others do their work; /readyz of the missing one says why.",
            COUNT,
            level(_WORKERS),
            bad=Bad(1, below=True),
            alert="SeintjeWorkersDown",
        ),
        number(
            "Oldest unprocessed",
            "Age of the oldest record that no worker has taken yet, of partitions that nobody has "
            "too. 0 is good.",
            SECONDS,
            highest(_OLDEST),
            bad=Bad(30, 300),
            alert="SeintjeFactsWait",
        ),
        number(
            "Not committed",
            "Share of the transactions that was aborted or got no answer. 0 is good; some during a "
            "roll-out is normal. What was aborted is done again.",
            SHARE,
            share(in_range(_NOT_COMMITTED), in_range(_ALL)),
            bad=Bad(0.01, 0.1),
            alert="SeintjeTransactionsFail",
        ),
        number(
            "Fences",
            "Shards lost because another worker took them over, in the time that is shown. Without "
            "a roll-out: workers that freeze, or two with one SEINTJE_INSTANCE.",
            COUNT,
            in_range(of("fences", shard=SHARD)),
            bad=Bad(1, 10),
            alert="SeintjeFences",
        ),
        number(
            "Restore, p95",
            "95 of 100 take-overs were done within this time: so long nothing moves in a partition "
            "when a worker goes. Minutes: too much state for a partition.",
            SECONDS,
            quantile(0.95, _RESTORES, over=RANGE),
            bad=Bad(60, 120),
            alert="SeintjeRestoresSlow",
        ),
        number(
            "Change logs",
            "Records that restores read at most, of all partitions. Should be a few times the "
            "entries of the state; much more and compaction does not run.",
            COUNT,
            level(_LOG),
        ),
    ),
)

_TRANSACTIONS: Final = Row(
    "Transactions",
    (
        lines(
            "Transactions, by outcome",
            "`committed` is good. `unknown` got no answer: the shard is dropped and restored, so "
            "nothing is done twice.",
            EACH_SECOND,
            Query(rate(_ALL, "outcome"), "{{outcome}}"),
            shape=Shape.STACKED,
        ),
        lines(
            "Aborted or unanswered, by shard",
            "Of one shard: a record that it stumbles over; see its dead letters. Of all: the "
            "brokers.",
            COUNT,
            Query(gained(_NOT_COMMITTED, "shard", "outcome"), "{{shard}} {{outcome}}"),
            alert="SeintjeTransactionsFail",
        ),
        lines(
            "Records taken, by worker",
            "Work is shared by partition. One worker without any while others are busy has no "
            "partitions, or stands still.",
            EACH_SECOND,
            Query(rate(of("records", shard=SHARD), "instance"), "{{instance}}"),
        ),
        lines(
            "Oldest unprocessed, by worker and shard",
            "One worker behind: look at its log, or stop it, and the others take over. All behind: "
            "add workers, up to one a partition.",
            SECONDS,
            Query(highest(_OLDEST, "instance", "shard"), "{{instance}} {{shard}}"),
            bad=Bad(30, 300),
            alert="SeintjeFactsWait",
        ),
    ),
)

_MOVES: Final = Row(
    "Taking over",
    (
        lines(
            "Fences and restarts",
            "Shards that changed hands or were opened anew, in each step. Peaks belong to a "
            "roll-out; a saw tooth is two workers that take them from each other.",
            COUNT,
            Query(gained(of("fences", shard=SHARD), "shard"), "fences {{shard}}"),
            Query(gained(of("shard_restarts", shard=SHARD), "shard"), "restarts {{shard}}"),
            alert="SeintjeFences",
        ),
        heat(
            "Time of restores",
            "Darker is more. The top of it is how long a household waits when a worker dies, after "
            "SEINTJE_KAFKA_SESSION_SECONDS.",
            SECONDS,
            buckets(_RESTORES),
            alert="SeintjeRestoresSlow",
        ),
        lines(
            "Records restored",
            "Records read from change logs to restore state, a second. Only when partitions move.",
            EACH_SECOND,
            Query(rate(of("restored_records", shard=SHARD), "shard"), "{{shard}}"),
        ),
        lines(
            "Shards, by worker and how they do",
            "Partitions of each worker should be about equal. `opening` for minutes is a restore "
            "that does not end.",
            COUNT,
            Query(
                some(level(of("shards", shard=SHARD), "instance", "life")), "{{instance}} {{life}}"
            ),
            shape=Shape.STACKED,
        ),
    ),
)

_KEPT: Final = Row(
    "What is kept",
    (
        lines(
            "Records in change logs",
            "Goes up and, when the brokers compact, down. Only up: look at the log cleaner of the "
            "brokers.",
            COUNT,
            Query(level(_LOG, "shard"), "{{shard}}"),
            width=8,
        ),
        lines(
            "Size of the state, by worker",
            "What each worker keeps in memory. When one dies the others take its share: leave room "
            "for that.",
            BYTES,
            Query(level(of("state_bytes", shard=SHARD), "instance"), "{{instance}}"),
            shape=Shape.STACKED,
            width=8,
        ),
        rows(
            "What Faust counts",
            "Events of the app that hosts a worker, in the time shown. For who knows Faust.",
            COUNT,
            some(in_range(of("faust"), "event")),
            width=8,
        ),
    ),
)

KAFKA: Final = Board(
    uid="seintje-kafka",
    title="Seintje: Kafka shards",
    told="How the workers' shards do on Kafka: transactions, who has what, and taking over.",
    rows=(_NOW, _TRANSACTIONS, _MOVES, _KEPT),
)
