"""Runs one program, and kills it when nobody holds it any more.

    python -S keeper.py LOG READY COMMAND…

Who holds the program has the write end of the pipe that is our stdin. The system closes it for a
holder that dies, however it dies, so a broker never outlives the tests. Knows only the standard
library and never talks to the program. On stdout: the pid of the program, and `ready` once it has
printed READY.
"""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

_HOLDERS: Final = 0
_TOLD: Final = 1
_PR_SET_PDEATHSIG: Final = 1


def main(log: str, ready: str, command: list[str]) -> int:
    with open(log, "ab") as written:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_the_keeper if sys.platform == "linux" else None,
        )
        assert child.stdout is not None
        _tell(str(child.pid))
        awaited: bytes | None = ready.encode()
        tail = b""
        for part in _printed(child, child.stdout.fileno()):
            written.write(part)
            written.flush()
            if awaited is not None and awaited in (tail := tail + part):
                _tell("ready")
                awaited = None
    return child.wait()


def _printed(child: "subprocess.Popen[bytes]", output: int) -> Iterator[bytes]:
    """What the program prints, until it ends; it is killed when the last holder lets go."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(_HOLDERS, selectors.EVENT_READ)
        waiting.register(output, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                part = os.read(key.fd, 65536)
                if key.fd == output and not part:
                    return
                if key.fd == output:
                    yield part
                elif not part:
                    waiting.unregister(_HOLDERS)
                    os.close(_HOLDERS)  # from here on nobody can take hold of it
                    child.kill()


def _tell(word: str) -> None:
    with suppress(BrokenPipeError):  # who started us is gone; others may hold the program
        os.write(_TOLD, word.encode() + b"\n")


def _die_with_the_keeper() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
