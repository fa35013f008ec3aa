"""The pace of the parts of a connector: again until it works, with longer pauses, and a word in the
log each time. Reads no clock and takes no pause of its own: both come in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

from connectors.patience import Patience
from connectors.pulse import Pulse
from connectors.seam import NotYet, Say
from connectors.telling import Patiently
from hub.domain.time import Instant
from hub.errors import Misconfigured, Unavailable

_LEAST_REST_S: Final = 0.1
_MILLIS: Final = 1000


class Way(Struct, frozen=True):
    """What a runner gets from outside; `pause` waits some seconds."""

    now: Callable[[], Instant]
    pause: Callable[[float], Awaitable[None]]
    patience: Patience
    say: Say
    pulse: Pulse

    async def rest(self, part: str, seconds: float) -> None:
        with self.pulse.at_rest(part, seconds):
            await self.pause(seconds)


def patiently(way: Way) -> Patiently:
    """Does something until it works, with longer pauses between."""

    async def do(part: str, work: Callable[[], Awaitable[None]]) -> None:
        failures = 0
        while True:
            began = way.now()
            try:
                await work()
            except NotYet as error:
                await way.rest(part, max(error.retry_after, _LEAST_REST_S))
            except (Unavailable, Misconfigured) as error:
                if way.now() - began > way.patience.longest * _MILLIS:
                    failures = 0  # it worked meanwhile, for longer than any pause
                failures += 1
                _tell(part, error, way.say)
                told = error.retry_after if isinstance(error, Unavailable) else 0.0
                await way.rest(part, way.patience.pause(failures, told))
            else:
                return

    return do


def reason_of(error: Unavailable | Misconfigured) -> str:
    """The label of it in metrics."""
    return "misconfigured" if isinstance(error, Misconfigured) else "unavailable"


def _tell(part: str, error: Unavailable | Misconfigured, say: Say) -> None:
    if isinstance(error, Misconfigured):
        say("a setting does not work", where=error.where, do=error.do)
    else:
        say("it will be tried again", where=part, reason=str(error))
