"""What the client hands to its caller. Fields that a newer hub adds are left out, and fields that
an alert does not have (any more) are None or empty."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from hub.client.problems import Problem

ReceiptStatus: TypeAlias = Literal["accepted", "duplicate", "waiting", "refused", "expired-unbound"]


class EventStatus(StrEnum):
    """What became of an event that was handed over."""

    PENDING = "pending"  # in the spool; not sent, or sent and not answered
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"  # the hub had it already
    REFUSED = "refused"


class Outcome(Struct, frozen=True):
    """What the hub answered about one event: a receipt, or the problem for which it refused it."""

    source: str
    id: str
    status: EventStatus
    receipt_id: str | None = None
    problem: Problem | None = None


class Refusal(Struct, frozen=True):
    """An event that the hub refused. `event` is what was sent, None where the hub found a
    burgerservicenummer in it: that is kept nowhere."""

    source: str
    id: str
    problem: Problem
    event: Mapping[str, Any] | None


class Receipt(Struct, frozen=True):
    """What became of a fact; `household` is your own handle of the household it went to."""

    receipt_id: str
    source: str
    id: str
    type: str
    status: ReceiptStatus
    at: str
    household: str | None = None
    problem: Problem | None = None


class Act(Struct, frozen=True, rename="camel"):
    """The receipt of the fact that an act became."""

    receipt_id: str
    status: str


class Words(Struct, frozen=True, rename="camel"):
    """What a case worker reads, in another language."""

    title: str = ""
    message: str = ""
    action: str | None = None


class Other(Struct, frozen=True, rename="camel"):
    """Another party that is told."""

    role: str
    part: str
    acknowledged: bool


class Alert(Struct, frozen=True, rename="camel", kw_only=True):
    """An alert as your party sees it, at one revision. Of what was withdrawn or erased only the
    first fields are left. Instants are texts (RFC 3339, UTC), as the hub wrote them."""

    alert_id: str
    revision: int
    status: str
    rule: str
    severity: str
    household: str | None = None
    notice: str = "new"
    listed: bool = True
    announced: bool = True
    title: str | None = None
    message: str | None = None
    action: str | None = None
    translations: Mapping[str, Words] = {}
    phase: str | None = None
    raised_at: str | None = None
    resolved_at: str | None = None
    resolution: str | None = None
    gemeente: str | None = None
    region: str | None = None
    references: tuple[Mapping[str, str], ...] = ()
    part: str | None = None
    responsibility: str | None = None
    respond_by: str | None = None
    others: tuple[Other, ...] = ()
    held: tuple[Mapping[str, str], ...] = ()
    aanspreekpunt: Mapping[str, str] | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()
    absent: tuple[Mapping[str, str], ...] = ()
    memo: str | None = None
    agreement: Mapping[str, str] | None = None
    contact: str | None = None
