"""Traffic: what comes in, what is refused or declined, and how fast we answer."""

from __future__ import annotations

from typing import Final

from deploy.grafana.boards import Board, Row
from deploy.grafana.panels import (
    COUNT,
    EACH_SECOND,
    REQUESTS,
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
    buckets,
    in_range,
    level,
    most,
    of,
    quantile,
    rate,
    share,
    some,
    timed,
    timed_in_range,
)

_FACTS: Final = of("facts")
_ACCEPTED: Final = of("facts", outcome="accepted")
_REFUSED: Final = of("facts", outcome="refused")
_REQUESTS: Final = of("http_request_seconds")
_PUBLISHED: Final = of("http_request_seconds", route="/v1/events")
_FAILED: Final = of("http_request_seconds", status="5xx")

_NOW: Final = Row(
    "Now",
    (
        number(
            "Facts",
            "Facts offered to intake a second, whatever became of them. Quiet nights are normal; "
            "none on a working day is not: look at what declines and who is silent (Domain).",
            EACH_SECOND,
            rate(_FACTS),
        ),
        number(
            "Refused",
            "Share of the offered facts that was refused. A few in a thousand is a source's slip; "
            "more is a system that changed. The reasons are below; the party must mend it.",
            SHARE,
            share(in_range(_REFUSED), in_range(_FACTS)),
            bad=Bad(0.01, 0.1),
            alert="SeintjeManyRefused",
        ),
        number(
            "Failed requests",
            "Share of the requests that ended in 5xx. 0 is good. If it lasts, look at what the "
            "gateways say on /readyz and in their log; publishers try again, so nothing is lost.",
            SHARE,
            share(timed(_FAILED), timed(_REQUESTS)),
            bad=Bad(0.001, 0.01),
            alert="SeintjeIntakeFails",
        ),
        number(
            "Time to take facts, p99",
            "99 of 100 posts of facts are answered within this time. Below a second is good; above "
            "it the disk or the brokers are slow, or there are too few gateways.",
            SECONDS,
            quantile(0.99, _PUBLISHED),
            bad=Bad(1, 5),
        ),
        number(
            "Declined",
            "Requests a second that were declined before they were looked at: too many, too "
            "large, wrong key. Some is normal; much of one reason points at one party.",
            REQUESTS,
            rate(of("http_declined")),
            bad=Bad(1, 10),
        ),
        number(
            "Gateways ready",
            "How many processes accept facts now. Fewer than you started: ask /readyz of the "
            "missing one, which says why.",
            COUNT,
            level(of("ready", job="=~seintje-(run|gateway)")),
            bad=Bad(1, below=True),
            alert="SeintjeGatewaysDown",
        ),
    ),
)

_WHAT: Final = Row(
    "Facts",
    (
        lines(
            "Facts by outcome",
            "`duplicate` is harmless: a source that sends again after a fault. Steady refusals "
            "mean that a party loses facts without knowing it: call them.",
            EACH_SECOND,
            Query(rate(_FACTS, "outcome"), "{{outcome}}"),
            shape=Shape.STACKED,
        ),
        lines(
            "Refused, by reason",
            "Why facts were refused. `bsn-found` is a data leak at its source: tell the party and "
            "its privacy officer. `schema-violation` after a release of theirs: send it back.",
            EACH_SECOND,
            Query(rate(of("refusals"), "reason"), "{{reason}}"),
            alert="SeintjeManyRefused",
        ),
        rows(
            "Facts by type",
            "Accepted facts of each type in the time that is shown. A type that is missing here "
            "while it was there last week has a source that stopped.",
            COUNT,
            some(in_range(_ACCEPTED, "type")),
        ),
        rows(
            "Refusals by reason",
            "Refusals in the time that is shown. An empty table is good.",
            COUNT,
            some(in_range(of("refusals"), "reason")),
        ),
        lines(
            "Accepted, the ten busiest types",
            "What most of the traffic is. A peak of one type is a system that sends everything "
            "again, or a first filling.",
            EACH_SECOND,
            Query(
                most(10, rate(_ACCEPTED, "type"), in_range(_ACCEPTED, "type"), "type"), "{{type}}"
            ),
        ),
        lines(
            "Words that nobody agreed on",
            "Codes in no list, attributes that were dropped, leases of others. Facts are taken "
            "all the same; a rise means that a source changed and rules may miss something.",
            EACH_SECOND,
            Query(rate(of("unknown_codes")), "unknown codes"),
            Query(rate(of("dropped_attributes")), "dropped attributes"),
            Query(rate(of("other_tenants"), "group"), "leases of others: {{group}}"),
        ),
    ),
)

_HTTP: Final = Row(
    "Requests",
    (
        lines(
            "Time to take facts",
            "How long a post of facts takes. The hub answers when facts are kept safely, so this "
            "follows the disk (one process) or the brokers (Kafka).",
            SECONDS,
            Query(quantile(0.5, _PUBLISHED), "p50"),
            Query(quantile(0.95, _PUBLISHED), "p95"),
            Query(quantile(0.99, _PUBLISHED), "p99"),
            bad=Bad(1, 5),
        ),
        heat(
            "Time to answer, all requests",
            "Darker is more. Long ones of `GET /v1/alerts` are readers that wait for news on "
            "purpose, up to 30 seconds.",
            SECONDS,
            buckets(_REQUESTS),
        ),
        lines(
            "Requests by route, the ten busiest",
            "Who asks what. A reader that asks for alerts many times a second should wait for them "
            "instead (`wait=`) or have a webhook.",
            REQUESTS,
            Query(
                most(10, timed(_REQUESTS, "route"), timed_in_range(_REQUESTS, "route"), "route"),
                "{{route}}",
            ),
        ),
        lines(
            "Answers by class",
            "`4xx` is what callers do wrong, `5xx` what we do wrong. `5xx` above 0 for minutes: "
            "look at the gateways' log.",
            REQUESTS,
            Query(timed(_REQUESTS, "status"), "{{status}}"),
            shape=Shape.STACKED,
            alert="SeintjeIntakeFails",
        ),
        lines(
            "Declined, by reason",
            "Limits and locked doors at work. One reason that grows is one party: its limits are "
            "in docs/limits.md.",
            REQUESTS,
            Query(rate(of("http_declined"), "reason"), "{{reason}}"),
        ),
        lines(
            "Open event streams",
            "Readers that stay connected. A sudden drop is a gateway or a balancer that restarted; "
            "they come back by themselves.",
            COUNT,
            Query(level(of("event_streams"), "instance"), "{{instance}}"),
        ),
    ),
)

TRAFFIC: Final = Board(
    uid="seintje-traffic",
    title="Seintje: traffic",
    told="What comes in, what is refused or declined, and how fast the hub answers.",
    rows=(_NOW, _WHAT, _HTTP),
)
