"""`seintje docs`: documents that are generated or come with Seintje."""

from __future__ import annotations

import sys

import typer


def agreement_schema(ctx: typer.Context) -> None:
    """Print the JSON Schema of agreement files, for editors that complete and check as you type."""
    from hub.shipped import shipped

    sys.stdout.write((shipped("agreements") / "agreement.schema.json").read_text("utf-8"))
