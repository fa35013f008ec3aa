"""A condition that is not met, and what may be in its way (agreement document, Explain)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from hub.domain.facts import Fact
from hub.domain.names import Name
from hub.domain.time import Instant


class Reason(StrEnum):
    """What is in the way."""

    NO_AGREEMENT = "no-agreement"  # no version is in force now
    OTHER_VERSION = "other-version"  # it began outside the version that is
    NO_LEASE = "no-lease"  # counted from a lease that is not known
    NOT_DURING = "not-during"  # a state of `during` is not in force
    OUT_OF_SCOPE = "out-of-scope"  # what began it lies outside `during`
    NOT_DUE = "not-due"  # the deadline is still to come
    CAME = "came"  # what should have come did
    IN_FORCE = "in-force"  # a state that should be absent is in force
    NOT_IN_FORCE = "not-in-force"  # a state that should be in force is not
    NEVER = "never"  # no such fact has come
    NO_MATCH = "no-match"  # such facts came, but not as the rule asks
    RECENT = "recent"  # the last one is too short ago
    TOO_SHORT = "too-short"  # it holds, but not for long enough yet
    TOO_FEW = "too-few"  # not as many as asked
    ONE_SIDE = "one-side"  # only one side has said something
    SETTLED = "settled"  # it was open and is no more
    OVER = "over"  # it was so, and has ended
    UNKNOWN = "unknown"  # a number that is compared is not known
    NOT_ABOVE = "not-above"  # the numbers are known and do not exceed
    HOLDS = "holds"  # what the rule denies holds
    CUT = "cut"  # it holds, but the alert was ended before
    NO_BEGINNING = "no-beginning"  # it has always been so: no fact began it


class Unmet(Struct, frozen=True):
    """A condition that does not hold: in the words of the file, why, since when, and at which
    instant it would if nothing else came. `then`: what was in the way at the instant of the fact.
    """

    reason: Reason
    condition: str
    at: Instant | None = None
    facts: tuple[Fact, ...] = ()
    changes_at: Instant | None = None
    have: int | None = None
    need: int | None = None
    then: Unmet | None = None


# What is so from an instant on; the others happened, or are due, at theirs.
LASTING: Final = frozenset(
    {
        Reason.NOT_DURING,
        Reason.IN_FORCE,
        Reason.NOT_IN_FORCE,
        Reason.TOO_SHORT,
        Reason.HOLDS,
        Reason.OVER,
    }
)

REASONS: Final[Mapping[Reason, Name]] = {
    Reason.NO_AGREEMENT: Name(
        "Voor deze gemeente geldt nu geen afspraak", "No agreement is in force for this gemeente"
    ),
    Reason.OTHER_VERSION: Name(
        "Het begon toen deze versie van de afspraak niet gold",
        "It began when this version of the agreement was not in force",
    ),
    Reason.NO_LEASE: Name(
        "Er is geen huurcontract bekend om {condition} vanaf te tellen",
        "No lease is known to count {condition} from",
    ),
    Reason.NOT_DURING: Name(
        "De regel geldt alleen tijdens {condition}, en dat is nu niet zo",
        "The rule applies during {condition} only, and that is not so now",
    ),
    Reason.OUT_OF_SCOPE: Name(
        "{condition} valt buiten de periode waarin de regel geldt",
        "{condition} is outside the time in which the rule applies",
    ),
    Reason.NOT_DUE: Name(
        "De termijn van {condition} is nog niet om", "The deadline of {condition} is to come"
    ),
    Reason.CAME: Name(
        "Wat bij {condition} zou ontbreken, is er", "What {condition} asks about did come"
    ),
    Reason.IN_FORCE: Name(
        "{condition} gaat niet op: het is van kracht", "{condition} is not so: it is in force"
    ),
    Reason.NOT_IN_FORCE: Name(
        "{condition} gaat niet op: het is niet van kracht",
        "{condition} is not so: it is not in force",
    ),
    Reason.NEVER: Name(
        "Voor {condition} is er nog nooit iets gemeld",
        "Nothing was ever reported for {condition}",
    ),
    Reason.NO_MATCH: Name(
        "Wat er gemeld is, past niet bij {condition}",
        "What was reported does not fit {condition}",
    ),
    Reason.RECENT: Name(
        "Het laatste feit van {condition} is nog te kort geleden",
        "The last fact of {condition} is too recent",
    ),
    Reason.TOO_SHORT: Name(
        "{condition} duurt nog niet lang genoeg", "{condition} has not lasted long enough"
    ),
    Reason.TOO_FEW: Name(
        "Voor {condition} zijn het er {have} van de {need}",
        "For {condition} there are {have} of the {need}",
    ),
    Reason.ONE_SIDE: Name(
        "Voor {condition} komt alles van één kant", "For {condition} all comes from one side"
    ),
    Reason.SETTLED: Name(
        "Alles wat bij {condition} openstond, is afgehandeld",
        "All that was open for {condition} has been settled",
    ),
    Reason.OVER: Name("{condition} is voorbij", "{condition} is over"),
    Reason.UNKNOWN: Name(
        "Een getal in {condition} is niet bekend", "A number in {condition} is not known"
    ),
    Reason.NOT_ABOVE: Name(
        "De getallen in {condition} zijn bekend en passen",
        "The numbers in {condition} are known, and fit",
    ),
    Reason.HOLDS: Name(
        "{condition} gaat niet op: wat er niet mag zijn, is er",
        "{condition} is not so: what should not be is there",
    ),
    Reason.CUT: Name(
        "{condition} geldt nog, maar het seintje daarover is al beëindigd",
        "{condition} still holds, but its alert has been ended",
    ),
    Reason.NO_BEGINNING: Name(
        "{condition} is altijd zo geweest: geen feit heeft het doen beginnen",
        "{condition} has always been so: no fact began it",
    ),
}
assert REASONS.keys() == set(Reason)
