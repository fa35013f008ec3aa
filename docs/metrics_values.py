"""What may stand in each label of each family of metrics: closed lists, out of everybody's tables.

Read by the page of metrics (`docs.metrics_page`) and by the tests that hold a running hub to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from math import prod
from typing import Final, TypeAlias, get_args

from msgspec import Struct

from connectors.metrics import OUTCOMES as PUBLISHED
from hub.compose.certificates import FILES
from hub.console.app import PAGES
from hub.delivery.outcome import RULINGS, Reason, Ruling
from hub.delivery.subscription import Life as LifeOfSubscription
from hub.domain.agreement import Agreements, Severity
from hub.domain.facts import CATALOGUE
from hub.domain.parties import Parties
from hub.domain.refusals import Slug
from hub.gateway.app import NOBODY, OPEN, calls
from hub.gateway.problems import Trouble
from hub.streams.held import REASONS
from hub.streams.kafka.sensor import EVENTS
from hub.streams.keeping import Life as LifeOfShard
from hub.streams.letters import WEBHOOK as PREFIX
from hub.streams.receipts import ReceiptStatus
from hub.telemetry.family import Family, Kind, Role
from hub.telemetry.metrics import IN, OTHER, OUTCOMES, SHARDS, TRANSACTIONS

Values: TypeAlias = tuple[str, ...]

_FAILURES: Final = ("unavailable", "misconfigured")
_DEAD: Final = (
    *(it.value for it in Slug),
    *(PREFIX + it.value for it, ruling in RULINGS.items() if ruling is Ruling.PARK),
)
# Of a label that means the same everywhere.
_OF_LABEL: Final[Mapping[str, Values]] = {
    "type": (*CATALOGUE, OTHER),
    "severity": get_args(Severity),
    "shard": (*SHARDS, IN),
    "feed": tuple(CATALOGUE),
    "group": ("regular", OTHER),
    "certificate": tuple(FILES),
    "role": tuple(it.value for it in Role if it is not Role.TOPICS),  # that one does not run on
    "event": EVENTS,
    "route": (
        *dict.fromkeys([*(it.path for it in calls()), *OPEN, *(it.path for it in PAGES)]),
        NOBODY,
    ),
}
_OF_FAMILY: Final[Mapping[tuple[str, str], Values]] = {
    ("seintje_facts", "outcome"): OUTCOMES,
    ("seintje_refusals", "reason"): tuple(it.value for it in Slug),
    ("seintje_http_request_seconds", "status"): tuple(f"{it}xx" for it in range(1, 6)),
    ("seintje_http_declined", "reason"): tuple(it.value for it in Trouble),
    ("seintje_shards", "life"): tuple(it.value for it in LifeOfShard),
    ("seintje_transactions", "outcome"): TRANSACTIONS,
    ("seintje_held", "reason"): tuple(REASONS.values()),
    ("seintje_receipts", "status"): tuple(it.value for it in ReceiptStatus),
    ("seintje_dead_letters", "reason"): _DEAD,
    ("seintje_dead_letters_open", "reason"): _DEAD,
    ("seintje_webhook_attempts", "reason"): tuple(it.value for it in Reason),
    ("seintje_subscriptions", "life"): tuple(it.value for it in LifeOfSubscription),
    ("seintje_connector_records", "outcome"): ("mapped", "unmapped"),
    ("seintje_connector_facts", "outcome"): PUBLISHED,
    ("seintje_connector_delivered", "outcome"): ("delivered", "undeliverable"),
    ("seintje_connector_failures", "reason"): _FAILURES,
}


class Known(Struct, frozen=True):
    """What the operators wrote, and the parts of one connector: what other labels come from."""

    agreements: Agreements
    parties: Parties
    version: str
    parts: Values = ()


_OF_FILES: Final[Mapping[str, Callable[[Known], Values]]] = {
    "rule": lambda it: tuple(
        dict.fromkeys(chain.from_iterable(found.by_id for found in it.agreements.all))
    ),
    "party": lambda it: tuple(it.parties.by_id),
    "id": lambda it: tuple(found.id for found in it.agreements.all),
    "version": lambda it: (*(found.version for found in it.agreements.all), it.version),
    "part": lambda it: it.parts,
    "source": lambda it: it.parts,
    "sink": lambda it: it.parts,
}


def fixed(family: Family, label: str) -> Values | None:
    """The values of a label that stand in this program; None: they come from files."""
    return _OF_FAMILY.get((family.name, label)) or _OF_LABEL.get(label)


def values(family: Family, label: str, known: Known) -> Values:
    """All that may stand in a label."""
    found = fixed(family, label)
    return _OF_FILES[label](known) if found is None else found


def most_series(family: Family, known: Known) -> int:
    """How many series one process can have of a family."""
    rows = prod(len(values(family, label, known)) for label in family.labels)
    # a bucket above all others, a count and a sum
    return rows * (len(family.buckets) + 3 if family.kind is Kind.HISTOGRAM else 1)
