"""Domain: alerts, what is held back, silent feeds, dead letters and disclosures. Counts only."""

from __future__ import annotations

from typing import Final

from deploy.grafana.boards import Board, Row
from deploy.grafana.panels import (
    COUNT,
    EACH_SECOND,
    SECONDS,
    Bad,
    Query,
    Shape,
    lines,
    number,
    rows,
)
from deploy.grafana.promql import (
    PARTY,
    gained,
    highest,
    in_range,
    level,
    of,
    rate,
    raw,
    some,
)

_ALERTS: Final = of("open_alerts")
_HELD: Final = of("held")
_LATE: Final = of("feed_late_seconds", party=PARTY)
_LETTERS: Final = of("dead_letters_open")
_FROZEN: Final = of("households_frozen")

_NOW: Final = Row(
    "Now",
    (
        number(
            "Open alerts",
            "Alerts that are open, acknowledged or agreed, of all rules. It moves slowly; a jump "
            "after a new agreement or a filling is to be explained before parties ask.",
            COUNT,
            f"sum ({level(_ALERTS, 'rule', 'severity')})",
        ),
        number(
            "Held back",
            "Notices that wait because the agreement says so (rent alone, a pause). Not a fault. "
            "See the reasons below if it only grows.",
            COUNT,
            f"sum ({level(_HELD, 'reason')})",
        ),
        number(
            "Latest feed",
            "For how long a promised feed has been overdue. 0 is good. A late feed means that we "
            "do not know, and alerts may be wrong: call the party.",
            SECONDS,
            highest(_LATE),
            bad=Bad(1, 86400),
            alert="SeintjeFeedSilent",
        ),
        number(
            "Dead letters, open",
            "What could not be taken in, processed or delivered, and waits for somebody. 0 is "
            "good: `seintje dead-letters list`.",
            COUNT,
            f"sum ({level(_LETTERS, 'reason')})",
            bad=Bad(1, 20),
            alert="SeintjeDeadLetters",
        ),
        number(
            "Households frozen",
            "Households of which nothing is told because a fact of theirs failed. 0 is good; each "
            "one is people we are silent about: mend and redrive its dead letter.",
            COUNT,
            level(_FROZEN),
            bad=Bad(1, 2),
            alert="SeintjeHouseholdsFrozen",
        ),
        number(
            "Disclosures",
            "How often something of a household was told or shown, a second. Goes with alerts and "
            "readers; a peak without either is worth a question.",
            EACH_SECOND,
            rate(of("disclosures")),
        ),
    ),
)

_TOLD: Final = Row(
    "Alerts",
    (
        lines(
            "Open alerts, by severity",
            "What people at both sides have to work on.",
            COUNT,
            Query(f"sum by (severity) ({level(_ALERTS, 'rule', 'severity')})", "{{severity}}"),
            shape=Shape.STACKED,
        ),
        lines(
            "Open alerts, by rule",
            "One rule that climbs alone: a rule that is too strict, or a source that stopped "
            "sending what closes it.",
            COUNT,
            Query(f"sum by (rule) ({level(_ALERTS, 'rule', 'severity')})", "{{rule}}"),
        ),
        rows(
            "Open alerts now",
            "By rule and severity.",
            COUNT,
            some(level(_ALERTS, "rule", "severity")),
        ),
        lines(
            "Held back, by reason",
            "Why notices wait. They go out by themselves once the reason is gone.",
            COUNT,
            Query(level(_HELD, "reason"), "{{reason}}"),
            shape=Shape.STACKED,
        ),
        lines(
            "Receipts",
            "What became of facts. `waiting` that grows: an address or a lease that nobody knows; "
            "the source must send what is missing.",
            EACH_SECOND,
            Query(rate(of("receipts"), "status"), "{{status}}"),
        ),
        lines(
            "Disclosures",
            "Each is in the log that people may ask for. None while alerts go out would be a "
            "fault: stop and look.",
            EACH_SECOND,
            Query(rate(of("disclosures")), "disclosures"),
        ),
    ),
)

_AMISS: Final = Row(
    "Amiss",
    (
        lines(
            "Late feeds",
            "Feeds that promised to be complete and are not. Lines stop at 0 when the feed says "
            "`feed-complete` again.",
            SECONDS,
            Query(some(highest(_LATE, "party", "feed")), "{{party}}: {{feed}}"),
            bad=Bad(1, 86400),
            alert="SeintjeFeedSilent",
        ),
        rows(
            "Feeds",
            "All that was promised, the latest first. 0 is on time.",
            SECONDS,
            highest(_LATE, "party", "feed"),
        ),
        lines(
            "Dead letters, open",
            "Goes down when somebody redrives or dismisses them. Of one reason at once: one cause, "
            "one redrive.",
            COUNT,
            Query(level(_LETTERS, "reason"), "{{reason}}"),
            shape=Shape.STACKED,
            alert="SeintjeDeadLetters",
        ),
        lines(
            "New dead letters",
            "In each step of the graph. A steady trickle of one reason is a source that changed.",
            COUNT,
            Query(gained(of("dead_letters"), "reason"), "{{reason}}"),
            alert="SeintjeDeadLettersMany",
        ),
        rows(
            "New dead letters by reason",
            "In the time that is shown. An empty table is good.",
            COUNT,
            some(in_range(of("dead_letters"), "reason")),
        ),
        rows(
            "Agreements in force",
            "What each process has read. Two versions of one agreement for longer than a roll-out: "
            "one process was not restarted.",
            COUNT,
            raw(of("agreement_info")),
            alert="SeintjeAgreementsDiffer",
        ),
    ),
)

DOMAIN: Final = Board(
    uid="seintje-domain",
    title="Seintje: domain",
    told="What parties are told, what is held back, and what is amiss with facts and feeds.",
    rows=(_NOW, _TOLD, _AMISS),
    since="now-24h",
)
