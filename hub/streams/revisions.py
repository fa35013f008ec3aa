"""What is emitted when a party is told: a revision of its view, and that it was shown.

The same record is written again each time that somebody reads what the view told (ADR 0021).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.domain.acts import LIVING
from hub.domain.agreement import Agreement
from hub.domain.alerts import Told
from hub.domain.duties import Duty
from hub.domain.findings import Finding
from hub.domain.parties import Party
from hub.domain.sharing import Disclosed, View
from hub.domain.time import Instant, format_instant
from hub.streams.seam import CAUSE, Emit

OUT: Final = "out/"
DISCLOSURES: Final = "disclosures"

_json: Final = msgspec.json.Encoder().encode


class Reduced(Struct, frozen=True, rename="camel"):
    """The last revision of an alert that may not be shown any more, or does not exist any more."""

    alert_id: str
    revision: int
    status: str
    rule: str
    severity: str
    household: str | None
    notice: str
    listed: bool = False
    announced: bool = True


class Way(StrEnum):
    """How something was shown: a view was written for a party, or somebody of it read one."""

    NOTICE = "notice"
    TIMELINE = "timeline"  # of the household, over HTTP
    CONSOLE = "console"


class Disclosure(Struct, frozen=True, rename="camel"):
    """That a party was told these fields of a household, why and on which basis. No values.

    `revision` is that of the view that shows them. Records of an earlier release have none, and are
    all of views that were written.
    """

    party: str
    household: str
    alert_id: str
    rule: str
    agreement: Mapping[str, str]
    fields: tuple[str, ...]
    purpose: tuple[str, ...]
    basis: tuple[str, ...]
    at: str
    revision: int | None = None
    way: str = Way.NOTICE.value


class Disclosing(Struct, frozen=True):
    """Who is shown something of which household, under which agreement, and when."""

    party: str
    household: str
    sharing: Agreement
    now: Instant


def revision(party: Party, view: View, told: Told, notice: str) -> Emit:
    """The whole view of a party at its revision."""
    by = told.respond_by if view.status in LIVING else None  # what has ended asks for no answer
    whole = replace(
        view,
        revision=told.revision,
        respond_by=None if by is None else format_instant(by),
        announced=told.announced,
        notice=notice,
        contact=party.contact if notice == Duty.ESCALATE.value else None,
    )
    return _out(party.id, view.alert_id, whole, told.revision, notice)


def because(emits: list[Emit], since: int, header: bytes) -> None:
    """What parties are told from the `since`th emit on is told because of a fact with this header,
    which goes along with it; empty: of a fact without."""
    for place in range(since, len(emits) if header else since):
        emit = emits[place]
        if emit.stream.startswith(OUT):
            emits[place] = replace(emit, headers={**emit.headers, CAUSE: header})


def last_revision(party: str, reduced: Reduced) -> Emit:
    """What a party hears of an alert that it may not see any more, or that is no more."""
    return _out(party, reduced.alert_id, reduced, reduced.revision, reduced.notice)


def disclosure(
    about: Disclosing, finding: Finding, disclosed: Iterable[Disclosed], number: int
) -> Emit:
    """The record that a party was told, by the revision of this number; fields, purposes and
    bases, no values."""
    shared = list(disclosed)
    told = Disclosure(
        about.party,
        about.household,
        finding.alert_id,
        finding.rule.id,
        {"id": about.sharing.id, "version": about.sharing.version},
        ("alert", *(it.field for it in shared)),
        tuple(sorted({it.purpose for it in shared})),
        tuple(sorted({it.basis for it in shared})),
        format_instant(about.now),
        number,
    )
    return _logged(told)


def reading(written: Disclosure, way: Way, now: Instant) -> Emit:
    """The record that somebody of the party read what it was told; the same fields, on the same
    basis, under the same version."""
    return _logged(replace(written, way=way.value, at=format_instant(now)))


def _logged(told: Disclosure) -> Emit:
    return Emit(DISCLOSURES, told.household.encode(), _json(told))


def _out(party: str, alert_id: str, told: View | Reduced, number: int, notice: str) -> Emit:
    headers = {"revision": b"%d" % number, "notice": notice.encode()}
    return Emit(OUT + party, alert_id.encode(), _json(told), headers)
