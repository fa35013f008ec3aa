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


def openapi(ctx: typer.Context) -> None:
    """Print the OpenAPI document of the gateway.

    The same that a hub answers at /v1/openapi.json.
    """
    from hub.gateway.app import described

    sys.stdout.write(described().decode() + "\n")


def asyncapi(ctx: typer.Context) -> None:
    """Print the AsyncAPI document of topics and webhooks.

    With the Avro schemas in it.
    """
    from hub.asyncapi.document import described

    sys.stdout.write(described().decode() + "\n")
