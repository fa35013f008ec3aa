"""An agreement as tables for people: rules, responsibilities, sharing (`agreement show`, docs).

Headers and what parties do are in Dutch or English; ids, fields and conditions are those of the
file. Only values: whoever shows them draws the lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from hub.domain.agreement import (
    MONITORING,
    Agreement,
    Language,
    RegionRule,
    Rule,
    SharedFields,
    Until,
)
from hub.domain.facts import CATALOGUE, SIDE_OF
from hub.domain.wording import in_words, region_in_words, until_in_words, where_in_words

_ROLES: Final = tuple(SIDE_OF)
_EXPECTED: Final = (MONITORING,)  # the states of a rule that says nothing about them
_HEADERS: Final[Mapping[str, Mapping[Language, tuple[str, ...]]]] = {
    "rules": {
        "nl": ("Regel", "Titel", "Ernst", "Wanneer", "Tot", "Wie", "Reageren binnen", "Afspraak"),
        "en": ("Rule", "Title", "Severity", "When", "Until", "Who", "Respond within", "Agreement"),
    },
    "responsibilities": {"nl": ("Fase", "Taak", *_ROLES), "en": ("Phase", "Task", *_ROLES)},
    "sharing": {
        "nl": ("Feit", "Voor", "Velden", "Doel", "Grondslag", "Voorwaarde"),
        "en": ("Fact", "For", "Fields", "Purpose", "Basis", "Condition"),
    },
}
_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "nl": {
        "critical": "kritiek",
        "high": "hoog",
        "medium": "middel",
        "low": "laag",
        "acts": "handelt",
        "informed": "weet ervan",
        "full": "volledig",
        "shared": "gedeeld",
        "nobody": "niemand",
        "other-side": "de andere kant",
        "shadow": "proef: niemand krijgt bericht",
        "newest": "het nieuwste feit met dezelfde {}: {}",
        "during": "tijdens",
    },
    "en": {
        "nobody": "nobody",
        "other-side": "the other side",
        "shadow": "shadow: nobody is told",
        "newest": "the newest fact with the same {}: {}",
        "during": "during",
    },
}


class Table(Struct, frozen=True):
    """Headers, and rows with a cell for each of them."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def rule_table(agreement: Agreement, language: Language) -> Table:
    """Every rule in the order of the file, region rules last."""
    every: tuple[Rule | RegionRule, ...] = (*agreement.rules, *agreement.region_rules)
    rows = (_rule_row(rule, agreement, language) for rule in every)
    return Table(_HEADERS["rules"][language], tuple(rows))


def responsibility_matrix(agreement: Agreement, language: Language) -> Table:
    """Phase × task × role (memo, bijlage 2)."""
    rows = (
        (line.phase, line.task, *(_word(line.roles.get(role, ""), language) for role in _ROLES))
        for line in agreement.responsibilities
    )
    return Table(_HEADERS["responsibilities"][language], tuple(rows))


def sharing_matrix(agreement: Agreement, language: Language) -> Table:
    """Who may see what of each fact type; types that nobody sees have a row too."""
    rows: list[tuple[str, ...]] = []
    for fact, row in CATALOGUE.items():
        if row.kind in ("household", "region"):
            rows += _sharing_rows(fact, agreement.sharing.get(fact, {}), language)
    return Table(_HEADERS["sharing"][language], tuple(rows))


def _rule_row(rule: Rule | RegionRule, agreement: Agreement, language: Language) -> tuple[str, ...]:
    text = rule.text.get(language) or rule.text["nl"]
    until = rule.until if isinstance(rule, Rule) else Until()
    return (
        rule.id,
        text.title,
        _word(rule.severity, language),
        _when(rule, language),
        until_in_words(until),
        _who(rule, language),
        str(agreement.respond_within(rule) or "–"),
        rule.memo,
    )


def _when(rule: Rule | RegionRule, language: Language) -> str:
    if isinstance(rule, RegionRule):
        return region_in_words(rule.when)
    said = in_words(rule.when)
    if rule.during == _EXPECTED:
        return said
    return f"{said}; {_word('during', language)} {', '.join(rule.during)}"


def _who(rule: Rule | RegionRule, language: Language) -> str:
    if rule.shadow:
        return _word("shadow", language)
    by_part: dict[str, list[str]] = {}
    for role, part in rule.tells.items():
        by_part.setdefault(part, []).append(_word(role, language))
    return "; ".join(
        f"{_word(part, language)}: {', '.join(roles)}" for part, roles in by_part.items()
    )


def _sharing_rows(
    fact: str, roles: Mapping[str, SharedFields], language: Language
) -> Iterator[tuple[str, ...]]:
    if not roles:
        yield (fact, _word("nobody", language), "", "", "", "")
    alike: list[tuple[SharedFields, list[str]]] = []
    for role in sorted(roles, key=_ROLES.index):
        same = next((found for shared, found in alike if shared == roles[role]), None)
        if same is None:
            alike.append((roles[role], [role]))
        else:
            same.append(role)
    for shared, found in alike:
        fields = ", ".join(shared.fields)
        condition = _condition(shared, language)
        yield (fact, ", ".join(found), fields, shared.purpose, shared.basis, condition)


def _condition(shared: SharedFields, language: Language) -> str:
    if shared.gate is None:
        return ""
    where = where_in_words(shared.gate.where)
    return _word("newest", language).format(shared.gate.by, where)


def _word(word: str, language: Language) -> str:
    return _WORDS[language].get(word, word)
