"""Which partition a key belongs to, as every client of Kafka reckons it.

Murmur2 over the key, without its sign bit, over the number of partitions: the default partitioner
of Kafka's own producer, so that what others write to a topic lies where we look for it.
"""

from __future__ import annotations

from typing import Final

_SEED: Final = 0x9747B28C
_FACTOR: Final = 0x5BD1E995
_WORD: Final = 0xFFFFFFFF


def partition_of(key: bytes, count: int) -> int:
    """The partition of `key` among `count`."""
    return (_murmur2(key) & 0x7FFFFFFF) % count


def _murmur2(key: bytes) -> int:
    mixed = _SEED ^ len(key)
    whole = len(key) & ~3
    for start in range(0, whole, 4):
        part = int.from_bytes(key[start : start + 4], "little") * _FACTOR & _WORD
        part = (part ^ part >> 24) * _FACTOR & _WORD
        mixed = mixed * _FACTOR & _WORD ^ part
    if whole < len(key):
        mixed = (mixed ^ int.from_bytes(key[whole:], "little")) * _FACTOR & _WORD
    mixed = (mixed ^ mixed >> 13) * _FACTOR & _WORD
    return mixed ^ mixed >> 15
