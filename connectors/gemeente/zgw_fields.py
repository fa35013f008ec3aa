"""The fields of a fact, and how a text of a zaak becomes one.

An eigenschap is text, in one of the formats of the Catalogi API: a date is written `jjjjmmdd`
there, a yes or no as the gemeente likes. What does not fit stays as it is, for the shape of the
fact to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec
from msgspec import Struct, UnsetType

from hub.domain.facts import Period
from hub.wire.shapes import COMMON, SHAPES, expected

_YES: Final = frozenset({"ja", "j", "true", "waar", "1"})
_NO: Final = frozenset({"nee", "n", "false", "onwaar", "0"})
_DATES: Final = (
    re.compile(r"(?P<y>\d{4})-?(?P<m>\d\d)-?(?P<d>\d\d)", re.ASCII),
    re.compile(r"(?P<d>\d\d?)[-/](?P<m>\d\d?)[-/](?P<y>\d{4})", re.ASCII),
)
_MONTH: Final = re.compile(r"(?P<y>\d{4})-?(?P<m>\d\d)", re.ASCII)


class Field(Struct, frozen=True):
    """A field of a type of fact, as the wire has it."""

    name: str
    kind: Any
    is_optional: bool

    def read(self, text: str) -> Any:
        """What a text of a zaak says for this field; the text itself if it does not fit."""
        return _READERS.get(_bare(self.kind), str)(text.strip())

    def why_not(self, value: Any) -> str | None:
        """Why a value cannot stand in this field: what should be written."""
        try:
            msgspec.convert(value, self.kind)
        except ValueError:
            return f"write {expected(self.kind)}"
        return None


@lru_cache
def fields_of(kind: str) -> Mapping[str, Field]:
    """The fields that only this type of fact has, by their name on the wire."""
    return {
        it.encode_name: Field(it.encode_name, _given(it.type), not it.required)
        for it in msgspec.structs.fields(SHAPES[kind])
        if it.name != "occurred_at" and it.name not in COMMON
    }


def date_in(text: str) -> str:
    """A date as `2026-03-01`, whichever way it was written; the text itself if it is none."""
    for written in _DATES:
        found = written.fullmatch(text)
        if found is not None:
            return f"{found['y']}-{int(found['m']):02d}-{int(found['d']):02d}"
    return text


def _given(kind: Any) -> Any:
    """Without null, and without the possibility of being left out."""
    kinds = [it for it in get_args(kind) if it not in (type(None), UnsetType)]
    return kind if get_origin(kind) is Annotated or not kinds else kinds[0]


def _bare(kind: Any) -> Any:
    """Without the bounds, where they say nothing about how it is written."""
    is_bounded = get_origin(kind) is Annotated and kind != Period
    return get_args(kind)[0] if is_bounded else kind


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else text


def _truth(text: str) -> bool | str:
    known = text.lower()
    return known in _YES if known in _YES | _NO else text


def _month(text: str) -> str:
    found = _MONTH.fullmatch(text)
    return f"{found['y']}-{found['m']}" if found is not None else text


_READERS: Final[Mapping[Any, Callable[[str], Any]]] = {
    date: date_in,
    bool: _truth,
    int: _number,
    Period: _month,
}
