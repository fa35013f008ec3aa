"""A program that lives for as long as somebody holds it: started, stopped, killed, frozen.

Holding means having the write end of its pipe (`keeper`); other processes can take hold too, and
the last one to let go, or to die, ends it. Knows nothing of Kafka.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

_KEEPER: Final = Path(__file__).with_name("keeper.py")
_STOPS_WITHIN: Final = 30.0


class NotStarted(Exception):
    """It ended, or said nothing in time; the text has the end of its log."""


class Program:
    """One program in a folder of its own, which has its log and its pipe."""

    def __init__(self, folder: Path, command: Sequence[str], ready: str) -> None:
        self.folder = folder
        self.pid = 0
        self.command = list(command)
        self._ready = ready
        self._keeper: subprocess.Popen[bytes] | None = None
        self._held: Hold | None = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def running(self) -> bool:
        return self._keeper is not None and self._keeper.poll() is None

    def start(self, within: float = 60.0) -> None:
        """Returns when it has said that it is ready; NotStarted when it does not get there."""
        assert not self.running
        self.let_go()
        self.pid = 0
        self.folder.mkdir(parents=True, exist_ok=True)
        pipe = self.folder / "holders"
        if not pipe.exists():
            os.mkfifo(pipe)
        holders = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self._held = Hold(self.folder)
        os.set_blocking(holders, True)
        command = [sys.executable, "-S", str(_KEEPER), str(self.log), self._ready, *self.command]
        # A session of its own: Ctrl-C is meant for who started it.
        self._keeper = subprocess.Popen(
            command, stdin=holders, stdout=subprocess.PIPE, start_new_session=True
        )
        os.close(holders)
        self._wait_until_ready(within)

    def wait(self) -> None:
        """Until it ends by itself."""
        if self._keeper is not None:
            self._keeper.wait()

    def stop(self) -> None:
        """As an operator would: SIGTERM, and patience."""
        if self.running:
            self._signal(signal.SIGCONT)
            self._signal(signal.SIGTERM)
        self._gone(_STOPS_WITHIN)

    def kill(self) -> None:
        """kill -9."""
        self._signal(signal.SIGKILL)
        self._gone(_STOPS_WITHIN)

    def freeze(self) -> None:
        """SIGSTOP: it is there, and does nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        if self.running and self.pid:  # 0 would be ourselves
            os.kill(self.pid, what)

    def _wait_until_ready(self, within: float) -> None:
        assert self._keeper is not None
        assert self._keeper.stdout is not None
        until = time.monotonic() + within
        with self._keeper.stdout as told:
            said = b""
            while b"ready\n" not in said:
                left = max(0.0, until - time.monotonic())
                heard, _, _ = select.select([told], [], [], left)
                part = os.read(told.fileno(), 100) if heard else b""
                if not part:
                    self.let_go()
                    raise NotStarted(f"{self.folder.name}: {self._end_of_log()}")
                said += part
                self.pid = int(said.split(b"\n")[0]) if b"\n" in said else 0

    def _gone(self, within: float) -> None:
        if self._keeper is None:
            return
        with suppress(subprocess.TimeoutExpired):  # letting go kills it then
            self._keeper.wait(within)
        self.let_go()

    def let_go(self) -> None:
        """Hold it no longer, and wait until it has ended: others may hold it still."""
        if self._held is not None:
            self._held.let_go()
            self._held = None
        if self._keeper is not None:
            self._keeper.wait()

    def _end_of_log(self) -> str:
        return self.log.read_text("utf-8", "replace")[-4000:] if self.log.exists() else ""


class Hold:
    """Keeps the program in `folder` alive, whoever started it. ProcessLookupError: none runs."""

    def __init__(self, folder: Path) -> None:
        try:
            self._pipe = os.open(folder / "holders", os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            raise ProcessLookupError(folder) from None

    def let_go(self) -> None:
        os.close(self._pipe)
