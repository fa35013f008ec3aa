"""Every example of docs/agreement.md can be read, and every word of a file is explained there."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from hub.agreement_files import code_lists
from hub.domain.agreement_file import read_agreement
from hub.domain.marked import Node, Reader
from hub.domain.parties_file import read_parties
from hub.domain.scenario_file import read_scenarios
from hub.wire.yaml import parse
from tests.agreement.builders import DEFAULT

PAGE: Final = (Path(__file__).parents[2] / "docs" / "agreement.md").read_text("utf-8")
BLOCKS: Final = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
HERE: Final = Path(__file__).parent
WHOLE: Final[dict[str, Any]] = yaml.safe_load(DEFAULT)
BASE: Final = {
    key: WHOLE[key]
    for key in ("id", "version", "validFrom", "gemeenten", "convenant", "states", "rules")
}
SCENARIO_WORDS: Final = {"scenarios", "given"}


def problems(block: str) -> list[str]:
    node, reader = tree(block), Reader()
    assert isinstance(node.value, dict)
    if "parties" in node.value:
        read_parties(node, reader)
    elif SCENARIO_WORDS & node.value.keys():
        read_scenarios(node, reader)
    else:
        read_agreement(tree(within_an_agreement(block)), code_lists(), "", reader)
    return [str(problem) for problem in reader.problems]


def within_an_agreement(block: str) -> str:
    """An agreement that has the block: as keys of its own, or as one rule."""
    part = yaml.safe_load(block)
    if part.keys() & {"when", "tells", "severity"}:
        part = {"rules": [BASE["rules"][0] | part]}
    return yaml.safe_dump({**BASE, "rules": [], **part})


def tree(text: str) -> Node:
    node = parse(text)
    assert isinstance(node, Node), node
    return node


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: " ".join(block.split())[:50])
def test_an_example_can_be_read(block: str) -> None:
    assert problems(block) == []


def test_there_are_examples() -> None:
    assert len(BLOCKS) > 25


@pytest.mark.parametrize("file", ["every_word.yaml", "every_party.yaml"])
def test_every_word_is_explained(file: str) -> None:
    words = set(keys_of(yaml.safe_load((HERE / file).read_text("utf-8"))))
    names = re.compile(r"[a-z]+[A-Z]?[A-Za-z]*")
    fields = {"cause", "phase", "targetGroup", "one", "two", "phased", "arrangement", "before"}
    unexplained = {word for word in words if names.fullmatch(word) and word not in PAGE} - fields
    assert unexplained == set()


def keys_of(value: object) -> list[str]:
    if isinstance(value, dict):
        return [*map(str, value), *(key for part in value.values() for key in keys_of(part))]
    if isinstance(value, list):
        return [key for part in value for key in keys_of(part)]
    return []
