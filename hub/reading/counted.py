"""What the metrics show of the read model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from hub.reading import alerts, counts, held
from hub.reading.model import Reading
from hub.streams.held import REASONS
from hub.streams.receipts import ReceiptStatus
from hub.telemetry.metrics import Counts


def counted(
    reading: Reading, oldest_unprocessed: Mapping[str, float], behind: float | None = None
) -> Counts:
    """The counts of now. Ages are in seconds; `behind`: how far a read model of its own is."""
    receipts = dict.fromkeys((status.value for status in ReceiptStatus), 0)
    return Counts(
        open_alerts=reading.ask(alerts.living),
        held=dict.fromkeys(REASONS.values(), 0) | dict(reading.ask(held.per_reason)),
        dead_letters=reading.ask(partial(counts.of, name="dead-letters")),
        receipts=receipts | reading.ask(partial(counts.of, name="receipts")),
        disclosures=sum(reading.ask(partial(counts.of, name="disclosures")).values()),
        oldest_unprocessed=oldest_unprocessed,
        reading_behind=behind,
    )
