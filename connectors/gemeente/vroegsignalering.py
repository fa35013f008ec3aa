"""The vroegsignalering system of a gemeente: the statutory rent signal out, its feedback in.

Two halves, each run by whoever may say it. The corporatie gives the signal (`signals`): by law it
is the landlord's, and its own facts alone say whether the steps before it were taken. The gemeente
tells what became of it (`feedback`), as an act of its own. What joins them is the alertId, which is
the `ID` of the signal. Wet gemeentelijke schuldhulpverlening, art. 3; Besluit gemeentelijke
schuldhulpverlening, art. 2; words of DDAS vroegsignalering v0.9.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from connectors.encrypted import require_encrypted
from connectors.gemeente.vroegsignalering_book import Book
from connectors.gemeente.vroegsignalering_feedback import (
    Acts,
    FeedbackSource,
    NotPickedUp,
    PickedUp,
)
from connectors.gemeente.vroegsignalering_look import Means, Terms
from connectors.gemeente.vroegsignalering_sending import Sending
from connectors.gemeente.vroegsignalering_signal import Addresses
from connectors.gemeente.vroegsignalering_system import System
from connectors.seam import Connector, Finding, Site
from connectors.secret import Token
from connectors.settings import Address, Gemeente, Part
from hub.errors import Misconfigured

_SETTING: Final = "vroegsignalering"

Days: TypeAlias = Annotated[int, Meta(ge=0, le=3650)]


class SignalSettings(Part, frozen=True, kw_only=True):
    """How the corporatie gives signals. The terms are those of the convenant with this gemeente;
    30 days is what DDAS says of rent (`EnumSignaalpartner`, Huur)."""

    addresses: Path
    rules: Annotated[tuple[str, ...], Meta(min_length=1)]
    from_days: Days = 30
    until_days: Days | None = None
    from_euros: Annotated[int, Meta(ge=0)] = 0


class FeedbackSettings(Part, frozen=True, kw_only=True):
    """Which act of the gemeente feedback becomes."""

    picked_up: PickedUp = "alert-acknowledged"
    not_picked_up: NotPickedUp = "nothing"
    review_after_days: Annotated[int, Meta(ge=1, le=365)] | None = None


class VroegsignaleringSettings(Part, frozen=True, kw_only=True):
    """One gemeente, its system, and one of the two halves."""

    address: Address
    key_file: Token
    gemeente: Gemeente
    signals: SignalSettings | None = None
    feedback: FeedbackSettings | None = None


def build(settings: VroegsignaleringSettings, site: Site) -> Connector:
    """Misconfigured: not one of the two halves, or a half is not whole."""
    if (settings.signals is None) == (settings.feedback is None):
        do = "write `signals` if you are the corporatie, or `feedback` if you are the gemeente"
        raise Misconfigured(_SETTING, do)
    require_encrypted(f"{_SETTING}.address", settings.address)
    system = System(settings.address, settings.key_file, site.transport)
    if settings.signals is not None:
        return _giving(settings.gemeente, settings.signals, system, site)
    assert settings.feedback is not None
    acts = _acts(settings.gemeente, settings.feedback)
    return Connector(sources=(FeedbackSource(system, acts, site.shelf),), close=system.close)


def _giving(gemeente: str, own: SignalSettings, system: System, site: Site) -> Connector:
    if own.until_days is not None and own.until_days < own.from_days:
        do = "write a number that is not below fromDays, or no signal is ever given"
        raise Misconfigured(f"{_SETTING}.signals.untilDays", do)
    addresses = Addresses(own.addresses)
    terms = Terms(gemeente, frozenset(own.rules), own.from_days, own.until_days, own.from_euros)
    means = Means(terms, addresses, system, Book(site.shelf), site.say)
    sending = Sending(means, site.household, site.graves, asyncio.Lock())

    async def check() -> Sequence[Finding]:
        return [*addresses.findings(), *await system.check()]

    return Connector(sinks=(sending,), errands=(sending,), check=check, close=system.close)


def _acts(gemeente: str, own: FeedbackSettings) -> Acts:
    if own.picked_up == "approach-agreed" and own.review_after_days is None:
        do = "write after how many days to look again"
        raise Misconfigured(f"{_SETTING}.feedback.reviewAfterDays", do)
    return Acts(gemeente, own.picked_up, own.not_picked_up, own.review_after_days or 1)
