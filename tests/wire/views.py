"""Views for tests: as the steps emit them for a simulated region, and any at all."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from hub.domain.sharing import Other, View, Words
from hub.domain.time import format_instant, parse_instant
from hub.streams.revisions import OUT, Reduced
from tests.convergence.regions import facts_of_region
from tests.streams.world import PARTIES, World

MOMENT: Final = "2026-03-01T10:00:00.000Z"

_text = st.text(max_size=80)
_instants = st.integers(parse_instant("1900-01-01"), parse_instant("2200-01-01")).map(
    format_instant
)
_parts = st.sampled_from(["acts", "informed"])
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=4,
)
_words = st.builds(Words, title=_text, message=_text, action=st.none() | _text)
_fields = st.dictionaries(
    _text.filter(lambda name: name not in ("type", "source", "id", "occurredAt")),
    _json,
    max_size=4,
)
_shared = st.builds(lambda rest, name: {"type": name} | rest, _fields, _text)
_dated = st.builds(
    lambda rest, name, at: {"type": name, "occurredAt": at} | rest, _fields, _text, _instants
)
_own = st.builds(
    lambda rest, name, at: {"type": name, "source": "s", "id": name, "occurredAt": at} | rest,
    _fields,
    _text,
    _instants,
)


def _some_of(*names: str) -> st.SearchStrategy[dict[str, str]]:
    """Some of the fields, in their order."""
    return st.fixed_dictionaries({}, optional={name: _text for name in names}).map(
        lambda found: {name: found[name] for name in names if name in found}
    )


def _all_of(*names: str) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({name: _text for name in names}).map(
        lambda found: {name: found[name] for name in names}
    )


def _tuple_of(inner: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(inner, max_size=3).map(tuple)


_aanspreekpunt = _some_of("name", "organisation", "phone", "email").filter(bool)
_absent = st.builds(lambda name, by: {"type": name, "expectedBy": by}, _text, _instants)

views = st.builds(
    View,
    alert_id=_text,
    revision=st.integers(1, 2**31 - 1),
    status=_text,
    rule=_text,
    severity=_text,
    title=_text,
    message=_text,
    action=st.none() | _text,
    translations=st.dictionaries(_text, _words, max_size=2),
    phase=_text,
    raised_at=_instants,
    resolved_at=st.none() | _instants,
    resolution=st.none() | _text,
    gemeente=st.none() | _text,
    region=st.none() | _text,
    household=st.none() | _text,
    references=_tuple_of(_all_of("scheme", "issuer", "value")),
    part=_parts,
    responsibility=st.none() | _text,
    respond_by=st.none() | _instants,
    others=_tuple_of(st.builds(Other, role=_text, part=_parts, acknowledged=st.booleans())),
    held=_tuple_of(_all_of("role", "reason")),
    aanspreekpunt=st.none() | _aanspreekpunt,
    evidence=_tuple_of(_own | _dated | _shared),
    absent=_tuple_of(_absent),
    memo=_text,
    agreement=_all_of("id", "version"),
    listed=st.booleans(),
    announced=st.booleans(),
    notice=_text,
    contact=st.none() | _text,
)
reduced = st.builds(
    Reduced,
    alert_id=_text,
    revision=st.integers(1, 2**31 - 1),
    status=_text,
    rule=_text,
    severity=_text,
    household=st.none() | _text,
    notice=_text,
    listed=st.booleans(),
    announced=st.booleans(),
)
any_view = (views | reduced).map(msgspec.json.encode)


@lru_cache(maxsize=1)
def emitted(households: int = 12, seed: int = 4) -> tuple[tuple[str, bytes, dict[str, bytes]], ...]:
    """Party, JSON and headers of every revision of a simulated region, in order."""
    facts = facts_of_region(households, seed)
    world = World()
    try:
        for fact in sorted(facts, key=lambda it: it.at):
            world.send_facts(max(fact.at, world.clock.at), [fact])
        return tuple(
            (party, record.value or b"", dict(record.headers))
            for party in sorted(PARTIES.by_id)
            for record in world.store.streams[OUT + party].after(0, 1 << 30)
        )
    finally:
        world.close()


def example(**changes: Any) -> bytes:
    """One view, with what a test cares about."""
    view = View(
        alert_id="a-1",
        revision=3,
        status="open",
        rule="rent-arrears",
        severity="high",
        title="Huur blijft uit",
        message="m",
        action=None,
        translations={},
        phase="coaching-vestiging",
        raised_at=MOMENT,
        resolved_at=None,
        resolution=None,
        gemeente="0988",
        household="h",
        references=({"scheme": "lease", "issuer": "corporatie-maas", "value": "L-1"},),
        part="acts",
        responsibility=None,
        others=(),
        aanspreekpunt=None,
        evidence=(),
        absent=(),
        memo="art. 3",
        agreement={"id": "duurzame-start", "version": "1"},
    )
    return msgspec.json.encode(msgspec.structs.replace(view, **changes))
