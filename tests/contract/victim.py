"""A process that is killed: it drives the toy over a runtime, or appends, until it dies.

`python -m tests.contract.victim RUNTIME DIRECTORY PLACE TIMES`: kill -9 of itself the TIMES-th time
that it comes to PLACE. Place `nowhere`: drive until caught up, and end well. Place `outside`:
append for ever, print each position that was acknowledged, and wait to be killed.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from hub.streams.seam import Batch, Effects, Emit, Shard, State
from tests.contract.runtimes import RUNTIMES, Feature, Runtime
from tests.contract.toy import caught_up, drive_until, tell


class Death:
    """Comes the n-th time at its place."""

    def __init__(self, place: str, times: int) -> None:
        self._place, self._times = place, times

    def passes(self, place: str) -> None:
        if place == self._place:
            self._times -= 1
            if self._times == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Doomed:
    """A shard that passes the places where a process may die."""

    def __init__(self, death: Death) -> None:
        self._shard: Shard
        self._death = death

    async def open(self, runtime: Runtime) -> None:
        projects = Feature.PROJECTS in runtime.features
        witness = self._witness if projects else None
        self._shard = await runtime.shard("toy", "facts", witness)

    @property
    def state(self) -> State:
        return self._shard.state

    async def read(self, limit: int, wait: float | None) -> Batch:
        batch = await self._shard.read(limit, wait)
        self._death.passes("read")
        return batch

    async def commit(self, batch: Batch | None, effects: Effects) -> None:
        committing = asyncio.ensure_future(self._shard.commit(batch, effects))
        await asyncio.sleep(0)
        self._death.passes("committing")  # at any moment of it: another thread does it
        await committing
        self._death.passes("committed")

    async def close(self) -> None:
        await self._shard.close()

    def _witness(self, emits: Sequence[Emit]) -> None:
        self._death.passes("in the transaction")


async def main(runtime: Runtime, place: str, times: int) -> None:
    if not hasattr(runtime, "log"):
        await runtime.reopen()
    if place == "outside":
        while True:
            positions = await runtime.log.append("facts", [Emit("facts", b"k", b"x")] * 3)
            print(*positions, flush=True)
    await tell(runtime.log, (b"k", b"x"))
    shard = Doomed(Death(place, times))
    await shard.open(runtime)
    await drive_until(shard, runtime.clock, caught_up, records=3)


if __name__ == "__main__":
    _, name, directory, place, times = sys.argv
    asyncio.run(main(RUNTIMES[name](Path(directory)), place, int(times)))
