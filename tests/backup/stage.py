"""A hub as a process of its own with a place for backups: struck, destroyed, restored elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from hub.domain.time import format_instant
from hub.keys import Keys
from hub.streams.journal_file import FOLDER, Place
from hub.streams.journal_reading import Ending, Reading
from hub.streams.sqlite.journaling import place_in
from hub.streams.sqlite.opening import connect_to_read
from tests.cli.terminal import command, environment, piped

PATIENCE_SECONDS = 60.0


class Stage:
    """One hub after the other: each goes on where the one before it was lost. `key` lies apart,
    where operators keep it."""

    def __init__(self, folder: Path, now: int, **more: str) -> None:
        self.folder, self.number = folder, 0
        self.backups = folder / "backups"
        self.backups.mkdir(exist_ok=True)
        self.key = folder / "apart" / "seintje.key"
        self.key.parent.mkdir(exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._now = now
        self._more = {
            "SEINTJE_BACKUPS": str(self.backups),
            "SEINTJE_KEY_FILE": str(self.key),
            "SEINTJE_BACKUPS_KEPT": "3",
            **more,
        }
        self.running: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / f"data-{self.number}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Until it accepts facts."""
        words = ["run", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}"]
        words += ["--clock", f"fixed:{format_instant(self._now)}"]
        with (self.folder / "stderr").open("ab") as said:
            self.running = subprocess.Popen(
                command(*words),
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=environment(**self._more),
            )
        self.until(self._is_ready)

    def until(self, is_so: Any) -> None:
        """Wait until something is so of the running hub, within bounds."""
        pause = threading.Event()
        for _ in range(int(PATIENCE_SECONDS / 0.05)):
            if is_so():
                return
            assert self.running is None or self.running.poll() is None, self.said()
            pause.wait(0.05)
        raise AssertionError(f"not in {PATIENCE_SECONDS} s; {self.said()}")

    def said(self) -> str:
        return (self.folder / "stderr").read_text()[-3000:]

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def kill(self, how: int = signal.SIGKILL) -> None:
        assert self.running is not None
        os.kill(self.running.pid, how)
        self.running.wait()
        self.running = None

    def command(self, *words: str | Path) -> dict[str, Any]:
        """A command of an operator, which must succeed; what it told."""
        ran = piped(*words, "--json", stdin=b"", **self._more)
        assert ran.code == 0, ran.err
        return ran.rows[-1] if ran.rows else {}

    def backup(self) -> Path:
        """One more backup; those of one second have one name."""
        number = len(list(self.backups.glob("made-*")))
        file = self.backups / f"made-{number}.backup"
        self.command("backup", "create", "--data", self.data, "--to", file)
        return file

    def newest(self) -> Path:
        rows = piped("backup", "list", "--json", stdin=b"", **self._more).rows
        return Path(rows[0]["file"])

    def destroy_and_restore(self, file: Path | None = None) -> dict[str, Any]:
        """The hub is dead, its directory gone; another one is made elsewhere. What it was told."""
        lost = self.data
        lost.rename(self.folder / f"lost-{self.number}")
        self.number += 1
        chosen = file or self.newest()
        return self.command("backup", "restore", chosen, "--data", self.data)

    @property
    def lost(self) -> Path:
        """What was destroyed last: only the test still has it."""
        return self.folder / f"lost-{self.number - 1}"

    def not_committed(self) -> int:
        """How many entries of the journal the lost hub had not come to commit."""
        connection = connect_to_read(self.lost / "seintje.db")
        try:
            place = place_in(connection)
        finally:
            connection.close()
        assert place is not None
        reading = Reading(self.backups / FOLDER, place, Keys.load(self.key))
        found = len(list(reading.entries()))
        assert reading.ending in (Ending.WHOLE, Ending.CUT)
        return found


def place_of(data: Path) -> Place | None:
    connection = connect_to_read(data / "seintje.db")
    try:
        return place_in(connection)
    finally:
        connection.close()


@contextmanager
def stage(folder: Path, now: int, **more: str) -> Iterator[Stage]:
    it = Stage(folder, now, **more)
    try:
        yield it
    finally:
        if it.running is not None:
            it.kill()


def copy_of(data: Path, elsewhere: Path) -> Path:
    """A data directory to look into: looking recovers its log, and changes it."""
    shutil.copytree(data, elsewhere)
    return elsewhere


def rows(text: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]
