"""Judging the rules of an agreement: their names, whom they tell, what they inhibit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hub.domain.agreement import EVERYWHERE, OTHER_SIDE, Agreement, Behind, RegionRule, Rule
from hub.domain.lint_conditions import Flaw, flaws_of_region_rule, flaws_of_rule
from hub.domain.lint_ids import ambiguous_states, instead
from hub.domain.lint_texts import lint_texts
from hub.domain.marked import Node, Problem, listed, suggestion
from hub.domain.parties_file import PARTY_ID
from hub.domain.places import find_word, items_at, place_of, problem_at


def lint_rules(agreement: Agreement, top: Node) -> Iterator[Problem]:
    """What is wrong with the rules, household and region."""
    yield from _ids(agreement, top)
    tasks = {(line.phase, line.task) for line in agreement.responsibilities}
    inhibits = {rule.id: rule.inhibits for rule in agreement.rules}
    for place, rule in enumerate(agreement.rules):
        node = place_of(top, "rules", place)
        yield from _during(rule, node, agreement)
        yield from placed(flaws_of_rule(rule), node)
        yield from _ids_of_alerts(rule, node, agreement)
        yield from _inhibits(rule, node, inhibits)
        yield from _of_any(rule, node, tasks)
    for place, region_rule in enumerate(agreement.region_rules):
        node = place_of(top, "regionRules", place)
        yield from _of_region(region_rule, node, agreement)
        yield from _of_any(region_rule, node, tasks)


def placed(flaws: Iterable[Flaw], node: Node) -> Iterator[Problem]:
    """Each flaw at the place below `node` where its word stands."""
    for flaw in flaws:
        yield problem_at(find_word(node, flaw.word) or node, flaw.message)


def _ids(agreement: Agreement, top: Node) -> Iterator[Problem]:
    seen: set[str] = set()
    named: list[tuple[str, Node]] = [
        (rule.id, place_of(top, "rules", n, "id")) for n, rule in enumerate(agreement.rules)
    ]
    named += [
        (rule.id, place_of(top, "regionRules", n, "id"))
        for n, rule in enumerate(agreement.region_rules)
    ]
    for name, place in named:
        if name in seen:
            yield problem_at(place, f"id: `{name}` stands here twice; choose another id")
        if not PARTY_ID.fullmatch(name):
            yield problem_at(place, "id: write small letters, digits and hyphens, like `no-visit`")
        seen.add(name)


def _during(rule: Rule, node: Node, agreement: Agreement) -> Iterator[Problem]:
    if not rule.during:
        yield problem_at(node, "during: name a state, or write `during: always`")
    for state in rule.during:
        if state not in agreement.states and state != EVERYWHERE:
            # the reader knows those that are written; this is the one that nobody wrote
            message = f"during: there is no state `{state}`; add it, or write `during: always`"
            yield problem_at(place_of(node, "during"), message)


def _ids_of_alerts(rule: Rule, node: Node, agreement: Agreement) -> Iterator[Problem]:
    states = agreement.states
    ambiguous = ambiguous_states(rule, states)
    if ambiguous:
        yield problem_at(
            place_of(node, "during"),
            f"during: {listed(ambiguous)} can come in force more than once, and what lasts from "
            "one time to the next would be two alerts with one id; "
            f"{instead(rule, ambiguous, states)}",
        )


def _inhibits(rule: Rule, node: Node, inhibits: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    if not rule.inhibits:
        return
    for item in items_at(node, "inhibits"):
        if item.text not in inhibits:
            near = suggestion(item.text, inhibits)
            yield problem_at(item, f"inhibits: there is no rule `{item.text}`{near}")
    way = _circle(rule.id, inhibits)
    if way:
        shown = " → ".join(f"`{name}`" for name in way)
        place = place_of(node, "inhibits")
        yield problem_at(place, f"inhibits: {shown} is a circle; take one out")


def _circle(rule: str, inhibits: Mapping[str, Sequence[str]]) -> list[str] | None:
    """The shortest way from a rule over what it inhibits back to itself."""
    ways = [[rule]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for weaker in inhibits.get(way[-1], ()):
            if weaker == rule:
                return [*way, rule]
            if weaker not in seen:
                seen.add(weaker)
                ways.append([*way, weaker])
    return None


def _of_any(rule: Rule | RegionRule, node: Node, tasks: set[tuple[str, str]]) -> Iterator[Problem]:
    if not rule.tells and not rule.shadow:
        yield problem_at(
            place_of(node, "tells"),
            "tells: nobody is told; say who (`gemeente: acts`), or write `shadow: true`",
        )
    yield from lint_texts(rule, node)
    if bool(rule.phase) != bool(rule.task):
        yield problem_at(node, "write `phase` and `task` both, or neither")
    elif rule.task and (rule.phase, rule.task) not in tasks:
        yield problem_at(
            place_of(node, "task"),
            f"task: nobody is responsible for `{rule.task}` in `{rule.phase}`; add "
            f"`{{phase: {rule.phase}, task: {rule.task}, roles: …}}` to responsibilities",
        )


def _of_region(rule: RegionRule, node: Node, agreement: Agreement) -> Iterator[Problem]:
    if OTHER_SIDE in rule.tells:
        place = place_of(node, "tells").keys.get(OTHER_SIDE, node)
        yield problem_at(place, f"tells: a region has no `{OTHER_SIDE}`; name the roles")
    yield from placed(flaws_of_region_rule(rule), place_of(node, "when"))
    if isinstance(rule.when, Behind):
        known = [r.id for r in agreement.region_rules if not isinstance(r.when, Behind)]
        if rule.when.while_rule not in known:
            near = suggestion(rule.when.while_rule, known)
            place = place_of(node, "when", "behind", "while")
            message = f"while: there is no region rule `{rule.when.while_rule}`{near}"
            yield problem_at(place, message)
