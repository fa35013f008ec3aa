"""`seintje schemas`: whether the Avro schemas may be published as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.options import AsJson
from hub.cli.screen import screen_of


def check(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Folder of schemas; without it those of Seintje."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check whether the schemas may be published as they are.

    Readable, documented, and FULL_TRANSITIVE against every kept version. Exit 1 if something is
    wrong.
    """
    from hub.errors import Misconfigured
    from hub.shipped import shipped
    from hub.wire.schemas import check as problems_in

    screen, root = screen_of(ctx, as_json=as_json), folder or shipped("schemas/avro")
    if not any(root.glob("*.avsc")):
        raise Misconfigured(str(root), "there are no schemas (*.avsc) here; check the folder")
    problems = problems_in(root)
    if screen.shows_tables:
        screen.lines(map(str, problems))
    else:
        screen.rows({"file": it.file, "where": it.where, "says": it.says} for it in problems)
    if problems:
        raise typer.Exit(1)
    screen.remark(
        nl=f"De schema's in {root} kloppen en passen bij elke eerdere versie.",
        en=f"The schemas in {root} are sound and fit every earlier version.",
    )
