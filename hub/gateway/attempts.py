"""Who tries keys: attempts that failed, counted by the address that they came from.

Guessing is slow this way, and who guesses keeps nobody else out: another address has a count of its
own, and behind one that is shared, what was good before is asked again and not held up. A request
without anything to be known by guesses nothing, and does not count. Both tables are bounded; what
falls out of them is what was quiet the longest.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from typing import Final, TypeVar

from starlette.requests import Request

from hub.gateway.problems import Declined, Trouble
from hub.gateway.quota import Quota, spend

MOST_KEPT: Final = 10_000

_SECONDS: Final = 60

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Attempts:
    """Attempts of this process; `clock` in seconds."""

    def __init__(self, a_minute: int, clock: Callable[[], float]) -> None:
        self._quota = Quota(a_minute, _SECONDS)
        self._clock = clock
        self._whole_at: OrderedDict[str, float] = OrderedDict()
        self._good: OrderedDict[bytes, None] = OrderedDict()

    @property
    def counted(self) -> Collection[str]:
        """The addresses of which attempts are remembered."""
        return self._whole_at.keys()

    @contextmanager
    def attempt(self, request: Request, said: str | None) -> Iterator[None]:
        """Around finding out who asks, by what it said of itself. Declined before that, where too
        many did not succeed."""
        address = _address_of(request)
        if said is None:
            yield
            return
        # A digest: what is kept here must not be a key.
        known = hashlib.sha256(f"{address} {said}".encode()).digest()
        if known not in self._good:
            self._check(address)
        try:
            yield
        except Declined as reason:
            if reason.trouble is Trouble.UNAUTHENTICATED:
                self._good.pop(known, None)
                self._failed(address)
            raise
        _keep(self._good, known, None)

    def _check(self, address: str) -> None:
        spent = spend(self._quota, self._whole_at.get(address, -math.inf), 1, self._clock())
        if spent.wait is not None:
            later = {"Retry-After": str(max(1, math.ceil(spent.wait)))}
            raise Declined(Trouble.TOO_MANY_ATTEMPTS, headers=later)

    def _failed(self, address: str) -> None:
        spent = spend(self._quota, self._whole_at.get(address, -math.inf), 1, self._clock())
        _keep(self._whole_at, address, spent.whole_at)


def counted_as(host: str) -> str:
    """An address; of IPv6 the network, for who has one address in it has all."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped is not None else address.exploded[:19]


def _address_of(request: Request) -> str:
    return counted_as(request.client.host if request.client is not None else "")


def _keep(table: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Put it last, and let go of what was there the longest."""
    table[key] = value
    table.move_to_end(key)
    if len(table) > MOST_KEPT:
        table.popitem(last=False)
