"""Overview: is anything wrong, and where to look next."""

from __future__ import annotations

from typing import Final

from deploy.grafana.boards import Board, Row
from deploy.grafana.panels import (
    BYTES,
    COUNT,
    EACH_SECOND,
    NONE,
    SECONDS,
    SHARE,
    YES_NO,
    Bad,
    Query,
    lines,
    number,
    rows,
)
from deploy.grafana.promql import (
    cores,
    highest,
    level,
    lowest,
    memory,
    of,
    quantile,
    rate,
    raw,
    ready,
    recorded,
    share,
    timed,
)

_REQUESTS: Final = of("http_request_seconds", route="/v1/events")
_FAILED: Final = of("http_request_seconds", route="/v1/events", status="5xx")
_LETTERS: Final = of("dead_letters_open")

_NOW: Final = Row(
    "Is anything wrong?",
    (
        number(
            "All ready",
            "Whether every process can do its work. No: the table below says which; its /readyz "
            "says why, or it is gone.",
            YES_NO,
            f"min ({ready('job', 'instance')})",
            bad=Bad(1, below=True),
            alert="SeintjeRoleNotReady",
        ),
        number(
            "Facts not taken",
            "Share of the posts of facts that ended in 5xx. 0 is good. Go to Traffic.",
            SHARE,
            share(timed(_FAILED), timed(_REQUESTS)),
            bad=Bad(0.001, 0.01),
            alert="SeintjeIntakeFails",
        ),
        number(
            "Oldest unprocessed",
            "Age of the oldest fact that was not looked at. 0 is good. Go to Pipeline.",
            SECONDS,
            highest(of("oldest_unprocessed_seconds")),
            bad=Bad(30, 300),
            alert="SeintjeFactsWait",
        ),
        number(
            "Oldest undelivered",
            "Age of the oldest revision that a party still has to get. Go to Delivery.",
            SECONDS,
            highest(of("webhook_oldest_seconds")),
            bad=Bad(900, 7200),
            alert="SeintjeSubscriberDead",
        ),
        number(
            "Dead letters, open",
            "What waits for somebody to mend it. 0 is good. Go to Domain.",
            COUNT,
            f"sum ({level(_LETTERS, 'reason')})",
            bad=Bad(1, 20),
            alert="SeintjeDeadLetters",
        ),
        number(
            "Households frozen",
            "Households of which nothing is told. 0 is good; this does not mend itself. Go to "
            "Domain.",
            COUNT,
            level(of("households_frozen")),
            bad=Bad(1, 2),
            alert="SeintjeHouseholdsFrozen",
        ),
    ),
)

# What docs/runbooks/README.md promises, and how fast a fault uses up what a month may have of it.
_INTAKE, _ALERTS, _DELIVERY = 0.001, 0.01, 0.005

_PROMISES: Final = Row(
    "Promises",
    (
        number(
            "Budget: intake",
            "What is left of the faults that 30 days may have (0.1 % of the posts of facts). All "
            "is good; below zero the promise is broken: no risks now, roll nothing out.",
            SHARE,
            recorded("hub:seintje_intake_budget_left:ratio"),
            bad=Bad(0.5, 0, below=True),
            alert="SeintjeIntakeFailsNowAndThen",
        ),
        number(
            "Budget: fact to alert",
            "What is left of the alerts that may be later than 10 seconds in 30 days (1 %). Below "
            "zero the promise is broken: see where time goes in Pipeline.",
            SHARE,
            recorded("hub:seintje_fact_to_view_budget_left:ratio"),
            bad=Bad(0.5, 0, below=True),
            alert="SeintjeAlertsLateNowAndThen",
        ),
        number(
            "Budget: delivery",
            "What is left of the time in which parties may wait for us over 15 minutes in 30 days "
            "(0.5 %). Below zero the promise is broken: see Delivery.",
            SHARE,
            recorded("hub:seintje_delivery_budget_left:ratio"),
            bad=Bad(0.5, 0, below=True),
            alert="SeintjeDeliveryLateNowAndThen",
        ),
        lines(
            "How fast the promises are used up, over an hour",
            "1 uses up exactly what a month may have; at 14.4 a month's worth is gone in two days, "
            "and somebody is called. Spikes that end by themselves are what the room is for.",
            COUNT,
            Query(f"{recorded('hub:seintje_intake_errors:ratio_rate1h')} / {_INTAKE}", "intake"),
            Query(
                f"{recorded('hub:seintje_fact_to_view_slow:ratio_rate1h')} / {_ALERTS}",
                "fact to alert",
            ),
            Query(
                f"{recorded('hub:seintje_delivery_late:ratio_time1h')} / {_DELIVERY}", "delivery"
            ),
            bad=Bad(1, 14.4),
            alert="SeintjeIntakeFails",
            height=5,
        ),
    ),
)

_COURSE: Final = Row(
    "Course",
    (
        lines(
            "Facts in",
            "The pulse of the hub. Compare with the same hour yesterday (change the time range).",
            EACH_SECOND,
            Query(rate(of("facts"), "outcome"), "{{outcome}}"),
        ),
        lines(
            "From fact to view",
            "What the promise is about: seconds are good.",
            SECONDS,
            Query(quantile(0.5, of("fact_to_view_seconds")), "p50"),
            Query(quantile(0.95, of("fact_to_view_seconds")), "p95"),
            bad=Bad(10, 60),
        ),
    ),
)

_KEPT: Final = Row(
    "What runs, and what runs out",
    (
        rows(
            "Ready",
            "A row for each process that Prometheus knows; 1 is good, 0 is not ready or gone.",
            NONE,
            ready("job", "instance"),
            width=8,
            alert="SeintjeProcessNotReady",
        ),
        rows(
            "Versions",
            "Which version each process runs. Two for longer than a roll-out: it was not finished.",
            NONE,
            raw(of("build_info")),
            width=8,
            alert="SeintjeVersionsDiffer",
        ),
        rows(
            "Free space",
            "Where the data directory of each process is. Below 1 GiB: make room today.",
            BYTES,
            lowest(of("data_free_bytes"), "job", "instance"),
            bad=Bad(1 << 30, 1 << 28, below=True),
            width=8,
            alert="SeintjeDiskFull",
        ),
        lines(
            "Memory, by process",
            "Flat is good; a worker's grows with its state. Near the limit of its container it is "
            "killed and its partitions move, again and again: give it more.",
            BYTES,
            Query(memory("job", "instance"), "{{job}} {{instance}}"),
        ),
        lines(
            "Cores, by process",
            "Each process of ours works on one core at most, so 1 is full. A worker at 1 for long: "
            "add workers; a gateway: add gateways.",
            COUNT,
            Query(cores("job", "instance"), "{{job}} {{instance}}"),
            bad=Bad(0.9),
        ),
        number(
            "First certificate expires in",
            "The certificate in a file that is used which ends first. Replace it weeks before.",
            SECONDS,
            f"{lowest(of('certificate_expiry_timestamp_seconds'))} - time()",
            bad=Bad(21 * 86400, 2 * 86400, below=True),
            width=6,
            alert="SeintjeCertificateExpires",
        ),
        number(
            "Last backup",
            "How long ago the last backup that is known here was made (a hub in one process). More "
            "than a day: look at the backup job.",
            SECONDS,
            f"time() - {highest(of('backup_last_success_timestamp_seconds'))}",
            bad=Bad(26 * 3600, 50 * 3600),
            width=6,
            alert="SeintjeBackupOld",
        ),
        number(
            "Size of the backup",
            "Grows with the hub. Half of what it was: look before the older ones are removed.",
            BYTES,
            highest(of("backup_bytes")),
            width=6,
        ),
        number(
            "Free space for backups",
            "Where backups and their journal are. When it is full no fact is accepted.",
            BYTES,
            lowest(of("backup_free_bytes")),
            bad=Bad(1 << 30, 1 << 28, below=True),
            width=6,
            alert="SeintjeDiskFull",
        ),
    ),
)

OVERVIEW: Final = Board(
    uid="seintje-overview",
    title="Seintje: overview",
    told="Whether anything is wrong with this hub, and which dashboard to look at next.",
    rows=(_NOW, _PROMISES, _COURSE, _KEPT),
)
