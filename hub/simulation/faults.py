"""What goes wrong on the way, in numbers (facts document, Intake; product document, principles)."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Each draws from its own generator: turning one on moves nothing of the rest."""

    DUPLICATES = "duplicates"
    REORDER = "reorder"
    LATE = "late"
    CORRECTIONS = "corrections"
    BAD = "bad"
