"""`seintje agreement`: check an agreement, test it, show it as tables, compare two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from hub.cli.options import PARTIES_FILE, AsJson, PartiesAt
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.agreement_files import FileProblem
    from hub.agreement_scenarios import Result
    from hub.domain.agreement_diff import Difference
    from hub.domain.agreement_tables import Table

Files: TypeAlias = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE…", help="Agreement files or folders of them; without, the one of Seintje."
    ),
]
OneFile: TypeAlias = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="An agreement file; without, the one of Seintje."),
]
_DEFAULT = "duurzame-start.yaml"


def check(
    ctx: typer.Context,
    files: Files = None,
    parties: PartiesAt = None,
    fill_holidays: Annotated[
        int | None,
        typer.Option(min=1900, max=2199, metavar="YEAR", help="First write this year's holidays."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check agreement and parties files, line by line.

    Says all that is wrong, and what to write. Exit 1 if something is wrong.
    """
    from hub.agreement_files import examine
    from hub.shipped import shipped

    screen = screen_of(ctx, as_json=as_json)
    paths = files or [shipped("agreements")]
    if fill_holidays is not None:
        for path in _agreement_files(paths):
            _fill(screen, path, fill_holidays)
    every = [*paths, *([parties] if parties is not None else [])]
    today = date.today()  # noqa: DTZ011  # which year the calendar must reach is no instant
    examined = examine(every, else_parties=shipped("agreements") / PARTIES_FILE, today=today)
    _show_problems(screen, examined.problems)
    if examined.problems:
        raise typer.Exit(1)
    screen.remark(nl="Niets op aan te merken.", en="Nothing wrong.")


def run_scenarios(
    ctx: typer.Context,
    files: Files = None,
    parties: PartiesAt = None,
    as_json: AsJson = False,
) -> None:
    """Run the scenario tests that lie beside an agreement.

    They are in FILE.scenarios/*.yaml. Exit 1 if a scenario finds other alerts than it expects.
    """
    from hub.errors import Misconfigured
    from hub.shipped import shipped

    screen = screen_of(ctx, as_json=as_json)
    paths = _agreement_files(files or [shipped("agreements")])
    results = [result for path in paths for result in _tested(path, parties)]
    if not results:
        tried = ", ".join(str(path.with_suffix(".scenarios")) for path in paths)
        raise Misconfigured(tried, "there are no scenarios (*.yaml) here; write one")
    _show_results(screen, results)
    failed = sum(not result.passed for result in results)
    screen.remark(
        nl=f"{len(results)} scenario's, {failed} niet geslaagd",
        en=f"{len(results)} scenarios, {failed} failed",
    )
    if failed:
        raise typer.Exit(1)


def show(ctx: typer.Context, file: OneFile = None, as_json: AsJson = False) -> None:
    """Show rules, responsibilities and sharing as tables."""
    from hub.agreement_files import read_agreement_file
    from hub.domain.agreement_tables import responsibility_matrix, rule_table, sharing_matrix
    from hub.shipped import shipped

    screen = screen_of(ctx, as_json=as_json)
    agreement = read_agreement_file(file or shipped("agreements") / _DEFAULT)
    for name, table_of, title in (
        ("rules", rule_table, screen.words(nl="Regels", en="Rules")),
        (
            "responsibilities",
            responsibility_matrix,
            screen.words(nl="Verantwoordelijkheden", en="Responsibilities"),
        ),
        ("sharing", sharing_matrix, screen.words(nl="Delen", en="Sharing")),
    ):
        if screen.shows_tables:
            table = table_of(agreement, screen.language)
            screen.table(table.headers, table.rows, title)
        else:
            screen.rows(_rows(name, table_of(agreement, "en")))


def diff(
    ctx: typer.Context,
    before: Annotated[Path, typer.Argument(metavar="A", help="An agreement file.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The one to compare it with.")],
    as_json: AsJson = False,
) -> None:
    """Show what differs between two agreements, part by part."""
    from hub.agreement_files import read_agreement_file
    from hub.domain.agreement_diff import difference

    screen = screen_of(ctx, as_json=as_json)
    rows = list(_changes(difference(read_agreement_file(before), read_agreement_file(after))))
    if not screen.shows_tables:
        screen.rows(rows)
        return
    nl = screen.language == "nl"
    columns = ("wat", "onderdeel", "was", "wordt") if nl else ("what", "part", "was", "becomes")
    shown = [(row["kind"], row["part"], row["before"], row["after"]) for row in rows]
    screen.table(columns, shown)


def _agreement_files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        found += [file for file in inside if file.name != PARTIES_FILE]
    return found


def _fill(screen: Screen, path: Path, year: int) -> None:
    from hub.agreement_edits import fill_holidays, write_whole
    from hub.errors import Misconfigured

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(str(path), "it cannot be read as UTF-8 text") from error
    filled = fill_holidays(text, year)
    if filled != text:
        write_whole(path, filled)
        screen.remark(
            nl=f"{path}: feestdagen van {year} ingevuld", en=f"{path}: holidays of {year} filled in"
        )


def _show_problems(screen: Screen, problems: Sequence[FileProblem]) -> None:
    if screen.shows_tables:
        screen.lines(map(str, problems))
        return
    screen.rows(
        {
            "file": it.file,
            "line": it.problem.line,
            "column": it.problem.column,
            "message": it.problem.message,
        }
        for it in problems
    )


def _tested(path: Path, parties: Path | None) -> Iterator[Result]:
    from hub.agreement_files import load
    from hub.agreement_scenarios import run, scenario_files
    from hub.shipped import shipped

    files = scenario_files(path)
    if not files:
        return
    paths = [path, *([parties] if parties is not None else [])]
    agreements, people = load(paths, else_parties=shipped("agreements") / PARTIES_FILE)
    for file in files:
        yield from run(file, agreements, people)


def _show_results(screen: Screen, results: Sequence[Result]) -> None:
    if not screen.shows_tables:
        screen.rows({"passed": result.passed, **_fields(result)} for result in results)
        return
    for result in results:
        mark = "✓" if result.passed else "✗"
        screen.lines([f"{mark} {result.name}  ({result.file}:{result.line})"])
        for word, told in (
            (screen.words(nl="ontbreekt", en="missing"), result.missing),
            (screen.words(nl="niet verwacht", en="unexpected"), result.unexpected),
            (screen.words(nl="geweigerd", en="refused"), result.refused),
        ):
            screen.lines(f"    {word}: {line}" for line in told)


def _fields(result: Result) -> dict[str, Any]:
    return {name: getattr(result, name) for name in result.__struct_fields__}


def _rows(name: str, table: Table) -> Iterator[dict[str, str]]:
    keys = [_camel(header) for header in table.headers]
    for cells in table.rows:
        yield {"table": name} | dict(zip(keys, cells, strict=True))


def _camel(header: str) -> str:
    first, *rest = header.split()
    return first.lower() + "".join(word.title() for word in rest)


def _changes(difference: Difference) -> Iterator[dict[str, str]]:
    for change in difference.general:
        yield _change("general", change.part, change.before, change.after)
    for rule in difference.rules_added:
        yield _change("rule-added", rule, "", rule)
    for rule in difference.rules_removed:
        yield _change("rule-removed", rule, rule, "")
    for changed in difference.rules_changed:
        for change in changed.changes:
            part = f"{changed.rule}: {change.part}"
            yield _change("rule-changed", part, change.before, change.after)
    for change in difference.sharing:
        yield _change("sharing", change.part, change.before, change.after)
    for change in difference.responsibilities:
        yield _change("responsibility", change.part, change.before, change.after)


def _change(kind: str, part: str, before: str, after: str) -> dict[str, str]:
    return {"kind": kind, "part": part, "before": before, "after": after}
