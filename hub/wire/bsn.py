"""Finding burgerservicenummers, to keep them out (facts document, Intake).

A BSN is a run of exactly nine digits that passes the eleven-test; of all nine-digit numbers one in
eleven does, so fields with a pattern of their own are cleared by the caller. What is found is told
as path and length. The digits leave this module only as `*`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stdnum.nl import bsn as eleven_test

_RUN: Final = re.compile(r"(?<![0-9])[0-9]{9}(?![0-9])")
# Digests and the last group of a UUID are hexadecimal by chance: one UUID in 700 would be refused.
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{12,}(?![0-9A-Za-z])")
_ESCAPED_DIGIT: Final = re.compile(r"\\u003([0-9])")
_RUN_OF_BYTES: Final = re.compile(rb"(?<![0-9])[0-9]{9}(?![0-9])")
_LONG_RUN: Final = re.compile(rb"[0-9]{9,}")
_SHAPE: Final = bytes(ord("0") if chr(byte).isdecimal() else ord(" ") for byte in range(128)).ljust(
    256, b" "
)


class Found(NamedTuple):
    """Where a BSN stood (`data.name`) and how long the string is that held it."""

    path: str
    length: int


def is_suspect(raw: bytes) -> bool:
    """Whether nine digits in `raw` may be a BSN: cheap, and never wrong about no.

    Only for text without escapes; in JSON a backslash may hide a digit.
    """
    shape = raw.translate(_SHAPE)
    if b"000000000" not in shape or b" 000000000 " not in b" %b " % shape:
        return False
    return any(eleven_test.is_valid(run.decode()) for run in _RUN_OF_BYTES.findall(raw))


def find_bsn(value: Any, path: str, cleared: frozenset[str] = frozenset()) -> tuple[Found, ...]:
    """Every string in `value` (a tree of JSON or Avro) that holds a BSN, keys of objects included.

    `cleared`: paths of strings that have been judged by a pattern of their own.
    """
    return tuple(_walk(value, path, cleared))


def masked(raw: bytes) -> bytes:
    """`raw` (JSON or another text) with the digits of every BSN replaced by `*`, for a dead letter.

    Digits that were written as escapes come back as plain `*`. Other bytes stay as they are.
    """
    text = _ESCAPED_DIGIT.sub(r"\1", raw.decode("utf-8", "surrogateescape"))
    chars = list(text)
    for start in _bsn_starts(text):
        chars[start : start + 9] = "*" * 9
    return "".join(chars).encode("utf-8", "surrogateescape")


def masked_binary(raw: bytes) -> bytes:
    """The same for Avro, where a length byte may look like a digit that touches the number.

    So every run of nine digits or more goes that has a BSN anywhere in it.
    """
    return _LONG_RUN.sub(_masked_run, raw)


def _walk(value: Any, path: str, cleared: frozenset[str]) -> Iterator[Found]:
    if isinstance(value, str):
        if path not in cleared and holds_bsn(value):
            yield Found(path, len(value))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if holds_bsn(key):
                yield Found(f"{path}.*", len(key))
            yield from _walk(inner, f"{path}.{shown(key)}", cleared)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{place}]", cleared)


def holds_bsn(text: str) -> bool:
    """Whether there is a BSN in `text`."""
    return next(_bsn_starts(text), None) is not None


def shown(key: str) -> str:
    """A key that a stranger chose, fit for a message: itself if it is a plain name, else `*`."""
    return key if re.fullmatch(r"[A-Za-z][A-Za-z_]{0,39}", key) else "*"


def _bsn_starts(text: str) -> Iterator[int]:
    bare = _HEX.sub(lambda found: "x" * len(found[0]), text)
    for found in _RUN.finditer(bare):
        if eleven_test.is_valid(found[0]):
            yield found.start()


def _masked_run(found: re.Match[bytes]) -> bytes:
    digits = found[0].decode()
    windows = (digits[start : start + 9] for start in range(len(digits) - 8))
    if any(eleven_test.is_valid(window) for window in windows):
        return b"*" * len(digits)
    return found[0]
