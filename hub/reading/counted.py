"""What the metrics show of the read model."""

from __future__ import annotations

from functools import partial

from hub.domain.refusals import Slug
from hub.reading import alerts, counts, held, letter_marks
from hub.reading.model import Reading
from hub.streams.held import REASONS
from hub.streams.receipts import ReceiptStatus
from hub.telemetry.board import Shown, by_one


def counted(reading: Reading) -> Shown:
    """The counts of now. What has a list of values begins at 0 for each."""
    dead = dict.fromkeys((slug.value for slug in Slug), 0)
    receipts = dict.fromkeys((status.value for status in ReceiptStatus), 0)
    waits = dict.fromkeys(REASONS.values(), 0)
    disclosures = reading.ask(partial(counts.of, name="disclosures"))
    return {
        "seintje_open_alerts": dict(reading.ask(alerts.living).items()),
        "seintje_held": by_one(waits | dict(reading.ask(held.per_reason))),
        "seintje_dead_letters": by_one(dead | reading.ask(partial(counts.of, name="dead-letters"))),
        "seintje_dead_letters_open": by_one(dead | reading.ask(letter_marks.open_by_reason)),
        "seintje_receipts": by_one(receipts | reading.ask(partial(counts.of, name="receipts"))),
        "seintje_disclosures": {(): sum(disclosures.values())},
    }
