"""What the client raises, and what its caller must do.

SeintjeError                  of `hub.errors`: catches all of it
├─ Unavailable(retry_after)   the hub is away; what was handed over stays in the spool: try again
├─ Misconfigured(where, do)   address, key or state file is wrong: mend it
├─ Declined(problem)          the hub says no to this call: sending it again will not help
└─ Conflict(source, id)       another event has this source and id: give this one its own

That the hub refuses a fact is no error: see `Outcome`.
"""

from __future__ import annotations

from hub.client.problems import Problem
from hub.errors import SeintjeError


class Declined(SeintjeError):
    """The hub said no to a call. `problem` says why; `slug`, `status` and the rest are its own."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.slug = problem.slug
        self.status = problem.status
        self.title = problem.title
        self.detail = problem.detail
        self.violations = problem.violations


class Conflict(SeintjeError):
    """An event has the source and id of one that was handed over before with other content.
    Nothing of the call was kept. A correction gets an id of its own, and says in `replaces` what
    it replaces."""

    def __init__(self, position: int, source: str, id_: str) -> None:
        told = "has the source and id of an event that was handed over with other content"
        super().__init__(f"event {position} of this call {told}")
        self.position = position
        self.source = source
        self.id = id_
