"""Intake: may this party say this, and is it whole? (facts document, Intake)

`judge` turns an envelope into a fact, or says why it is refused: pure, without state, so whatever
needs history (duplicates, standing, forgotten households) is correlation's. It first looks for a
BSN, because the dead letter of every other refusal keeps all bytes; after that it follows the
order of the document. Violations are told all together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec

from hub.domain.facts import (
    CATALOGUE,
    Fact,
    FactRetracted,
    FeedComplete,
    LeaseEnded,
    LeaseSigned,
    Reference,
    Role,
    Scheme,
)
from hub.domain.parties import Parties, Party
from hub.domain.refusals import Refused, Slug, Violation
from hub.domain.time import MINUTE_MS, Instant, parse_instant
from hub.wire import fields, strict_json
from hub.wire.bsn import find_bsn
from hub.wire.cloudevents import Envelope

CLOCK_TOLERANCE_MS: Final = 5 * MINUTE_MS

# Whether an agreement is in force for a gemeente or region (its code or id) at an instant.
Covers: TypeAlias = Callable[[str, Instant], bool]

_SOURCE: Final = re.compile(
    r"urn:nld:(?:oin:[A-Za-z0-9]{20}|kvknr:[0-9]{8}):systeem:[A-Za-z0-9._~-]{1,64}"
)
_ADDRESS: Final = re.compile(r"[0-9]{16}")
_NO_ISSUER: Final = re.compile(r"(?!)")
_ISSUERS: Final[dict[Scheme, frozenset[Role]]] = {
    "lease": frozenset({"corporatie"}),
    "dossier": frozenset({"gemeente", "begeleider"}),
}
_ISSUER_IN_WORDS: Final[dict[str, str]] = {
    "lease": "the id of a corporatie",
    "dossier": "the id of a gemeente or begeleider",
    "address": "bag",
}
_LINKS: Final = (["address", "dossier"], ["dossier", "lease"])


class Admission:
    """What intake must know to judge: the parties, and where agreements are in force.

    `covers` None: no agreement is asked for (`backtest`).
    """

    def __init__(
        self,
        parties: Parties,
        covers: Covers | None = None,
        clock_tolerance: int = CLOCK_TOLERANCE_MS,
    ) -> None:
        self.parties = parties
        self.covers = covers
        self.clock_tolerance = clock_tolerance
        self.party_of = lru_cache(1 << 14)(self._party_of)
        # by scheme and issuer; None where the issuer declares no pattern
        self._patterns: dict[tuple[str, ...], re.Pattern[str] | None] = {
            (scheme, party.id): re.compile(party.patterns[scheme])
            if scheme in party.patterns
            else None
            for party in parties.by_id.values()
            for scheme, roles in _ISSUERS.items()
            if party.role in roles
        }
        self._patterns["address", "bag"] = _ADDRESS

    def _party_of(self, source: str) -> Party | None:
        return self.parties.find_by_source(source) if _SOURCE.fullmatch(source) else None

    def knows(self, reference: Reference) -> bool:
        """Whether its issuer may issue such a reference, with such a value."""
        pattern = self._patterns.get(reference[:2], _NO_ISSUER)
        return pattern is None or pattern.fullmatch(reference.value) is not None

    def knows_issuer(self, reference: Reference) -> bool:
        return reference[:2] in self._patterns

    def clears(self, reference: Reference) -> bool:
        """Whether the value has a pattern that its issuer declares, so that digits are no BSN."""
        return self._patterns.get(reference[:2]) is not None and self.knows(reference)


def judge(
    envelope: Envelope, admission: Admission, sender: Party | None, now: Instant | None
) -> Fact | Refused:
    """The fact in an envelope with JSON data, or why it is refused.

    `sender` is the authenticated party; None takes the source at its word. `now` None: facts of
    the future are taken, and agreements not asked for (both as `backtest` wants it).
    """
    assert envelope.form == "json"  # hub.wire.avro.as_json
    if envelope.suspect:
        refused = _search(envelope, admission)
        if refused is not None:
            return refused
    if envelope.type not in CATALOGUE:
        return Refused(Slug.UNKNOWN_TYPE, "There is no fact type of this name and version.")
    party = admission.party_of(envelope.source)
    fact = fields.read(envelope, party.id if party else "")
    if isinstance(fact, Refused):
        return fact
    if isinstance(fact, fields.Flawed):
        return _violated([*fact.violations, *_of_readable(fact, admission)])
    violations = _violations(fact, admission)
    if violations:
        return _violated(violations)
    if party is None or (sender is not None and party.id != sender.id):
        return Refused(Slug.NOT_YOUR_SOURCE, "The source does not belong to the sender.")
    return _not_yours(fact, party, admission) or _placed(fact, party, admission, now)


def reduced(fact: Fact) -> Fact:
    """What is kept of the lease of a regular tenant: lease, address and start; or its end.

    Any other fact comes back as it is. Whether a `lease-ended` is a regular tenant's is known by
    its `lease-signed` only, so the caller decides.
    """
    match fact.own:
        case LeaseSigned(start_date=start):
            own: LeaseSigned | LeaseEnded = LeaseSigned(start, "regular", False)
        case LeaseEnded(end_date=end):
            own = LeaseEnded(end, "unknown")
        case _:
            return fact
    kept = tuple(it for it in fact.references if it.scheme != "dossier")
    return Fact(
        type=fact.type,
        source=fact.source,
        id=fact.id,
        at=fact.at,
        party=fact.party,
        own=own,
        gemeente=fact.gemeente,
        references=kept,
        replaces=fact.replaces,
    )


def per_gemeente(fact: Fact, party: Party) -> tuple[Fact, ...]:
    """A `feed-complete` without gemeente as one for each gemeente of its party; any other alone."""
    if fact.type != "feed-complete" or fact.gemeente:
        return (fact,)
    return tuple(
        Fact(fact.type, fact.source, fact.id, fact.at, fact.party, fact.own, gemeente=code)
        for code in sorted(party.gemeenten)
    )


def _violated(violations: list[Violation]) -> Refused:
    told = f"The data does not fit the type, in {len(violations)} places."
    return Refused(Slug.SCHEMA_VIOLATION, told, tuple(violations))


def _of_readable(flawed: fields.Flawed, admission: Admission) -> Iterator[Violation]:
    """What is wrong with the references that can be read in data that is flawed elsewhere."""
    told = {violation.path for violation in flawed.violations}
    for place, reference in fields.references_of(flawed.tree):
        violation = _of_reference(place, reference, admission)
        scheme = f"data.references[{place}].scheme"
        if not admission.knows(reference) and told.isdisjoint((violation.path, scheme)):
            yield violation


def _violations(fact: Fact, admission: Admission) -> list[Violation]:
    """What the fields together get wrong, where each by itself is fine."""
    found = [
        _of_reference(place, reference, admission)
        for place, reference in enumerate(fact.references)
        if not admission.knows(reference)
    ]
    found += _COMBINED.get(fact.type, _one_lease)(fact)
    if fact.replaces is not None and fact.replaces == fact.identity:
        found.append(Violation("data.replaces", "another fact than this one"))
    return found


def _of_reference(place: int, reference: Reference, admission: Admission) -> Violation:
    path = f"data.references[{place}]"
    if admission.knows_issuer(reference):
        return Violation(f"{path}.value", "a value of the pattern that its issuer declares")
    return Violation(f"{path}.issuer", _ISSUER_IN_WORDS.get(reference.scheme, "an issuer"))


def _one_lease(fact: Fact) -> Sequence[Violation]:
    leases = [it for it in fact.references if it.scheme == "lease"]
    if len(leases) > 1 and len(set(leases)) > 1:
        return [Violation("data.references", "at most one lease")]
    return ()


def _lease_and_address(fact: Fact) -> Sequence[Violation]:
    if fact.reference("lease") is None or fact.reference("address") is None:
        return [Violation("data.references", "a lease and an address")]
    return _one_lease(fact)


def _a_pair(fact: Fact) -> Sequence[Violation]:
    if sorted(reference.scheme for reference in fact.references) not in _LINKS:
        return [Violation("data.references", "a lease and a dossier, or an address and a dossier")]
    return ()


def _a_place(fact: Fact) -> Sequence[Violation]:
    if not (fact.gemeente or fact.region):
        return [Violation("data.gemeente", "gemeente, or region"), *_one_lease(fact)]
    return _one_lease(fact)


def _known_types(fact: Fact) -> Sequence[Violation]:
    assert isinstance(fact.own, FeedComplete)
    return [
        Violation(f"data.types[{place}]", "a fact type, like rent-missed")
        for place, name in enumerate(fact.own.types)
        if name not in CATALOGUE
    ]


_COMBINED: Final[Mapping[str, Callable[[Fact], Sequence[Violation]]]] = {
    "lease-signed": _lease_and_address,
    "reference-linked": _a_pair,
    "reference-unlinked": _a_pair,
    "fact-retracted": _a_place,
    "alert-acknowledged": _a_place,
    "approach-agreed": _a_place,
    "alert-closed": _a_place,
    "feed-complete": _known_types,
}


def _not_yours(fact: Fact, party: Party, admission: Admission) -> Refused | None:
    if party.role not in CATALOGUE[fact.type].roles:
        return Refused(Slug.NOT_YOUR_FACT, f"A party in the role {party.role} may not say this.")
    named = [fact.replaces] if fact.replaces is not None else []
    if isinstance(fact.own, FactRetracted):
        named.append(fact.own.retracts)
    for identity in named:
        owner = admission.party_of(identity.source)
        if owner is None or owner.id != party.id:
            return Refused(Slug.NOT_YOUR_FACT, "It replaces or retracts what another party said.")
    return None


def _placed(fact: Fact, party: Party, admission: Admission, now: Instant | None) -> Fact | Refused:
    """`fact` under the gemeente code of today, if that place and time are open to its party."""
    if fact.gemeente:
        code = admission.parties.current_code(fact.gemeente)
        if code not in admission.parties.gemeenten:
            return Refused(Slug.UNKNOWN_GEMEENTE, "No party here serves this gemeente.")
        if code != fact.gemeente:
            fact = msgspec.structs.replace(fact, gemeente=code)
    if now is None:
        return fact
    if fact.at > now + admission.clock_tolerance:
        return Refused(Slug.IN_THE_FUTURE, "occurredAt lies in the future.")
    if admission.covers is not None and not _is_agreed(fact, party, admission.covers, now):
        return Refused(
            Slug.NO_CONVENANT, "No agreement of this party was in force then and is today."
        )
    return fact


def _is_agreed(fact: Fact, party: Party, covers: Covers, now: Instant) -> bool:
    if fact.gemeente and fact.gemeente not in party.gemeenten:
        return False
    place = fact.region if fact.is_regional else fact.gemeente
    # A feed without gemeente says nothing of one yet: see per_gemeente.
    return not place or (covers(place, fact.at) and covers(place, now))


def _search(envelope: Envelope, admission: Admission) -> Refused | None:
    """Refused if there is a BSN in it, or if its data is no JSON; None if it is clean."""
    try:
        tree = strict_json.read(envelope.raw or b"null")
    except strict_json.BROKEN:
        return Refused(Slug.MALFORMED, "The data is not JSON in UTF-8, each key once.")
    # An OIN may hold letters; the name of a known party is no place for a BSN, its system's is.
    owned = admission.party_of(envelope.source) is not None
    source = envelope.source.partition(":systeem:")[2] if owned else envelope.source
    found = (
        *find_bsn(envelope.id, "id"),
        *find_bsn(source, "source"),
        *find_bsn(envelope.subject, "subject"),
        *find_bsn(tree, "data", frozenset(_cleared(tree, admission))),
    )
    if not found:
        return None
    told = tuple(Violation(it.path, f"no BSN (found in {it.length} characters)") for it in found)
    return Refused(Slug.BSN_FOUND, "There is a burgerservicenummer in it.", told)


def _cleared(tree: object, admission: Admission) -> Iterator[str]:
    """Paths of the strings that have a pattern of their own."""
    for place, reference in fields.references_of(tree):
        if admission.clears(reference):
            yield f"data.references[{place}].value"
    if not isinstance(tree, dict):
        return
    for name in ("occurredAt", "upTo"):  # a fraction of a second may have nine digits
        try:
            parse_instant(tree[name])
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
        yield f"data.{name}"
