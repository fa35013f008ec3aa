"""Threads for calls that may take long, and that nobody waits for when the process ends.

`ThreadPoolExecutor` has the interpreter wait at its end for whatever its threads do. Asking a name
server or a mail server may take half a minute, of which a party or nobody of ours says how long;
nothing of us is lost with it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any


class Unwaited(Executor):
    """At most `most` calls at once; a thread lasts as long as there is something to do."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._lock = threading.Lock()
        self._calls: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._n_threads = 0
        self._is_closed = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        with self._lock:
            if self._is_closed:
                raise RuntimeError("it was closed")  # as every executor has it
            self._calls.append((future, partial(fn, *args, **named)))
            if self._n_threads < self._most:
                self._n_threads += 1
                threading.Thread(target=self._work, name=self._name, daemon=True).start()
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """Begin nothing more. What is going on goes on, and nobody waits for it."""
        with self._lock:
            self._is_closed = True
            left, self._calls = self._calls, deque()
        for future, _ in left:
            future.cancel()

    def _work(self) -> None:
        while (found := self._next()) is not None:
            future, call = found
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = call()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._lock:
            if self._calls:
                return self._calls.popleft()
            self._n_threads -= 1
            return None
