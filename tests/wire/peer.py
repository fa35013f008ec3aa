"""Reading with avro-python3, which has the import name of avro: in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.wire.parties import ROOT


def read_by_peer(bodies: Sequence[tuple[str, bytes]]) -> list[Any]:
    """What the peer reads in each body, of a record, by the text of its schema."""
    python = ROOT / ".venv-avro-peer" / "bin" / "python"
    if not python.exists():
        pytest.fail(f"{python} is not there: run `make avro-peer`")
    asked = [{"schema": schema, "body": body.hex()} for schema, body in bodies]
    run = subprocess.run(
        [str(python), "-I", str(Path(__file__).with_name("avro_peer.py"))],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: list[Any] = json.loads(run.stdout)
    return found
