"""Delivery: webhooks to the receivers of parties."""

from __future__ import annotations

from typing import Final

from deploy.grafana.boards import Board, Row
from deploy.grafana.panels import (
    COUNT,
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
    PARTY,
    RANGE,
    buckets,
    highest,
    in_range,
    level,
    of,
    quantile,
    rate,
    share,
    some,
)

_OLDEST: Final = of("webhook_oldest_seconds", party=PARTY)
_ATTEMPTS: Final = of("webhook_attempts")
_FAILED: Final = of("webhook_attempts", reason="!=delivered")
_ANSWERS: Final = of("webhook_seconds")
_HOOK_LETTERS: Final = "=~webhook-.+"

_NOW: Final = Row(
    "Now",
    (
        number(
            "Oldest undelivered",
            "Age of the oldest revision that a party still has to get. Minutes are good; hours "
            "mean a receiver that is away, or that nobody delivers.",
            SECONDS,
            highest(_OLDEST),
            bad=Bad(900, 7200),
            alert="SeintjeSubscriberDead",
        ),
        number(
            "Failed attempts",
            "Share of the attempts that was not delivered. One receiver that is away raises this: "
            "see which party below. Nothing is lost; it is tried again for days.",
            SHARE,
            share(in_range(_FAILED), in_range(_ATTEMPTS)),
            bad=Bad(0.05, 0.5),
        ),
        number(
            "Time of receivers, p95",
            "95 of 100 receivers answered within this time. Above 10 seconds they run into our "
            "patience: ask the party to answer first and work later.",
            SECONDS,
            quantile(0.95, _ANSWERS, over=RANGE),
            bad=Bad(5, 10),
        ),
        number(
            "Subscriptions failing",
            "Subscriptions whose last attempt failed. The contact was mailed; call if it lasts a "
            "working day.",
            COUNT,
            level(of("subscriptions", life="failing")),
            bad=Bad(1, 3),
            alert="SeintjeSubscriberDead",
        ),
        number(
            "Stopped by us",
            "Subscriptions that cannot be delivered by a fault of the hub. 0 is good; anything "
            "else is ours to mend: the log of who delivers says what.",
            COUNT,
            level(of("webhook_broken")),
            bad=Bad(1),
            alert="SeintjeWebhookBroken",
        ),
        number(
            "Put aside, open",
            "Revisions that a receiver will not take, kept as dead letters. The party has them "
            "recovered once its receiver is mended.",
            COUNT,
            level(of("dead_letters_open", reason=_HOOK_LETTERS)),
            bad=Bad(1, 20),
            alert="SeintjeDeadLetters",
        ),
    ),
)

_COURSE: Final = Row(
    "Course",
    (
        lines(
            "Oldest undelivered, by party",
            "One line that climbs is one receiver. All climb together: who delivers is away, or "
            "the way out is closed.",
            SECONDS,
            Query(highest(_OLDEST, "party"), "{{party}}"),
            bad=Bad(900, 7200),
            alert="SeintjeSubscriberDead",
        ),
        lines(
            "Attempts, by how they ended",
            "`delivered` is good. `untrusted` and `address-not-allowed` never mend themselves: a "
            "certificate or a name in the DNS. docs/webhooks.md has all of them.",
            REQUESTS,
            Query(rate(_ATTEMPTS, "reason"), "{{reason}}"),
            shape=Shape.STACKED,
        ),
        lines(
            "Time of receivers",
            "How long receivers take to answer. What rises slowly is a receiver that does its work "
            "before it answers.",
            SECONDS,
            Query(quantile(0.5, _ANSWERS), "p50"),
            Query(quantile(0.95, _ANSWERS), "p95"),
            Query(quantile(0.99, _ANSWERS), "p99"),
        ),
        heat(
            "Time of receivers, all of them",
            "Darker is more. A band at the top is one slow receiver among quick ones.",
            SECONDS,
            buckets(_ANSWERS),
        ),
        lines(
            "Subscriptions, by life",
            "`disabled` ones said that they are gone, or failed too long; nothing is sent to them "
            "until the party verifies again.",
            COUNT,
            Query(level(of("subscriptions"), "life"), "{{life}}"),
            shape=Shape.STACKED,
            alert="SeintjeSubscriptionStopped",
        ),
        rows(
            "Failed attempts by reason",
            "In the time that is shown. An empty table is good.",
            COUNT,
            some(in_range(_FAILED, "reason")),
        ),
    ),
)

DELIVERY: Final = Board(
    uid="seintje-delivery",
    title="Seintje: delivery",
    told="Whether parties get what they are told: webhooks, their receivers, and what waits.",
    rows=(_NOW, _COURSE),
)
