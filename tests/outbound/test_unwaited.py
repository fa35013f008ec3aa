"""Threads that nobody waits for: what they do, and that a process ends without them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

import pytest

from hub.unwaited import Unwaited

# A name server that never answers, while the process is told to end.
SILENT = """
import asyncio, threading
from hub.guarded import Names

async def main():
    asked = threading.Event()
    names = Names(lambda *_: asked.set() or threading.Event().wait())
    asking = asyncio.create_task(names("receiver.example", 443))
    await asyncio.to_thread(asked.wait)
    names.close()
    asking.cancel()

asyncio.run(main())
"""


def test_a_process_ends_while_a_name_server_is_silent() -> None:
    assert subprocess.run([sys.executable, "-c", SILENT], timeout=60, check=False).returncode == 0


def test_no_more_at_once_than_was_said() -> None:
    threads, lock, go = Unwaited(2, "test"), threading.Lock(), threading.Event()
    both = threading.Barrier(2)
    now = most = 0

    def call(wait: Callable[[], object]) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        wait()
        with lock:
            now -= 1

    first = [threads.submit(call, both.wait) for _ in range(2)]
    rest = [threads.submit(call, go.wait) for _ in range(5)]
    go.set()
    for it in (*first, *rest):
        it.result(20)
    assert most == 2


def test_what_a_call_raises_is_raised() -> None:
    threads = Unwaited(1, "test")
    assert threads.submit(int, "7").result(20) == 7
    with pytest.raises(ValueError, match="invalid literal"):
        threads.submit(int, "x").result(20)


def test_closed_it_begins_nothing_more() -> None:
    threads, both = Unwaited(1, "test"), threading.Barrier(2)
    going: Future[int] = threads.submit(lambda: both.wait() + both.wait())
    both.wait()
    waiting = threads.submit(int)
    threads.shutdown()
    both.wait()
    assert going.result(20) in (0, 1, 2)
    with pytest.raises(CancelledError):
        waiting.result(20)
    with pytest.raises(RuntimeError):
        threads.submit(int)
