"""Why the hub says no, read from problem details (RFC 9457).

What stands between client and hub may answer in its place, without any: then the status is told.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from hub.client.http import UNREADABLE, Answer
from hub.domain.refusals import Violation
from hub.wire.problems import MEDIA_TYPE, ProblemDetails

_details: Final = msgspec.json.Decoder(ProblemDetails).decode


class Problem(Struct, frozen=True):
    """Why not: `slug` is for programs and never changes, `title` and `detail` are for people,
    `violations` says by field what was expected. No value of a fact is in it."""

    slug: str
    status: int
    title: str
    detail: str = ""
    violations: tuple[Violation, ...] = ()

    def __str__(self) -> str:
        told = [f"{self.status} {self.slug}: {self.title}", self.detail]
        told += [f"{it.path}: {it.expected}" for it in self.violations]
        return "; ".join(it for it in told if it)


def problem_of(answer: Answer) -> Problem:
    """The problem that an answer tells; without one `http-<status>`."""
    if answer.media_type == MEDIA_TYPE:
        try:
            return problem(_details(answer.body))
        except UNREADABLE:
            pass  # it says so, and is none
    told = "What answered gave no reason; it may not be the hub."
    return Problem(f"http-{answer.status}", answer.status, f"HTTP {answer.status}", told)


def problem(details: ProblemDetails) -> Problem:
    """The same with the slug by itself."""
    slug = details.type.rpartition("/")[2]
    return Problem(slug, details.status, details.title, details.detail, details.violations)
