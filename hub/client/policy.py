"""How patient a client is. Retries are a calculation: chance comes in, seconds come out."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

_MOST_DOUBLINGS: Final = 16
_LONGEST_TOLD: Final = 3600.0


class Policy(Struct, frozen=True, kw_only=True):
    """Attempts of one call, and seconds. `attempts` None: until it succeeds.

    `timeout` is for how long nothing may happen, `longest_answer` how long all of an answer may
    take, `most_bytes` how large it may be.
    `plain_http` sends the API key unencrypted to other machines than this one: for a network of
    which every part is trusted. `jitter` gives numbers from 0 to 1.
    """

    attempts: int | None = 6
    first_pause: float = 0.5
    longest_pause: float = 60.0
    timeout: float = 20.0
    longest_answer: float = 60.0
    most_bytes: int = 32 << 20  # a page of alerts that explain themselves has far less
    plain_http: bool = False
    jitter: Callable[[], float] = random.random

    def pause(self, attempt: int, told: float | None) -> float | None:
        """Seconds until the attempt after this one (the first is 1); None to give up.

        `told` is what the hub asked for: never earlier. Who does not try for ever does not wait
        for longer than its longest pause either.
        """
        if self.attempts is not None and attempt >= self.attempts:
            return None
        if told is not None:
            if self.attempts is not None and told > self.longest_pause:
                return None
            # Not all at the same moment, of those who were told the same.
            return min(told, _LONGEST_TOLD) + self.first_pause * self.jitter()
        whole = self.first_pause * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS)
        return min(whole, self.longest_pause) * (0.5 + 0.5 * self.jitter())

    def endless(self) -> Policy:
        """The same without giving up."""
        return structs.replace(self, attempts=None)


USUAL: Final = Policy()
