"""Scenario tests of an agreement: small households, and the alerts that must be found in them.

Runs them through the same intake and evaluation as `backtest`, and compares every alert: one that
is not found fails a scenario, and so does one that is not expected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from hub.domain.agreement import Agreements
from hub.domain.marked import Problem, Reader
from hub.domain.parties import Parties
from hub.domain.refusals import Refused
from hub.domain.scenario_file import Alert, Scenario, ScenarioFile, ShortFact, read_scenarios
from hub.domain.time import Instant, parse_instant
from hub.errors import Misconfigured
from hub.scenario_events import Events, as_line
from hub.streams.backtest import Alert as Found
from hub.streams.backtest import Backtest
from hub.wire.yaml import parse


class Result(Struct, frozen=True):
    """How one scenario went. `missing` and `unexpected` are alerts as scenarios write them,
    `refused` says which facts could not be taken, with their lines."""

    file: str
    line: int
    name: str
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not (self.missing or self.unexpected or self.refused)


def scenario_files(agreement: Path) -> list[Path]:
    """The scenarios that lie beside an agreement file: `<name>.scenarios/*.yaml`."""
    return sorted(agreement.with_suffix(".scenarios").glob("*.yaml"))


def run(file: Path, agreements: Agreements, parties: Parties) -> list[Result]:
    """Every scenario of a file, in its order; `Misconfigured` with all lines if it cannot be
    read."""
    scenarios = _read(file)
    gemeente = scenarios.gemeente or _first_gemeente(agreements)
    return [
        _Run(scenario, gemeente, agreements, parties).result(file)
        for scenario in scenarios.scenarios
    ]


class _Run:
    """One scenario, played fact by fact."""

    def __init__(
        self, scenario: Scenario, gemeente: str, agreements: Agreements, parties: Parties
    ) -> None:
        self.scenario = scenario
        self.agreements = agreements
        self.parties = parties
        version = next(iter(agreements.of_gemeente(gemeente)), None)
        self.events = Events(gemeente, version.region if version else "", parties)
        self.lines: list[bytes] = []
        self.refused: list[str] = []

    def result(self, file: Path) -> Result:
        scenario = self.scenario
        # acts name alerts that only the facts before them make
        for fact in sorted(scenario.facts, key=lambda fact: fact.at):
            self._put(fact)
        expected = list(scenario.expect)
        unexpected = []
        for alert in self._alerts(scenario.at):
            same = next((it for it in expected if _is_same(it, alert)), None)
            if same is None:
                unexpected.append(str(alert))
            else:
                expected.remove(same)
        return Result(
            str(file),
            scenario.line,
            scenario.name,
            tuple(map(str, expected)),
            tuple(unexpected),
            tuple(self.refused),
        )

    def _put(self, fact: ShortFact) -> None:
        event = self.events.event(fact, self._alert_id)
        if isinstance(event, str):
            self.refused.append(f"line {fact.line}: {event}")
            return
        line = as_line(event)
        refused = Backtest(self.agreements, self.parties).put(line)
        if refused is None:
            self.lines.append(line)
        else:
            self.refused.append(f"line {fact.line}: {_told(fact, refused)}")

    def _alert_id(self, rule: str, act: ShortFact) -> str | None:
        """The alert of a rule that an act at that instant can only mean: the last one raised."""
        found = [it for it in self._found(act.at) if it.rule == rule and _is_of(it, act.household)]
        return found[-1].alert_id if found else None

    def _alerts(self, at: Instant) -> list[Alert]:
        return [_alert(found) for found in self._found(at)]

    def _found(self, at: Instant) -> Sequence[Found]:
        backtest = Backtest(self.agreements, self.parties)
        for line in self.lines:
            backtest.put(line)
        return backtest.alerts(at)


def _read(file: Path) -> ScenarioFile:
    try:
        node = parse(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(str(file), "cannot be read as UTF-8 text") from error
    if isinstance(node, Problem):
        raise _misread(file, [node])
    reader = Reader()
    scenarios = read_scenarios(node, reader)
    if reader.problems:
        raise _misread(file, reader.problems)
    return scenarios


def _misread(file: Path, problems: Iterable[Problem]) -> Misconfigured:
    told = "\n".join(f"{file}:{problem}" for problem in sorted(problems))
    return Misconfigured(str(file), f"\n{told}")


def _first_gemeente(agreements: Agreements) -> str:
    return min((code for agreement in agreements.all for code in agreement.gemeenten), default="")


def _alert(found: Found) -> Alert:
    resolved = None if found.resolved_at is None else parse_instant(found.resolved_at)
    household = next(iter(_households(found)), "a")
    raised = parse_instant(found.raised_at)
    return Alert(raised, found.rule, household, resolved, found.resolution, found.held_for)


def _is_of(found: Found, household: str) -> bool:
    return household in (_households(found) or [household])


def _households(found: Found) -> list[str]:
    """The scenario's names of a household, from its references; none for a region."""
    references = found.references if isinstance(found.references, tuple) else ()
    return [it.value[2:] for it in references if it.scheme in ("lease", "dossier")]


def _is_same(expected: Alert, found: Alert) -> bool:
    if expected.why is None:
        found = Alert(
            found.raised_at, found.rule, found.household, found.resolved_at, None, found.held
        )
    return expected == found


def _told(fact: ShortFact, refused: Refused) -> str:
    said = [f"{fact.type} is refused ({refused.slug}): {refused.detail}"]
    return "; ".join([*said, *_violations(refused)])


def _violations(refused: Refused) -> Iterable[str]:
    return (f"{it.path}: {it.expected}" for it in refused.violations)
