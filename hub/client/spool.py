"""The spool: events that were handed over, in order, until the hub has answered about them.

Of what the hub took only a digest stays, so that the same event is known again and another one
under its source and id is not sent. Of what it refused the event stays too, with the problem.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from hub.client.answers import EventStatus, Outcome, Refusal
from hub.client.errors import Conflict
from hub.client.problems import Problem
from hub.client.state import State

MAX_EVENT_BYTES: Final = 64 * 1024  # what the hub takes
_MOST_EVENTS: Final = 500
_MOST_BYTES: Final = 4 * 1024 * 1024
_MOST_REMEMBERED: Final = 100_000
_NEVER_KEPT: Final = "bsn-found"

_encode: Final = msgspec.json.Encoder(order="deterministic").encode
_problem: Final = msgspec.json.Decoder(Problem).decode

_KNOWN: Final = "SELECT digest, status FROM event WHERE source = ? AND id = ?"
_KEEP: Final = "INSERT INTO event (source, id, digest, status, body) VALUES (?, ?, ?, 'pending', ?)"
_FIRST: Final = (
    "SELECT source, id, digest, body FROM event WHERE status = 'pending' ORDER BY seq LIMIT ?"
)
_ANSWERED: Final = (
    "UPDATE event SET status = ?, receipt_id = ?, problem = ?, body = iif(?, body, NULL)"
    " WHERE source = ? AND id = ? AND status = 'pending'"
)
_OUTCOME: Final = (
    "SELECT source, id, status, receipt_id, problem FROM event WHERE source = ? AND id = ?"
)
_FORGET: Final = (
    "DELETE FROM event WHERE status IN ('accepted', 'duplicate')"
    " AND seq <= (SELECT max(seq) FROM event) - ?"
)

# Where an event was made is no part of what it says: made again it is the same in another trace.
_OF_A_TRACE: Final = frozenset({"traceparent", "tracestate"})


class Written(NamedTuple):
    """An event as it is sent."""

    source: str
    id: str
    digest: bytes
    body: bytes


def written(position: int, event: Mapping[str, Any]) -> Written:
    """The bytes of an event, the same for the same content. ValueError: no such event can be."""
    source, id_ = event.get("source"), event.get("id")
    if not (isinstance(source, str) and source and isinstance(id_, str) and id_):
        raise ValueError(f"event {position}: `source` and `id` are texts, and not empty")
    body = _encode(event)
    if len(body) > MAX_EVENT_BYTES:
        raise ValueError(f"event {position}: more than {MAX_EVENT_BYTES} bytes")
    said = {name: it for name, it in event.items() if name not in _OF_A_TRACE}
    content = body if len(said) == len(event) else _encode(said)
    return Written(source, id_, hashlib.sha256(content).digest(), body)


class Spool:
    """Events in a state file."""

    def __init__(self, state: State) -> None:
        self._state = state

    def keep(self, events: Sequence[Written]) -> None:
        """Add those that are not there, all or none; durable on return. Conflict: see there."""
        with self._state.transaction() as connection:
            for position, event in enumerate(events):
                if _is_new(connection, position, event):
                    connection.execute(_KEEP, event)

    def first(self) -> list[Written]:
        """The events that wait longest, as many as go in one call."""
        with self._state.transaction() as connection:
            found = [Written(*row) for row in connection.execute(_FIRST, (_MOST_EVENTS,))]
        size = 0
        for number, event in enumerate(found):
            size += len(event.body)
            if size > _MOST_BYTES:
                return found[:number]
        return found

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """What the hub answered. Later than that nothing is sent again."""
        with self._state.transaction() as connection:
            for it in outcomes:
                problem = None if it.problem is None else msgspec.json.encode(it.problem)
                keeps = it.problem is not None and it.problem.slug != _NEVER_KEPT
                told = (it.status, it.receipt_id, problem, keeps)
                connection.execute(_ANSWERED, (*told, it.source, it.id))
            connection.execute(_FORGET, (_MOST_REMEMBERED,))

    def outcomes(self, events: Iterable[Written]) -> tuple[Outcome, ...]:
        """What is known of these."""
        with self._state.transaction() as connection:
            rows = [
                row for it in events for row in connection.execute(_OUTCOME, (it.source, it.id))
            ]
        return tuple(
            Outcome(source, id_, EventStatus(status), receipt_id, problem and _problem(problem))
            for source, id_, status, receipt_id, problem in rows
        )

    def refusals(self) -> tuple[Refusal, ...]:
        """What the hub refused and nobody dismissed, in order."""
        with self._state.transaction() as connection:
            rows = connection.execute(
                "SELECT source, id, problem, body FROM event WHERE status = 'refused' ORDER BY seq"
            ).fetchall()
        return tuple(
            Refusal(source, id_, _problem(problem), body and msgspec.json.decode(body))
            for source, id_, problem, body in rows
        )

    def dismiss(self, refusal: Refusal) -> None:
        """Forget a refusal; also one that is gone already."""
        with self._state.transaction() as connection:
            connection.execute(
                "DELETE FROM event WHERE source = ? AND id = ? AND status = 'refused'",
                (refusal.source, refusal.id),
            )

    def pending(self) -> int:
        """How many events wait."""
        with self._state.transaction() as connection:
            [(found,)] = connection.execute("SELECT count(*) FROM event WHERE status = 'pending'")
        return int(found)


def _is_new(connection: sqlite3.Connection, position: int, event: Written) -> bool:
    known = connection.execute(_KNOWN, (event.source, event.id)).fetchone()
    if known is None:
        return True
    digest, status = known
    if status == EventStatus.REFUSED:
        # The hub did not keep it either: it may be said again, or better, at the end of the row.
        connection.execute(
            "DELETE FROM event WHERE source = ? AND id = ?", (event.source, event.id)
        )
        return True
    if digest != event.digest:
        raise Conflict(position, event.source, event.id)
    return False
