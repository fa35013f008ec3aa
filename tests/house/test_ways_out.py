"""Nobody calls out over HTTP but `hub.outbound`, nor by mail but `hub.mail`: `make lint` refuses
others (pyproject.toml).

Here ruff is asked what it would say of a module that tries.
"""

import json
import subprocess
import sys

import pytest

from tests.house.sources import ROOT


def told(path: str, text: str) -> set[str]:
    """The codes of what ruff says of this text, if it stood there."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=json"]
    ran = subprocess.run(
        [*command, "--select=TID251", f"--stdin-filename={path}", "-"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return {it["code"] for it in json.loads(ran.stdout)}


@pytest.mark.parametrize(
    "text",
    [
        "import httpx",
        "import httpcore",
        "def f() -> None:\n    import httpx",
        "from httpx import AsyncClient",
        "import requests",
        "import urllib3",
        "import urllib.request",
        "from urllib.request import urlopen",
        "from urllib import request",
        "import http.client",
        "import smtplib",
        "from http.client import HTTPSConnection",
        "from aiohttp import ClientSession",
        "from aiohttp.client import ClientSession",
        "import aiohttp\naiohttp.ClientSession()",
    ],
)
def test_lint_refuses_another_way_out(text: str) -> None:
    for path in ("hub/delivery/webhook.py", "hub/cli/a.py", "connectors/gemeente/a.py"):
        assert told(path, text) == {"TID251"}


@pytest.mark.parametrize("path", ["hub/outbound.py", "hub/guarded.py", "tests/a.py", "bench/a.py"])
def test_lint_knows_the_way_out_and_who_comes_from_outside(path: str) -> None:
    assert told(path, "import httpx") == set()


@pytest.mark.parametrize(
    "text", ["from aiohttp.web import Request", "from urllib.parse import quote"]
)
def test_lint_lets_pass_what_calls_nobody(text: str) -> None:
    assert told("hub/streams/kafka/a.py", text) == set()
