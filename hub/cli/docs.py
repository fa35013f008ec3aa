"""`seintje docs`: documents that are generated or come with Seintje."""

from __future__ import annotations

import sys

import typer


def agreement_schema(ctx: typer.Context) -> None:
    """Print the JSON Schema of agreement files.

    With it an editor completes and checks while you type.
    """
    from hub.shipped import shipped

    sys.stdout.write((shipped("agreements") / "agreement.schema.json").read_text("utf-8"))
