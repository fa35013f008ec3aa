"""`seintje backtest`: what an agreement finds in files of facts, and what another one would."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hub.cli.options import AgreementAt, AsJson, Now, PartiesAt, agreements_at, instant_of
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.domain.time import Instant
    from hub.streams.backtest import Alert, Backtest

Kind = Literal["added", "removed", "changed"]


def backtest(
    ctx: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="JSON Lines of CloudEvents, also .gz and .zst; - is stdin."
        ),
    ],
    agreement: AgreementAt = None,
    parties: PartiesAt = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="B", help="Print what agreement B would add, remove and change."
        ),
    ] = None,
    now: Now = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if a line was refused.")] = False,
    as_json: AsJson = False,
) -> None:
    """Evaluate facts at an instant and print the alerts.

    Without --now that is the last occurredAt. Touches nothing. Refused lines go to stderr with
    their place, the rest is evaluated.
    """
    from hub.cli.fact_files import put_files
    from hub.streams.backtest import Backtest

    screen = screen_of(ctx, as_json=as_json)
    at = instant_of(now) if now is not None else None
    found, people = agreements_at(agreement, parties)
    other = agreements_at(against, parties)[0] if against is not None else None
    run = Backtest(found, people)
    with _no_search_for_circles():
        taken = put_files(run, files, screen)
        at = run.last if at is None else at
        alerts = _evaluated(run, at, screen)
        if other is None:
            show_alerts(screen, alerts)
        else:
            run.agreements = other  # intake asks the parties only, so the same facts serve twice
            show_changes(screen, list(changes(alerts, _evaluated(run, at, screen))))
    _sum_up(screen, run, at, len(alerts))
    if strict and taken.refused:
        raise typer.Exit(1)


@contextmanager
def _no_search_for_circles() -> Iterator[None]:
    """Without the garbage collector: a million facts stay alive until the end and hold no circles,
    so looking for some again and again costs time and finds nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def changes(before: Sequence[Alert], after: Sequence[Alert]) -> Iterator[tuple[Kind, Alert]]:
    """What another agreement makes of the same facts, by raisedAt, rule and alertId.

    Which version found an alert is no difference by itself: all would be changed.
    """
    old = {alert.alert_id: alert for alert in before}
    new = {alert.alert_id: alert for alert in after}
    found: list[tuple[Kind, Alert]] = [("removed", it) for it in before if it.alert_id not in new]
    for alert in after:
        known = old.get(alert.alert_id)
        if known is None:
            found.append(("added", alert))
        elif _said(known) != _said(alert):
            found.append(("changed", alert))
    yield from sorted(found, key=lambda it: (it[1].raised_at, it[1].rule, it[1].alert_id))


def show_alerts(screen: Screen, alerts: Sequence[Alert]) -> None:
    if not screen.shows_tables:
        screen.rows(alerts)
        return
    screen.table(_columns(screen), [_row(alert) for alert in alerts])


def show_changes(screen: Screen, found: Sequence[tuple[Kind, Alert]]) -> None:
    if not screen.shows_tables:
        screen.rows({"change": kind, "alert": alert} for kind, alert in found)
        return
    names = {
        "added": screen.words(nl="erbij", en="added"),
        "removed": screen.words(nl="eraf", en="removed"),
        "changed": screen.words(nl="anders", en="changed"),
    }
    rows = [(names[kind], *_row(alert)) for kind, alert in found]
    screen.table((screen.words(nl="verschil", en="change"), *_columns(screen)), rows)


def _evaluated(run: Backtest, at: Instant, screen: Screen) -> list[Alert]:
    from hub.cli.forked import alerts_by_all

    with screen.waiting(screen.words(nl="Afspraak toepassen", en="Applying the agreement")) as wait:
        return alerts_by_all(run, at, wait)


def _said(alert: Alert) -> tuple[Any, ...]:
    fields = (name for name in alert.__struct_fields__ if name != "agreement")
    return tuple(getattr(alert, name) for name in fields)


def _columns(screen: Screen) -> tuple[str, ...]:
    if screen.language == "nl":
        return ("sinds", "regel", "ernst", "status", "huishouden of regio", "seintje")
    return ("since", "rule", "severity", "status", "household or region", "alert")


def _row(alert: Alert) -> tuple[str, ...]:
    return (
        alert.raised_at[:10],
        alert.rule,
        alert.severity,
        f"{alert.status} {(alert.resolved_at or '')[:10]}".strip(),
        _place(alert),
        alert.alert_id,
    )


def _place(alert: Alert) -> str:
    references = {reference.scheme: reference for reference in alert.references or ()}
    named = references.get("lease") or references.get("dossier")
    if named is None:
        return str(alert.region)
    return f"{named.scheme}:{named.issuer}:{named.value}"


def _sum_up(screen: Screen, run: Backtest, at: Instant, alerts: int) -> None:
    from hub.domain.time import BEGINNING, format_instant

    new, twice = run.outcomes.get("new", 0), run.outcomes.get("duplicate", 0)
    refused = run.outcomes.get("refused", 0)
    when = format_instant(at) if at > BEGINNING else "–"
    screen.remark(
        nl=f"{new} feiten, {twice} dubbel, {refused} geweigerd; {alerts} seintjes op {when}",
        en=f"{new} facts, {twice} duplicate, {refused} refused; {alerts} alerts at {when}",
    )
