"""Threads that read, each through a connection of its own, so that no reader waits for a writer."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from hub.errors import Unavailable
from hub.streams.sqlite.faults import our_words
from hub.streams.sqlite.writer import Answer, Work

THREADS: Final = 3


class Readers:
    """A few of them. `connect` opens a connection that cannot write."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._mine = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._threads = ThreadPoolExecutor(THREADS, "seintje-read")
        self._is_closed = False

    async def query(self, work: Work[Answer]) -> Answer:
        """Run the work in one of the threads; what it reads is what was last committed."""
        if self._is_closed:
            raise Unavailable("the database is being closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work)

    def close(self) -> None:
        """Wait for what is being read, then close the connections."""
        self._is_closed = True
        self._threads.shutdown()
        for connection in self._connections:
            connection.close()

    def _run(self, work: Work[Answer]) -> Answer:
        with our_words():
            return work(self._connection())

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = self._connect()
            self._connections.append(connection)
        return connection
