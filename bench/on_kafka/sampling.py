"""Where the time of a worker goes: looked at 200 times a second, by a thread beside.

`python -m bench.on_kafka.sampling FILE BATCH worker [OPTIONS]` is `python -m hub worker [OPTIONS]`
with at most BATCH facts a transaction, and writes when it ends how often it was seen in what. The
innermost of the functions below that is on the stack says in what. Not by a signal: each one would
wake the event loop.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec
from msgspec.structs import replace

STEP: Final = "step"
DECODE: Final = "decode facts"
IDLE: Final = "waits"
_EVERY_SECONDS: Final = 0.005

# Function, and a part of the path of its file: where it is called from does not matter.
_PARTS: Final = {
    ("decode_fact", "hub/wire/state"): DECODE,
    ("take", "hub/streams/correlate"): STEP,
    ("_receive", "hub/streams/correlate"): "step: whose household",
    ("place", "hub/streams/evaluation"): "step: whose household",
    ("find", "hub/streams/clusters"): "step: read state",
    ("save", "hub/streams/clusters"): "step: write state",
    ("search", "hub/domain/search"): "step: evaluate rules",
    ("answer_bound", "hub/streams/answering"): "step: receipts",
    ("answer_unbound", "hub/streams/answering"): "step: receipts",
    ("_tell_household", "hub/streams/evaluation"): "step: tell parties",
    ("tick", "hub/streams/correlate"): "step: ticks",
    ("record_of", "hub/streams/kafka/shard"): "read: make records",
    ("_poll", "hub/streams/kafka/shard"): "read: make records",
    ("batched", "hub/streams/kafka/transactions"): "commit: build batches",
    ("_emitted", "hub/streams/kafka/shard"): "commit: dress emits",
    ("run", "hub/streams/kafka/transactions"): "commit: hand over",
    ("apply", "hub/streams/kafka/state"): "commit: into the state",
}
_WORK: Final = frozenset(_PARTS.values())
_NAMES: Final = frozenset(function for function, _ in _PARTS)
# What is none of these, by the package that it is in.
_PACKAGES: Final = {
    "aiokafka/producer": "commit: aiokafka",
    "aiokafka/consumer": "read: aiokafka",
    "aiokafka/": "aiokafka, either way",
    "/asyncio/": "event loop",
}


class Sampler(threading.Thread):
    """Counts in what its process is seen, from its first step to the last of its work."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.counts: Counter[str] = Counter()
        self._since: Counter[str] = Counter()  # what was seen after that
        self._watched = threading.get_ident()
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(_EVERY_SECONDS):
            part = self._part()
            if not self.counts and not part.startswith(STEP):
                continue  # starting
            self._since[part] += 1
            if part in _WORK:
                self.counts += self._since
                self._since.clear()

    def _part(self) -> str:
        """The step where one runs in a thread of its own, else what the watched thread does."""
        frames = sys._current_frames()
        watched = part_of(frames.pop(self._watched, None))
        others = map(part_of, frames.values())
        return next((it for it in others if it.startswith((STEP, DECODE))), watched)

    def stop(self) -> None:
        self._ended.set()
        self.join()


def part_of(frame: FrameType | None) -> str:
    """In what a stack is: the innermost that has a name here, else the innermost package."""
    package, at = "", frame
    if frame is not None and frame.f_code.co_name == "select":
        return IDLE
    while at is not None:
        code = at.f_code
        if code.co_name in _NAMES:  # else who is looked at is slowed down by a tenth
            for (function, path), part in _PARTS.items():
                if code.co_name == function and path in code.co_filename:
                    return part
        if not package:
            package = next((it for path, it in _PACKAGES.items() if path in code.co_filename), "")
        at = at.f_back
    return package or "all else"


def main(file: str, batch: str, *arguments: str) -> None:
    """Run the command line of the hub, and write what was seen."""
    from hub.cli import main as seintje
    from hub.compose import worker

    worker.LIMITS = replace(worker.LIMITS, records=int(batch))  # type: ignore[misc]  # no setting: for us alone
    sys.argv = ["seintje", *arguments]
    sampler = Sampler()
    sampler.start()
    try:
        seintje()
    finally:
        sampler.stop()
        Path(file).write_bytes(msgspec.json.encode(dict(sampler.counts)))


if __name__ == "__main__":
    main(*sys.argv[1:])
