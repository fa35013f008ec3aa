"""Evaluating a backtest on all processors: each looks at its share of the households.

A child is a copy of this process with all facts in it, so nothing is sent to it; it sends its
alerts back and is gone. What a child cannot finish is done here: the answer is the same either way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from heapq import merge
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from hub.streams.collected import Share

if TYPE_CHECKING:
    from hub.domain.time import Instant
    from hub.streams.backtest import Alert, Backtest

_MOST: Final = 8  # processes; the facts are copied bit by bit as they are looked at
_WORTH_IT: Final = 20_000  # facts; a copy of the process takes some milliseconds


def alerts_by_all(
    run: Backtest, at: Instant, begun: Callable[[], None] = lambda: None
) -> list[Alert]:
    """What `run.alerts(at)` gives. `begun` is called when there are no more copies to be made."""
    processes = min(len(os.sched_getaffinity(0)), _MOST)
    if run.outcomes.get("new", 0) < _WORTH_IT:
        processes = 1
    return alerts_by(run, at, processes, begun)


def alerts_by(
    run: Backtest, at: Instant, processes: int, begun: Callable[[], None] = lambda: None
) -> list[Alert]:
    """The same by so many processes."""
    shares = [Share(part, processes) for part in range(processes)]
    children = [_begin(run, at, share) for share in shares[1:]]
    begun()
    found = [run.alerts(at, shares[0])]
    for child in children:
        told = _ended(child)
        found.append(run.alerts(at, child.share) if told is None else told)
    return list(merge(*found, key=_order))


class _Child(NamedTuple):
    pid: int
    pipe: int
    share: Share


def _begin(run: Backtest, at: Instant, share: Share) -> _Child:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return _Child(pid, reading, share)
    # In the child: nothing of the parent's is closed, flushed or told on the way out.
    code = 1
    try:
        told = msgspec.json.encode(run.alerts(at, share))
        with open(writing, "wb") as pipe:
            pipe.write(told)
        code = 0
    finally:
        os._exit(code)


def _ended(child: _Child) -> list[Alert] | None:
    """What a child found; None if it did not finish."""
    from hub.streams.backtest import Alert

    with open(child.pipe, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child.pid, 0)
    return msgspec.json.decode(told, type=list[Alert]) if status == 0 else None


def _order(alert: Alert) -> tuple[str, str, str]:
    # instants as text of one form sort as instants do
    return (alert.raised_at, alert.rule, alert.alert_id)
