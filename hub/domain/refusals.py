"""Why something is refused, and what the sender is told (facts document, Intake).

A refusal is an answer, not a fault. Its slug is published: problem type on HTTP, header of the
dead letter, label of the metric. Slugs are added, never renamed. No text here ever holds a value
out of a fact: positions, field paths and what is allowed instead.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Slug(StrEnum):
    """The stable names of refusals."""

    MALFORMED = "malformed"
    UNKNOWN_TYPE = "unknown-type"
    SCHEMA_VIOLATION = "schema-violation"
    NOT_YOUR_SOURCE = "not-your-source"
    NOT_YOUR_FACT = "not-your-fact"
    UNKNOWN_GEMEENTE = "unknown-gemeente"
    BSN_FOUND = "bsn-found"
    CONFLICTING_DUPLICATE = "conflicting-duplicate"
    TOO_LARGE = "too-large"
    IN_THE_FUTURE = "in-the-future"
    NO_CONVENANT = "no-convenant"
    HOUSEHOLD_FORGOTTEN = "household-forgotten"
    AMBIGUOUS_ADDRESS = "ambiguous-address"
    PROCESSING_ERROR = "processing-error"


class Violation(Struct, frozen=True):
    """One thing that is wrong with a fact: the path of the field (`data.references[0].value`) and
    what is expected there."""

    path: str
    expected: str


class Refused(Struct, frozen=True):
    """The answer to a fact that is not accepted: slug, one sentence, every violation found."""

    slug: Slug
    detail: str
    violations: tuple[Violation, ...] = ()
