"""The history checker: what was accepted, against what came out of a hub. Pure.

Accepted is what a broker acknowledged, or a gateway answered with 202. What should have come of it
is what an undisturbed hub in memory makes of the same (`Expected`), and what backtest finds. A
history is whole: every record that came out, in order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

from msgspec import Struct

from hub.streams.backtest import Alert
from tests.convergence.regions import differences_in
from tests.kafka.contents import Standing

_SHOWN = 5  # of each kind of complaint


class FactName(NamedTuple):
    """Which fact: a source says an id once in a gemeente, or of a region."""

    place: str
    source: str
    id: str


class Told(NamedTuple):
    """One revision that a party was told, as the JSON of its view."""

    party: str
    alert_id: str
    revision: int
    view: bytes


class Letter(NamedTuple):
    """A dead letter: of which record, and why."""

    stream: str
    position: int
    reason: str


class Answer(NamedTuple):
    """What a receipt says: how it is with the fact, and what is wrong with it."""

    is_refused: bool
    problem: str | None

    @classmethod
    def of(cls, receipt: Mapping[str, Any]) -> Answer:
        """Accepted, waiting and sent again are one here: which of them depends on arrival."""
        return cls(receipt["status"] == "refused", receipt["problem"])


class History(Struct, frozen=True, kw_only=True):
    """Everything that came out. `told` and `receipts` in order, `held` as it was last."""

    kept: Set[FactName]
    findings: Sequence[bytes]
    told: Sequence[Told]
    receipts: Sequence[tuple[str, Answer]]
    disclosed: Sequence[tuple[str, str]]  # party and alert
    held: Mapping[tuple[str, str], str]
    letters: Sequence[Letter]
    standings: Sequence[Standing]


class Expected(Struct, frozen=True, kw_only=True):
    """What should have come of what was accepted. `may_be_kept` are acts too that outlive an erased
    household, which depends on arrival. `receipts` are those that there must be, with
    what they may say last; `answerable` the ids of all that there may be: of what comes in twice,
    and of what was corrected only after somebody had looked at it."""

    kept: Set[FactName]
    may_be_kept: Set[FactName]
    findings: Sequence[bytes]
    alerts: Mapping[str, Alert]
    receipts: Mapping[str, Set[Answer]]
    answerable: Set[str]
    letters: Set[Letter]


def complaints(history: History, expected: Expected) -> list[str]:
    """What is wrong with a history; nothing if all is well."""
    kinds = (
        _lost(history, expected),
        _findings(history, expected),
        _revisions(history.told),
        _last_notices(history, expected),
        _receipts(history, expected),
        _disclosures(history),
        _letters(history, expected),
        _standings(history.standings),
    )
    return [told for kind in kinds for told in _some(list(kind))]


def _some(told: Sequence[str]) -> Iterable[str]:
    more = len(told) - _SHOWN
    return [*told[:_SHOWN], f"… and {more} more like it"] if more > 0 else told


def _lost(history: History, expected: Expected) -> Iterator[str]:
    """Facts that should be kept and are not, and the other way round."""
    for name in sorted(expected.kept - history.kept):
        yield f"lost: {name.place} {name.source} {name.id}"
    for name in sorted(history.kept - expected.may_be_kept):
        yield f"kept, and should not be: {name.place} {name.source} {name.id}"


def _findings(history: History, expected: Expected) -> Iterator[str]:
    """What is found in the facts that are kept is not, byte by byte, what backtest finds."""
    if list(history.findings) == list(expected.findings):
        return
    ours, theirs = set(history.findings), set(expected.findings)
    for line in sorted(theirs - ours):
        yield f"not found: {line.decode()}"
    for line in sorted(ours - theirs):
        yield f"found, and should not be: {line.decode()}"
    if ours == theirs:
        yield "findings in another order, or twice"


def _revisions(told: Iterable[Told]) -> Iterator[str]:
    """Each alert of a party is told from 1 on, without gaps, each revision once."""
    seen: dict[tuple[str, str, int], bytes] = {}
    last: dict[tuple[str, str], int] = {}
    for it in told:
        key, name = (it.party, it.alert_id, it.revision), f"{it.party} {it.alert_id}"
        before = seen.get(key)
        if before is not None:
            how = "twice" if before == it.view else "twice, with other content"
            yield f"{name}: revision {it.revision} {how}"
            continue
        seen[key] = it.view
        expected = last.get(key[:2], 0) + 1
        if it.revision != expected:
            yield f"{name}: revision {it.revision}, expected {expected}"
        last[key[:2]] = it.revision


def _last_notices(history: History, expected: Expected) -> list[str]:
    """What parties were told last is not what is found."""
    last = {(it.party, it.alert_id): it.view for it in history.told}
    statuses: dict[str, dict[str, str]] = {}
    for (party, alert_id), view in last.items():
        statuses.setdefault(alert_id, {})[party] = json.loads(view)["status"]
    return differences_in(statuses, history.held, expected.alerts)


def _receipts(history: History, expected: Expected) -> Iterator[str]:
    """A fact without a receipt, or with one that says something else."""
    last = dict(history.receipts)
    for name, answers in expected.receipts.items():
        if name not in last:
            yield f"no receipt {name}"
        elif last[name] not in answers:
            yield f"receipt {name}: {last[name]}, expected {' or '.join(map(str, answers))}"
    for name in last.keys() - expected.answerable:
        yield f"receipt {name} of nothing that was accepted"


def _disclosures(history: History) -> Iterator[str]:
    """Each view with data of a household has its disclosure, and nothing else has."""
    shown = Counter((it.party, it.alert_id) for it in history.told if _shows_a_household(it.view))
    disclosed = Counter(history.disclosed)
    for key in sorted(shown.keys() | disclosed.keys()):
        if shown[key] != disclosed[key]:
            yield f"{' '.join(key)}: shown {shown[key]} times, disclosed {disclosed[key]} times"


def _shows_a_household(view: bytes) -> bool:
    told = json.loads(view)
    return "title" in told and told["household"] is not None


def _letters(history: History, expected: Expected) -> Iterator[str]:
    """What was not accepted is a dead letter; it may lie there twice after a kill."""
    found = set(history.letters)
    for letter in sorted(expected.letters - found):
        yield f"no dead letter: {' '.join(map(str, letter))}"
    for letter in sorted(found - expected.letters):
        yield f"dead letter of something else: {' '.join(map(str, letter))}"


def _standings(standings: Iterable[Standing]) -> Iterator[str]:
    """The change log and the group agree, at the end of the input."""
    for it in standings:
        if it.cursor != it.committed:
            yield f"{it.shard}: change log at {it.cursor}, group at {it.committed}"
        if not it.is_at_end:
            yield f"{it.shard}: at {it.committed}, and there is input up to {it.end}"
