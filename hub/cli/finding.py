"""What a check of `seintje doctor` found."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How bad it is, the worst last. `unknown`: it could not be found out."""

    GOOD = "good"
    LOOK = "look"
    UNKNOWN = "unknown"
    WRONG = "wrong"


class Finding(NamedTuple):
    """What a check found: nothing (`do` empty), or what is wrong and what to do. `how` None: good
    without something to do, else wrong."""

    check: str
    says: str
    do: str = ""
    how: Severity | None = None

    @property
    def severity(self) -> Severity:
        return self.how or (Severity.WRONG if self.do else Severity.GOOD)

    @property
    def is_good(self) -> bool:
        return self.severity is Severity.GOOD


def look(check: str, says: str, do: str) -> Finding:
    """It works, and will not for long or not for everybody: something to look at."""
    return Finding(check, says, do, Severity.LOOK)


def unknown(check: str, says: str, do: str) -> Finding:
    """It could not be found out."""
    return Finding(check, says, do, Severity.UNKNOWN)
