"""Household views: what each party may see of a household by itself (ADR 0017).

Of a household a party has its own facts, whole, and its own references; what it may know of others'
facts it was told by alerts, and reads there. So a view discloses nothing to anybody. There is one
for who published something that is in force, or knows of an alert; the record without a value says
that there is none any more. Written where a household is looked at, and only when it changed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.domain.facts import Fact, Reference
from hub.domain.parties import Parties, Party
from hub.domain.sharing import issuers_of
from hub.domain.tenancy import ERASURE, Resolution
from hub.domain.timeline import Household, in_order
from hub.keys import Cipher
from hub.streams.cluster import Seen
from hub.streams.glance import Glance
from hub.streams.seam import Emit
from hub.wire.household_views import OfHousehold, pack, unpack
from hub.wire.state import check_version

HOUSEHOLD_VIEWS: Final = "household-views"
FORM: Final = b"\x01"  # another one has every view written again

# No more than a record may hold, and than is quickly written each time that a fact comes.
MOST_FACTS: Final = 1000
MOST_BYTES: Final = 256 * 1024
_KEY_SIZE: Final = 12  # of a household; the party follows
_UNTOLD: Final = frozenset({ERASURE, "fact-retracted"})  # about what is not there


def key_of(party: str, handle: str) -> bytes:
    """The key of the records of a party's view."""
    return f"{party}/{handle}".encode()


def party_and_handle(key: bytes) -> tuple[str, str]:
    """What the key of a record names."""
    party, _, handle = key.decode().partition("/")
    return party, handle


class _Stored(Struct, array_like=True):
    """A record: where it belongs, keyed hashes of its references to be found by, and the rest
    sealed."""

    gemeente: str
    hashes: list[bytes]
    sealed: bytes


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Stored).decode


def hashes_in(value: bytes) -> list[bytes]:
    """The keyed hashes of the references in a view."""
    return _stored(value).hashes


def gemeente_in(value: bytes) -> str:
    """In which gemeente the household of a view lives."""
    return _stored(value).gemeente


def resealed(key: bytes, value: bytes, by: Cipher, onto: Cipher) -> bytes:
    """The same view, sealed by another key."""
    stored = _stored(value)
    return _value(stored.gemeente, stored.hashes, onto.seal(key, by.open(key, stored.sealed)))


def opened(key: bytes, value: bytes, cipher: Cipher) -> OfHousehold:
    """The view of a record. `Tampered`: another key sealed it, or it stood under another key."""
    stored = _stored(value)
    packed = cipher.open(key, stored.sealed)
    return unpack(packed, party_and_handle(key)[0], stored.gemeente)


def _value(gemeente: str, hashes: list[bytes], sealed: bytes) -> bytes:
    return FORM + _encode(_Stored(gemeente, hashes, sealed))


def _stored(value: bytes) -> _Stored:
    check_version(value)
    return _decode(memoryview(value)[1:])


class HouseholdViews:
    """Writes views, for the parties of a deployment."""

    def __init__(self, parties: Parties) -> None:
        self._parties = parties

    def write(self, glance: Glance, resolved: Resolution, found: Mapping[str, Reference]) -> None:
        """Write what changed of the households of a cluster. `found` has the household of each
        alert that exists."""
        cluster = glance.cluster
        alerts: dict[Reference, list[str]] = {key: [] for key in resolved.households}
        for alert_id, key in found.items():
            alerts[key].append(alert_id)
        seen: dict[Reference, Seen] = {}
        standing: set[bytes] = set()
        for key, household in resolved.households.items():
            acts = _acts_on(alerts[key], resolved)
            knowing = _knowing(glance, alerts[key])
            before = cluster.seen.get(key)
            if before is None or not _is_same(before, household, acts, knowing):
                before = self._write_household(glance, household, acts, knowing)
            seen[key] = before
            standing |= before.views.keys()
        cluster.seen = seen
        for view in sorted(cluster.views.keys() - standing):
            del cluster.views[view]
            glance.notices.emits.append(Emit(HOUSEHOLD_VIEWS, _key(glance, view), None))

    def _write_household(
        self, glance: Glance, household: Household, acts: Sequence[Fact], knowing: frozenset[str]
    ) -> Seen:
        before = glance.cluster.seen.get(household.key)
        said = _said(household, acts)
        key = glance.household_key(household.key)
        views: dict[bytes, tuple[tuple[Reference, ...], Sequence[Fact]]] = {}
        for name in sorted(said.keys() | knowing):
            party = self._parties.by_id.get(name)
            if party is None:
                continue  # it has left
            facts, view = said.get(name, []), key + name.encode()
            knows = name in knowing
            there = None if before is None else _still(before, household, view, facts, knows=knows)
            if there is None:
                there = _references(party, household, facts, knows=knows), facts
                _write(glance, view, OfHousehold(household.gemeente, *there))
            views[view] = there
        return Seen(household, acts, knowing, views)


def _acts_on(alerts: Sequence[str], resolved: Resolution) -> Sequence[Fact]:
    acts: Sequence[Fact] = ()
    for alert_id in alerts:
        done = resolved.acts.get(alert_id)
        if done:
            acts = in_order(acts, done)
    return acts


def _knowing(glance: Glance, alerts: Sequence[str]) -> frozenset[str]:
    """The parties that were told of any of these alerts, and may know of it still."""
    records, found = glance.cluster.alerts, set[str]()
    for alert_id in alerts:
        record = records.get(alert_id)
        if record is not None:
            found.update([party for party, told in record.told.items() if told.knows])
    return frozenset(found)


def _is_same(
    before: Seen, household: Household, acts: Sequence[Fact], knowing: frozenset[str]
) -> bool:
    is_there = before.household is household and before.knowing == knowing
    return is_there and [*before.acts] == [*acts]


def _still(
    before: Seen, household: Household, view: bytes, facts: Sequence[Fact], *, knows: bool
) -> tuple[tuple[Reference, ...], Sequence[Fact]] | None:
    """What was in a view, if it is in it still; None if that is to be found out."""
    there = before.views.get(view)
    if there is None or there[1] != facts or before.household.references != household.references:
        return None
    return there if (view[_KEY_SIZE:].decode() in before.knowing) == knows else None


def _said(household: Household, acts: Sequence[Fact]) -> Mapping[str, list[Fact]]:
    """The facts of a household and the acts on its alerts, by who said them."""
    said = defaultdict[str, list[Fact]](list)
    facts = in_order(household.facts, acts) if acts else household.facts
    if not household.by_type.keys().isdisjoint(_UNTOLD):
        facts = [fact for fact in facts if fact.type not in _UNTOLD]
    for fact in facts:
        said[fact.party].append(fact)
    return said


def _references(
    party: Party, household: Household, facts: Sequence[Fact], *, knows: bool
) -> tuple[Reference, ...]:
    """Its own names for the household: as alerts show them if it knows of one, else those that it
    said itself."""
    issuers = issuers_of(party)
    own = [ref for ref in household.references if ref.issuer in issuers]
    if not knows and own:
        said = {ref for fact in facts for ref in fact.references}
        own = [ref for ref in own if ref in said]
    return tuple(own)


def _write(glance: Glance, view: bytes, shown: OfHousehold) -> None:
    """Write a view if it is not what was written last."""
    packed = _bounded(shown)
    digest = hashlib.blake2b(packed, digest_size=8, salt=FORM).digest()
    if glance.cluster.views.get(view) == digest:
        return
    glance.cluster.views[view] = digest
    key, place = _key(glance, view), glance.cluster.gemeente
    hashes = [glance.nodes.of_reference(place, ref) for ref in shown.references]
    value = _value(place, hashes, glance.keys.views.seal(key, packed))
    glance.notices.emits.append(Emit(HOUSEHOLD_VIEWS, key, value))


def _bounded(shown: OfHousehold) -> bytes:
    """The view with its latest facts, as many as there is room for."""
    facts = shown.facts[-MOST_FACTS:]
    packed = pack(replace(shown, facts=facts))
    while len(packed) > MOST_BYTES and facts:
        facts = facts[len(facts) // 2 + 1 :]
        packed = pack(replace(shown, facts=facts))
    return packed


def _key(glance: Glance, view: bytes) -> bytes:
    party = view[_KEY_SIZE:].decode()
    return key_of(party, glance.notices.handle(party, view[:_KEY_SIZE]))
