"""Pipeline: from a fact that was taken to what is told of it. Ages in seconds, never messages."""

from __future__ import annotations

from typing import Final

from deploy.grafana.boards import Board, Row
from deploy.grafana.panels import (
    BYTES,
    COUNT,
    EACH_SECOND,
    SECONDS,
    Bad,
    Query,
    Shape,
    heat,
    lines,
    number,
)
from deploy.grafana.promql import (
    RANGE,
    SHARD,
    buckets,
    gained,
    highest,
    level,
    lowest,
    of,
    quantile,
    rate,
    share,
)

_OLDEST: Final = of("oldest_unprocessed_seconds", shard=SHARD)
_LATE: Final = of("deadlines_behind_seconds", shard=SHARD)
_TO_VIEW: Final = of("fact_to_view_seconds")
_LOST: Final = of("shards", shard=SHARD, life="=~waiting|failed")

_NOW: Final = Row(
    "Now",
    (
        number(
            "Oldest unprocessed",
            "Age of the oldest fact that no shard has taken yet. 0 is good; a backlog after a "
            "first filling goes down by itself. If it only grows, see Shards below.",
            SECONDS,
            highest(_OLDEST),
            bad=Bad(30, 300),
            alert="SeintjeFactsWait",
        ),
        number(
            "Fact to view, p95",
            "95 of 100 alerts that a fact caused at once could be read within this time, over all "
            "that is shown. Seconds are good.",
            SECONDS,
            quantile(0.95, _TO_VIEW, over=RANGE),
            bad=Bad(10, 60),
            alert="SeintjeAlertsLate",
        ),
        number(
            "Deadlines behind",
            "For how long the earliest deadline has been overdue. 0 is good: silence is noticed in "
            "time. Above a minute, alerts that wait for a date come too late.",
            SECONDS,
            highest(_LATE),
            bad=Bad(60, 900),
            alert="SeintjeDeadlinesBehind",
        ),
        number(
            "Read model behind",
            "For how long gateways have shown an older state (Kafka). Above a minute: a gateway "
            "that cannot read its topics; its /readyz says why.",
            SECONDS,
            highest(of("reading_behind_seconds")),
            bad=Bad(10, 300),
            alert="SeintjeReadingBehind",
        ),
        number(
            "Shards in trouble",
            "Shards that wait to be tried again or have failed. 0 is good. The log of that process "
            "says what it could not do.",
            COUNT,
            level(_LOST),
            bad=Bad(1, 2),
            alert="SeintjeShardFailed",
        ),
        number(
            "Least free space",
            "Of the process that has least. Facts are refused with 503 below 16 MB: make space "
            "long before.",
            BYTES,
            lowest(of("data_free_bytes")),
            bad=Bad(1 << 30, 1 << 28, below=True),
            alert="SeintjeDiskFills",
        ),
    ),
)

_HOW_LONG: Final = Row(
    "How long",
    (
        lines(
            "Oldest unprocessed, by shard",
            "One line that climbs while others stay: that shard stands still. All climb: more "
            "comes in than is taken; add workers, or wait if it is a filling.",
            SECONDS,
            Query(highest(_OLDEST, "shard"), "{{shard}}"),
            bad=Bad(30, 300),
            width=8,
            alert="SeintjeFactsWait",
        ),
        lines(
            "Deadlines behind, by shard",
            "Dates that passed without anybody looking. Goes up while a shard works off a backlog "
            "(it looks when facts have come), and must come back to 0.",
            SECONDS,
            Query(highest(_LATE, "shard"), "{{shard}}"),
            bad=Bad(60, 900),
            width=8,
            alert="SeintjeDeadlinesBehind",
        ),
        lines(
            "Read model behind, by gateway",
            "Each gateway fills its own. One that stays behind: restart it; it is filled again "
            "from the topics. A hub in one process has none of these.",
            SECONDS,
            Query(highest(of("reading_behind_seconds"), "instance"), "{{instance}}"),
            bad=Bad(10, 300),
            width=8,
            alert="SeintjeGatewayReadingBehind",
        ),
        lines(
            "Fact to view",
            "From when a fact was accepted to when what is told of it can be read. p50 says how it "
            "usually is, p99 what the unlucky one waits.",
            SECONDS,
            Query(quantile(0.5, _TO_VIEW), "p50"),
            Query(quantile(0.95, _TO_VIEW), "p95"),
            Query(quantile(0.99, _TO_VIEW), "p99"),
            bad=Bad(10, 60),
            alert="SeintjeAlertsLate",
        ),
        heat(
            "Fact to view, all of them",
            "Darker is more. Two bands are normal: what is told at once, and what was sent in a "
            "backlog.",
            SECONDS,
            buckets(_TO_VIEW),
        ),
    ),
)

_WORK: Final = Row(
    "Work",
    (
        lines(
            "Records taken",
            "What shards work off a second. Compare with the facts that come in (Traffic): lower "
            "for long means a growing backlog.",
            EACH_SECOND,
            Query(rate(of("records", shard=SHARD), "shard"), "{{shard}}"),
            width=8,
        ),
        lines(
            "Records in a batch",
            "Small batches when it is quiet, large ones in a backlog; that is how it keeps up. "
            "Small ones in a backlog: commits are slow.",
            COUNT,
            Query(
                share(
                    rate(of("records", shard=SHARD), "shard"),
                    rate(of("batches", shard=SHARD), "shard"),
                ),
                "{{shard}}",
            ),
            width=8,
        ),
        lines(
            "Ticks",
            "Looks at households because of time alone. Peaks at midnight and at the start of a "
            "working day are normal.",
            EACH_SECOND,
            Query(rate(of("ticks", shard=SHARD), "shard"), "{{shard}}"),
            width=8,
        ),
    ),
)

_SHARDS: Final = Row(
    "Shards and what they keep",
    (
        lines(
            "Shards, by how they do",
            "`running` is good. `waiting` tries again after a fault, `failed` needs somebody: the "
            "log of that process says why.",
            COUNT,
            Query(level(of("shards", shard=SHARD), "life"), "{{life}}"),
            shape=Shape.STACKED,
            alert="SeintjeShardFailed",
        ),
        lines(
            "Shards opened anew",
            "0 is good. Now and then during a roll-out is normal; again and again is a fault that "
            "comes back, and nothing moves meanwhile.",
            COUNT,
            Query(gained(of("shard_restarts", shard=SHARD), "shard"), "{{shard}}"),
            alert="SeintjeShardsRestart",
        ),
        lines(
            "Entries of the state",
            "Grows with households, falls when what is old is forgotten. A sudden fall to 0 that "
            "lasts is a shard that nobody has.",
            COUNT,
            Query(level(of("state_entries", shard=SHARD), "shard"), "{{shard}}"),
            width=8,
        ),
        lines(
            "Size of the state",
            "What a worker keeps in memory, and what a restore reads. Compare with the memory "
            "limit of the workers.",
            BYTES,
            Query(level(of("state_bytes", shard=SHARD), "shard"), "{{shard}}"),
            width=8,
        ),
        lines(
            "Free space, by process",
            "Should be flat. If it falls in a straight line, work out when it is gone and make "
            "space before.",
            BYTES,
            Query(lowest(of("data_free_bytes"), "instance"), "{{instance}}"),
            bad=Bad(1 << 30, 1 << 28, below=True),
            width=8,
            alert="SeintjeDiskFills",
        ),
    ),
)

PIPELINE: Final = Board(
    uid="seintje-pipeline",
    title="Seintje: pipeline",
    told="How long it takes from a fact to what is told of it, and where it stands still.",
    rows=(_NOW, _HOW_LONG, _WORK, _SHARDS),
)
