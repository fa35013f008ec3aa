"""Facts of every type: one with every field there is, one with the least, and any at all."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec
from hypothesis import strategies as st
from msgspec import Meta

from hub.domain.facts import (
    CATALOGUE,
    AlertId,
    Code,
    Fact,
    Identity,
    Period,
    Reference,
    SocialCollection,
)
from hub.domain.time import format_instant, parse_instant
from hub.wire.shapes import CLOSERS, is_optional
from tests.wire.parties import SENDER_OF

_BEGIN, _END = parse_instant("1900-01-01"), parse_instant("2200-01-01") - 1
_REFERENCES: Final = {
    "lease-signed": (
        Reference("lease", "corporatie-maas", "L-é-1"),
        Reference("address", "bag", "0988200000000001"),
    ),
    "link": (
        Reference("dossier", "gemeente-weert", "D-1"),
        Reference("lease", "corporatie-maas", "L-1"),
    ),
    "household": (Reference("dossier", "gemeente-weert", "D-1"),),
}
# Letters of any script, no digits (a BSN is made of them) and nothing invisible.
_LETTERS: Final = st.characters(categories=["Lu", "Ll", "Lo", "Zs", "Po"], exclude_characters='"\\')


def any_fact(fact_type: str) -> st.SearchStrategy[Fact]:
    """Any fact of this type that its usual sender may publish."""
    row = CATALOGUE[fact_type]
    own = st.builds(
        row.own,
        **{it.name: _any_of(it.name, it.type) for it in msgspec.structs.fields(row.own)},
    )
    return st.builds(_fact, st.just(fact_type), own, st.integers(_BEGIN, _END), st.booleans())


def full(fact_type: str) -> Fact:
    """A fact of this type with every field filled."""
    own = CATALOGUE[fact_type].own
    values = [_sample(it.name, it.type) for it in msgspec.structs.fields(own)]
    return _fact(fact_type, own(*values), parse_instant("2026-02-16T10:00:00.123Z"), True)


def bare(fact_type: str) -> Fact:
    """A fact of this type with nothing that may be left out."""
    own = CATALOGUE[fact_type].own
    needed = [it for it in msgspec.structs.fields(own) if not is_optional(it.type)]
    values = {it.name: _sample(it.name, it.type) for it in needed}
    return _fact(fact_type, own(**values), parse_instant("1969-12-31T23:59:59.999Z"), False)


def _fact(fact_type: str, own: Any, at: int, has_all: bool) -> Fact:
    kind, party = CATALOGUE[fact_type].kind, SENDER_OF[fact_type]
    source = f"{party.urn}:systeem:primair"
    is_regional = kind == "region"
    always = kind in ("household", "link", "erasure")
    references = _REFERENCES.get(fact_type, _REFERENCES.get(kind, _REFERENCES["household"]))
    has_references = always or (has_all and kind in ("act", "correction"))
    return Fact(
        type=fact_type,
        source=source,
        id="e-1",
        at=at,
        party=party.id,
        own=own,
        gemeente="" if fact_type == "consultation-held" else "0988",
        region="limburg-midden" if is_regional else "",
        references=references if has_references else (),
        replaces=Identity(source, "e-0") if has_all and kind != "feed" else None,
        concerns=Identity("urn:x", "é") if has_all and fact_type in CLOSERS else None,
    )


def _sample(name: str, kind: Any) -> Any:
    kind = get_args(kind)[0] if is_optional(kind) else kind
    known = {
        Code: "other",
        Period: "2026-02",
        AlertId: "al-" + "a" * 26,
        date: date(2026, 2, 28),
        bool: True,
        Identity: Identity("urn:nld:kvknr:90000001:systeem:primair", "e-9"),
        SocialCollection: SocialCollection(True, False, True, False, True),
    }
    if kind in known:
        return known[kind]
    if name == "up_to":
        return "2026-02-15T23:00:00.000Z"
    base, meta = get_args(kind)[:2] if get_origin(kind) is Annotated else (kind, Meta())
    if base is int:
        return meta.le
    if get_origin(base) is tuple:
        return ("rent-missed", "rent-paid") if name == "types" else ("corporatie-maas",)
    return "tir" if name == "language" else "één & twee"


def _any_of(name: str, kind: Any) -> st.SearchStrategy[Any]:
    if is_optional(kind):
        return st.none() | _any_of(name, get_args(kind)[0])
    known: dict[Any, st.SearchStrategy[Any]] = {
        Code: st.sampled_from(["unknown", "other", "resident", "a-b_c.D"]),
        Period: st.dates(date(1900, 1, 1), date(2199, 1, 1)).map(lambda day: f"{day:%Y-%m}"),
        date: st.dates(date(1900, 1, 1), date(2199, 12, 31)),
        bool: st.booleans(),
        SocialCollection: st.builds(SocialCollection, *[st.booleans()] * 5),
    }
    if kind in known:
        return known[kind]
    if name == "up_to":
        return st.integers(_BEGIN, _END).map(format_instant)
    base, meta = get_args(kind)[:2] if get_origin(kind) is Annotated else (kind, Meta())
    if base is int:
        return st.integers(meta.ge, meta.le)
    if base is str and meta.pattern is None:
        return st.text(_LETTERS, min_size=meta.min_length or 0, max_size=30)
    return st.just(_sample(name, kind))
