"""What a runbook asks of Prometheus and of the command line exists as it is written there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
import typer
import yaml
from typer.core import TyperGroup

from hub.cli.app import app
from hub.telemetry.catalogue import FAMILIES
from tests.prometheus.prepare import needed
from tests.prometheus.rules import RUNBOOKS, alerts, recorded, selected

PAGES: Final = sorted(RUNBOOKS.glob("*.md"))

_BLOCK: Final = re.compile(r"^```(promql|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE: Final = re.compile(r"`(seintje [^`]+)`")
_LINK: Final = re.compile(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)")
_CODE: Final = re.compile(r"`((?:hub:)?seintje_[a-z0-9_:]+)`")


def queries(page: Path) -> list[str]:
    return [body for kind, body in _BLOCK.findall(page.read_text("utf-8")) if kind == "promql"]


def commands(page: Path) -> Iterator[list[str]]:
    """The words of each command of ours, in blocks and in sentences."""
    text = page.read_text("utf-8")
    blocks = [body for kind, body in _BLOCK.findall(text) if kind == "console"]
    lines = [line.removeprefix("$ ") for it in blocks for line in it.splitlines()]
    lines += [" ".join(it.split()) for it in _INLINE.findall(_BLOCK.sub("", text))]
    for line in lines:
        words = shlex.split(line)
        if words[0] == "seintje" and "…" not in words:
            yield words[1:]


def test_every_query_is_one(tmp_path: Path) -> None:
    """Each as a rule of its own, so that one call of promtool reads all of them."""
    asked = [it for page in PAGES for it in queries(page)]
    rules = [{"record": f"asked:{number}", "expr": it} for number, it in enumerate(asked)]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}), "utf-8")
    ended = subprocess.run([needed("promtool"), "check", "rules", file], capture_output=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda it: it.stem)
def test_a_page_asks_only_for_what_a_hub_shows(page: Path) -> None:
    known = {it for family in FAMILIES.values() for it in (*family.series, family.name)}
    known |= {it["record"] for it in recorded()} | {"up"}
    asked = [it.name for query in queries(page) for it in selected(query)]
    assert asked or page.stem == "README"
    assert {*asked, *_CODE.findall(page.read_text("utf-8"))} <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda it: it.stem)
def test_commands_in_a_page_are_those_that_there_are(page: Path) -> None:
    for words in commands(page):
        _take(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda it: it.stem)
def test_links_in_a_page_lead_somewhere(page: Path) -> None:
    links = _LINK.findall(page.read_text("utf-8"))
    assert [it for it in links if not (page.parent / it).is_file()] == []


def test_the_index_says_who_is_woken() -> None:
    index = (RUNBOOKS / "README.md").read_text("utf-8")
    for it in alerts():
        assert f"| [{it['alert']}]({it['alert']}.md) | {it['labels']['severity']} |" in index


def _take(words: Sequence[str]) -> None:
    """Walk to the command that is meant; all its options must be its own."""
    command, at = typer.main.get_command(app(None)), 0
    while isinstance(command, TyperGroup):
        assert words[at] in command.commands, f"seintje {' '.join(words)}"
        command, at = command.commands[words[at]], at + 1
    options = {name for it in command.params for name in it.opts}
    used = {it for it in words[at:] if it.startswith("--")}
    assert used <= options, f"seintje {' '.join(words)}"
