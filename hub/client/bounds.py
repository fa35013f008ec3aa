"""How much of an answer is read, and for how long: whoever answers may not be the hub.

What it says is read as it comes, up to a bound, and never decompressed: a megabyte can hide a
thousand. Without IO; the shells bring the pieces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.client.http import Answer
from hub.client.policy import Policy
from hub.errors import Misconfigured

AS_IT_IS: Final = {"accept-encoding": "identity"}

_PLAIN: Final = frozenset({"", "identity"})


class Body:
    """The body of an answer as it comes in. Misconfigured: no hub answers like this."""

    def __init__(self, status: int, headers: Mapping[str, str], policy: Policy) -> None:
        self._status, self._headers = status, dict(headers)
        self._most = policy.most_bytes
        self._pieces: list[bytes] = []
        self._size = 0
        if self._headers.get("content-encoding", "").strip().lower() not in _PLAIN:
            told = "what answers there compresses, though it was asked not to; look at the proxy"
            raise Misconfigured("address", told)
        length = self._headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._most:
            raise self._too_large()

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._most:
            raise self._too_large()
        self._pieces.append(piece)

    def answer(self) -> Answer:
        """What came back, whole."""
        return Answer(self._status, self._headers, b"".join(self._pieces))

    def _too_large(self) -> Misconfigured:
        told = f"what answers there says more than {self._most} bytes; check host and path, or"
        return Misconfigured("address", f"{told} raise `most_bytes` of the policy")


def seconds(policy: Policy, wait: float) -> float:
    """In which an answer must be there whole, when the hub itself may wait for so many."""
    return policy.longest_answer + wait
