"""A small agreement as text, and what the hub says of a text."""

from datetime import date
from pathlib import Path
from typing import Final

from hub.agreement_files import code_lists
from hub.domain.agreement import Agreement
from hub.domain.agreement_file import read_agreement
from hub.domain.lint import lint
from hub.domain.marked import Node, Problem, Reader
from hub.domain.parties import Parties
from hub.domain.parties_file import read_parties
from hub.wire.yaml import parse

SHIPPED: Final = Path(__file__).parents[2] / "agreements"
DEFAULT: Final = (SHIPPED / "duurzame-start.yaml").read_text("utf-8")
TODAY: Final = date(2026, 6, 1)

# 28 lines, then one rule
SMALL: Final = """\
id: klein
version: "1"
validFrom: 2026-01-01
validUntil: 2026-12-31
gemeenten: ["0988"]
region: limburg-midden
convenant: {name: Klein, date: 2025-12-01, dpia: DPIA-1}
respondBy: {high: 5 wd}
retention: 1 y
calendar:
  holidays:
    - 2026-01-01
states:
  tenancy: {from: S, until: [end]}
  monitoring: {from: S, until: [{after: 1 y}, end]}
  begeleiding: {from: begeleiding-started, until: [begeleiding-ended]}
responsibilities:
- {phase: coaching-vestiging, task: schade, roles: {gemeente: shared, corporatie: shared}}
sharing:
  damage-reported:
    gemeente: {fields: [occurredAt], purpose: aanpak, basis: convenant}
rules:
- id: schade
  memo: "2: schade"
  severity: high
  when: {seen: damage-reported}
  tells: {corporatie: acts}
  phase: coaching-vestiging
  task: schade
  text:
    nl: {title: Schade, message: Er is schade., action: Kijk ernaar.}
    en: {title: Damage, message: There is damage., action: Look at it.}
"""
REGION_RULE: Final = """\
regionRules:
- id: overleg
  memo: "regionaal"
  severity: low
  when: {since: {fact: consultation-held, longer: 1 y}}
  tells: {gemeente: acts}
  text:
    nl: {title: Overleg, message: Er was geen overleg., action: Plan het.}
    en: {title: Consultation, message: There was none., action: Plan it.}
"""


def read(text: str) -> tuple[Agreement, Node, Reader]:
    """What a text says, its tree, and the reader with its problems."""
    node = parse(text)
    assert isinstance(node, Node), node
    reader = Reader()
    return read_agreement(node, code_lists(), "", reader), node, reader


def agreement_of(text: str) -> Agreement:
    """A text that must be readable."""
    agreement, _, reader = read(text)
    assert reader.problems == []
    return agreement


def problems_of(text: str, today: date = TODAY) -> list[Problem]:
    """What the reader says, and if that is nothing, what lint says."""
    agreement, node, reader = read(text)
    return sorted(reader.problems) or lint(agreement, node, today)


def parties_of(text: str) -> tuple[Parties, list[Problem]]:
    node = parse(text)
    assert isinstance(node, Node), node
    reader = Reader()
    return read_parties(node, reader), sorted(reader.problems)
