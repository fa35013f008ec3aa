"""Where `explain` and `why-not` look: files of facts, a data directory, or the workers on Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import typer

from hub.agreement_files import load as load_agreements
from hub.cli.fact_files import put_files
from hub.cli.kept import kept_in
from hub.cli.options import PARTIES_FILE
from hub.cli.screen import Screen
from hub.compose.key_source import key_of
from hub.domain.agreement import Agreement, Agreements, Rule
from hub.domain.explain import Explanation
from hub.domain.facts import Reference
from hub.domain.marked import suggestion
from hub.domain.parties import Parties
from hub.domain.time import Instant
from hub.domain.why_not import WhyNot
from hub.settings import Settings, load
from hub.shipped import shipped
from hub.streams import looking
from hub.streams.backtest import Backtest
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import connection_of
from hub.streams.kafka.look_ups import AlertAsked, HouseholdAsked, Workers
from hub.streams.kafka.names import Names


class Source(Protocol):
    """Somewhere to look. `at` None: its own last instant."""

    def explanation(self, alert_id: str, at: Instant | None) -> Explanation | None: ...

    def why_not(self, reference: Reference, rule: str, at: Instant | None) -> Sequence[WhyNot]: ...


def source_of(
    screen: Screen,
    facts: Sequence[Path] | None,
    data: Path | None,
    agreed: tuple[Agreements, Parties] | None,
) -> Source:
    """Files if there are any; else the data directory; the workers where that is not given and
    Kafka is set."""
    if facts:
        assert agreed is not None
        run = Backtest(*agreed)
        put_files(run, facts, screen)
        return InFiles(run)
    if data is None and load(screen.environ).kafka_brokers is not None:
        return AtWorkers(load(screen.environ))
    return InDirectory(data, screen)


class InFiles:
    """Files of facts."""

    def __init__(self, run: Backtest) -> None:
        self._run = run

    def explanation(self, alert_id: str, at: Instant | None) -> Explanation | None:
        return looking.explained(self._run, alert_id, self._run.last if at is None else at)

    def why_not(self, reference: Reference, rule: str, at: Instant | None) -> Sequence[WhyNot]:
        run = self._run
        asked = rule_of(rule, run.agreements)
        return looking.why_not(run, reference, asked, run.last if at is None else at)


class InDirectory:
    """The data directory of a hub in one process."""

    def __init__(self, data: Path | None, screen: Screen) -> None:
        self._kept = kept_in(data, screen.environ)

    def explanation(self, alert_id: str, at: Instant | None) -> Explanation | None:
        run = self._kept.about_alert(alert_id)
        return looking.explained(run, alert_id, self._at(at, run))

    def why_not(self, reference: Reference, rule: str, at: Instant | None) -> Sequence[WhyNot]:
        asked = rule_of(rule, self._kept.agreements)
        run = self._kept.about_household(reference)
        return looking.why_not(run, reference, asked, self._at(at, run))

    def _at(self, at: Instant | None, run: Backtest) -> Instant:
        worked = self._kept.latest() if at is None else at
        return run.last if worked is None else worked


class AtWorkers:
    """The workers of a hub on Kafka."""

    def __init__(self, settings: Settings) -> None:
        brokers = Brokers(connection_of(settings), Names(settings.kafka_prefix))
        self._workers = Workers(brokers, key_of(settings).keys())
        self._settings = settings

    def explanation(self, alert_id: str, at: Instant | None) -> Explanation | None:
        return asyncio.run(self._workers.explanation(AlertAsked(alert_id, at)))

    def why_not(self, reference: Reference, rule: str, at: Instant | None) -> Sequence[WhyNot]:
        default = shipped("agreements")
        agreements, _ = load_agreements(
            self._settings.agreements or default, else_parties=default / PARTIES_FILE
        )
        asked = HouseholdAsked(reference, rule_of(rule, agreements).id, at)
        return asyncio.run(self._workers.why_not(asked))


def rule_of(name: str, agreements: Agreements) -> Rule:
    """The household rule of this id, of the latest version that has it."""
    found = looking.find_rule(agreements, name)
    if found is not None:
        return found
    if any(name in agreement.by_id for agreement in agreements.all):
        told = f"{name} is about the region, not about a household"
        raise typer.BadParameter(told, param_hint="--rule")
    known = [rule.id for agreement in agreements.all for rule in _rules(agreement)]
    told = f"there is no rule `{name}`{suggestion(name, dict.fromkeys(known))}"
    raise typer.BadParameter(told, param_hint="--rule")


def _rules(agreement: Agreement) -> Sequence[Rule]:
    return agreement.rules
