"""The one thread that writes, and the group commit.

Whatever was asked while a transaction was being synced goes into the next one together. Each piece
of work has a savepoint: when it raises, only it is undone. A fault of the disk undoes the whole
group, and everyone in it is told `Unavailable`. Answers are given after `COMMIT`: durable. Where a
journal is kept, what the group did is in it before `COMMIT` (ADR 0031): whatever anybody can ever
have seen of this database can be restored.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from hub.errors import Bug, Unavailable
from hub.streams.sqlite.faults import translated

if TYPE_CHECKING:
    from hub.streams.sqlite.journaling import Journaling

LARGEST_GROUP: Final = 500  # pieces of work in one transaction

Answer = TypeVar("Answer")
Work: TypeAlias = Callable[[sqlite3.Connection], Answer]
_Outcome: TypeAlias = tuple["_Job", Any, Exception | None]


class _Job:
    """Work, who waits for its answer, and what is done besides once it was committed."""

    __slots__ = ("future", "is_transaction", "loop", "then", "work")

    def __init__(self, work: Work[Any], then: Callable[[], None] | None = None) -> None:
        self.work = work
        self.then = then
        self.is_transaction = True
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()


class Writer:
    """Owns the connection that writes. `journaling`: what it does is written there first."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.journaling: Journaling | None = None
        self._connection = connection
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="seintje-write", daemon=True)
        self._is_closed = False
        self._thread.start()

    async def transact(self, work: Work[Answer], then: Callable[[], None] | None = None) -> Answer:
        """Run the work in a transaction; returns when it is durable.

        `Unavailable`: nothing of it happened, try again. What the work itself raises comes back,
        and nothing of it happened either. Cancelled: it may still happen. `then` is called in the
        thread that writes once it has happened, also when the caller has left.
        """
        answer: Answer = await self._ask(_Job(work, then))
        return answer

    async def outside(self, work: Work[Answer]) -> Answer:
        """Run what cannot stand in a transaction, like a checkpoint."""
        job = _Job(work)
        job.is_transaction = False
        answer: Answer = await self._ask(job)
        return answer

    def close(self) -> None:
        """Finish what was asked, then close the connection."""
        if self._is_closed:
            return
        self._is_closed = True
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()
        if self.journaling is not None:
            self.journaling.close()

    async def _ask(self, job: _Job) -> Any:
        if self._is_closed:
            raise Unavailable("the database is being closed")
        self._jobs.put(job)
        return await job.future

    def _serve(self) -> None:
        is_open = True
        while is_open:
            jobs = [self._jobs.get()]
            while len(jobs) < LARGEST_GROUP and jobs[-1] is not None:
                try:
                    jobs.append(self._jobs.get_nowait())
                except Empty:
                    break
            is_open = jobs[-1] is not None
            self._run([job for job in jobs if job is not None])

    def _run(self, jobs: Sequence[_Job]) -> None:
        group: list[_Job] = []
        for job in jobs:
            if job.is_transaction:
                group.append(job)
                continue
            self._together(group)
            group = []
            _tell([_outcome(self._connection, job)])
        self._together(group)

    def _together(self, jobs: Sequence[_Job]) -> None:
        if not jobs:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._one(job) for job in jobs]
            if self.journaling is not None:
                self.journaling.write(self._connection)
            self._connection.execute("COMMIT")
            if self.journaling is not None:
                self.journaling.committed()
        except Exception as error:  # whatever it is: whoever waits is told, and others are written
            self._undo()
            if self.journaling is not None:
                is_disk = isinstance(error, sqlite3.Error)
                self.journaling.take_back(None if is_disk else str(error) or type(error).__name__)
            outcomes = [(job, None, error) for job in jobs]
        _tell(outcomes)

    def _one(self, job: _Job) -> _Outcome:
        """The work in a savepoint. Raises only what undoes the whole group."""
        self._connection.execute("SAVEPOINT work")
        noted = 0 if self.journaling is None else self.journaling.noted()
        outcome = _outcome(self._connection, job)
        fault = outcome[2]
        if fault is not None:
            cause = fault.__cause__ or fault
            if isinstance(cause, sqlite3.Error) and not isinstance(translated(cause), Bug):
                raise cause  # the disk failed, not the work
            self._connection.execute("ROLLBACK TO work")
            if self.journaling is not None:
                self.journaling.forget(noted)
        self._connection.execute("RELEASE work")
        return outcome

    def _undo(self) -> None:
        # A full disk may have rolled back already; so may a COMMIT that failed. If this fails too,
        # the next BEGIN will, and whoever asked is told then.
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _outcome(connection: sqlite3.Connection, job: _Job) -> _Outcome:
    try:
        return job, job.work(connection), None
    except Exception as error:  # nothing is swallowed: whoever asked gets it
        return job, None, error


def _tell(outcomes: Iterable[_Outcome]) -> None:
    """Give the answers, in one call for each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        job, _, fault = outcome
        if fault is None and job.then is not None:
            job.then()
        by_loop.setdefault(job.loop, []).append(outcome)
    for loop, told in by_loop.items():
        with suppress(RuntimeError):  # it was closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, told)


def _settle(outcomes: Iterable[_Outcome]) -> None:
    for job, answer, fault in outcomes:
        if job.future.done():
            continue  # cancelled
        if fault is None:
            job.future.set_result(answer)
        else:
            job.future.set_exception(_in_our_words(fault))


def _in_our_words(fault: Exception) -> Exception:
    if not isinstance(fault, sqlite3.Error):
        return fault
    ours = translated(fault)
    ours.__cause__ = fault
    return ours
