"""Chance that is the same on every machine and in every version of Python.

Only `Random.random` keeps its numbers between versions, so all else here is made of it. A generator
is named, never shared: what one household or fault draws moves nothing for another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from random import Random
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Name: TypeAlias = str | int
Weighted: TypeAlias = Sequence[tuple[int, T]]


def number_of(*names: Name) -> int:
    """64 bits that belong to these names alone."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:8], "big")


class Chance:
    """A named generator."""

    __slots__ = ("_draw",)

    def __init__(self, *names: Name) -> None:
        self._draw = Random(number_of(*names)).random

    def happens(self, share: float) -> bool:
        """True in this share of cases."""
        return self._draw() < share

    def between(self, first: int, last: int) -> int:
        """A whole number; both ends are possible."""
        return first + int(self._draw() * (last - first + 1))

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self._draw() * len(choices))]

    def weighed(self, choices: Weighted[T]) -> T:
        """One of the choices, each as often as its weight says."""
        left = self._draw() * sum(weight for weight, _ in choices)
        for weight, choice in choices:
            left -= weight
            if left < 0:
                return choice
        return choices[-1][1]
