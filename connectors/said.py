"""What was said of a record, and what to say now: new facts, corrections, retractions. Pure.

A record says everything that holds now. A fact of it that was not said yet gets an id of its own;
one that says something else is said anew and replaces the one before; one that the record does not
say any more is retracted. The same record again says nothing, so sources may hand out the same
thing as often as they like (facts document, Envelope: ids, `replaces`, `fact-retracted`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct, structs

from connectors.seam import Draft, Record
from hub.client import event
from hub.domain.time import Instant, format_instant

_RETRACTED: Final = "fact-retracted"
_canonical: Final = msgspec.json.Encoder(order="deterministic").encode

Slot: TypeAlias = tuple[str, str]
"""What tells the facts of one record apart: their type and part."""


class Told(Struct, frozen=True):
    """What was said last in a slot: the n-th, under which source and id, a digest of its content,
    and for which gemeente, region or both.

    `is_gone`: it was retracted since, or there never was any. `is_own`: under a name of the other
    side. `refused`: a digest of what the hub refused since; the same is not said again.
    """

    n: int
    source: str
    id: str
    digest: bytes
    gemeente: str | None
    is_gone: bool = False
    is_own: bool = False
    refused: bytes = b""
    region: str | None = None

    def is_at(self, data: Mapping[str, Any]) -> bool:
        """Whether what is said now is of the same place."""
        return (self.gemeente, self.region) == (data.get("gemeente"), data.get("region"))


_NOTHING: Final = Told(0, "", "", b"", None, is_gone=True)
_A_RETRACTION: Final = b"gone"


def after_refusal(before: Told | None, refused: Told) -> Told:
    """What stands in a slot after the hub refused what was said last in it."""
    digest = _A_RETRACTION if refused.is_gone else refused.digest
    return structs.replace(before or _NOTHING, refused=digest)


def after_conflict(refused: Told) -> Told:
    """What stands in a slot when the hub has another content under this id: that, whatever it is.
    The record says it anew the next time it is read, and replaces it."""
    return structs.replace(refused, digest=b"", refused=b"")


class Change(Struct, frozen=True):
    """An event to publish, and what is said in its slot from then on."""

    slot: Slot
    event: Mapping[str, Any]
    told: Told


def key_digest(key: str) -> bytes:
    """What is kept of the key of a record, which may be the number of a lease."""
    return blake2b(key.encode(), digest_size=16).digest()


class Voice(Struct, frozen=True):
    """Who says it: the `source` of its events, and the name of the source that read it."""

    source: str
    name: str

    def changes(self, record: Record, told: Mapping[Slot, Told], now: Instant) -> list[Change]:
        """What to publish so that what was said of the record is what it says now."""
        saying = {(draft.type, draft.part): draft for draft in record.drafts}
        standing, found = dict(told), list[Change]()
        # What others concern comes first, so that its id is known.
        for draft in sorted(saying.values(), key=lambda it: it.concerns is not None):
            for change in self._said(record.key, draft, standing, now):
                standing[change.slot] = change.told
                found.append(change)
        gone = sorted(slot for slot, it in told.items() if slot not in saying and _is_ours(it))
        return found + [_retracted(slot, told[slot], now) for slot in gone]

    def _said(
        self, key: str, draft: Draft, standing: Mapping[Slot, Told], now: Instant
    ) -> Iterator[Change]:
        slot = (draft.type, draft.part)
        before = standing.get(slot, _NOTHING)
        digest = blake2b(_canonical(draft.data), digest_size=16).digest()
        if digest == before.refused or (digest == before.digest and not before.is_gone):
            return
        if draft.own is not None:
            yield _change(slot, Told(0, *draft.own, digest, None, is_own=True), draft.data)
            return
        if not before.is_gone and not before.is_at(draft.data):
            # A correction stays in its place: there it is taken back, here it is new.
            yield _retracted(slot, before, now)
            before = structs.replace(before, is_gone=True)
        concerned = standing.get(draft.concerns, _NOTHING) if draft.concerns else _NOTHING
        yield self._anew(key, draft, (before, concerned), digest)

    def _anew(self, key: str, draft: Draft, others: tuple[Told, Told], digest: bytes) -> Change:
        (before, concerned), slot, data = others, (draft.type, draft.part), dict(draft.data)
        n = before.n + 1
        if not before.is_gone:
            data["replaces"] = {"source": before.source, "id": before.id}
        if concerned.id:
            data["concerns"] = {"source": concerned.source, "id": concerned.id}
        gemeente, region = data.get("gemeente"), data.get("region")
        told = Told(n, self.source, self._id(key, slot, n), digest, gemeente, region=region)
        return _change(slot, told, data)

    def _id(self, key: str, slot: Slot, n: int) -> str:
        """The id of the n-th thing said in a slot: the same whenever it is worked out again, and
        nothing can be read from it."""
        said = "\x1f".join((self.source, self.name, key, *slot, str(n)))
        return blake2b(said.encode(), digest_size=16).hexdigest()


def _change(slot: Slot, told: Told, data: Mapping[str, Any]) -> Change:
    return Change(slot, event(told.source, told.id, slot[0], data), told)


def _retracted(slot: Slot, before: Told, now: Instant) -> Change:
    data: dict[str, Any] = {
        "occurredAt": format_instant(now),
        "retracts": {"source": before.source, "id": before.id},
        "reason": "did-not-happen",
    }
    if before.gemeente is not None:
        data["gemeente"] = before.gemeente
    if before.region is not None:
        data["region"] = before.region
    id_ = blake2b(f"{before.id}\x1fretracted".encode(), digest_size=16).hexdigest()
    told = structs.replace(before, is_gone=True, refused=b"")
    return Change(slot, event(before.source, id_, _RETRACTED, data), told)


def _is_ours(told: Told) -> bool:
    """Whether it stands, under a name of ours, and can be retracted as far as is known."""
    return not (told.is_gone or told.is_own or told.refused == _A_RETRACTION)
