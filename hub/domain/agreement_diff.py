"""What is different between two agreements, as values: for people before they sign, and beside the
alerts that `backtest --against` compares. Compares what files mean, not how they are laid out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct

from hub.domain.agreement import Agreement, RegionRule, Rule, SharedFields
from hub.domain.wording import (
    in_words,
    region_in_words,
    state_in_words,
    until_in_words,
    where_in_words,
)

AnyRule: TypeAlias = Rule | RegionRule
Said: TypeAlias = Mapping[str, str]  # part → what it says


class Change(Struct, frozen=True):
    """One part that says something else; `before` or `after` is empty where it said nothing."""

    part: str
    before: str
    after: str


class RuleChange(Struct, frozen=True):
    """A rule that is in both, and its parts that differ."""

    rule: str
    changes: tuple[Change, ...]


class Difference(Struct, frozen=True):
    """Everything that differs. `general` is what is neither rule, sharing nor responsibility."""

    general: tuple[Change, ...]
    rules_added: tuple[str, ...]
    rules_removed: tuple[str, ...]
    rules_changed: tuple[RuleChange, ...]
    sharing: tuple[Change, ...]
    responsibilities: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        return not any(
            (
                self.general,
                self.rules_added,
                self.rules_removed,
                self.rules_changed,
                self.sharing,
                self.responsibilities,
            )
        )


def difference(before: Agreement, after: Agreement) -> Difference:
    """What `after` says that `before` does not, and the other way round."""
    old, new = before.by_id, after.by_id
    changed = (
        RuleChange(name, tuple(_changes(_of_rule(old[name]), _of_rule(new[name]))))
        for name in old
        if name in new
    )
    return Difference(
        tuple(_changes(_general(before), _general(after))),
        tuple(name for name in new if name not in old),
        tuple(name for name in old if name not in new),
        tuple(change for change in changed if change.changes),
        tuple(_changes(_sharing(before), _sharing(after))),
        tuple(_changes(_responsibilities(before), _responsibilities(after))),
    )


def _changes(before: Said, after: Said) -> Iterator[Change]:
    for part in dict.fromkeys((*before, *after)):
        old, new = before.get(part, ""), after.get(part, "")
        if old != new:
            yield Change(part, old, new)


def _general(agreement: Agreement) -> dict[str, str]:
    convenant, thresholds = agreement.convenant, agreement.thresholds
    said = {
        "id": agreement.id,
        "version": agreement.version,
        "validFrom": str(agreement.valid_from),
        "validUntil": str(agreement.valid_until or ""),
        "gemeenten": ", ".join(sorted(agreement.gemeenten)),
        "region": agreement.region,
        "convenant": f"{convenant.name}, {convenant.date}, {convenant.dpia}",
        "retention": str(agreement.retention),
        "addressLeadDays": str(thresholds.address_lead_days),
        "waitLimitDays": str(thresholds.wait_limit_days),
        "clockToleranceMinutes": str(thresholds.clock_tolerance_minutes),
        "smallCount": str(thresholds.small_count),
    }
    said |= {f"respondBy {name}": str(span) for name, span in agreement.respond_by.items()}
    said |= {f"state {name}": state_in_words(state) for name, state in agreement.states.items()}
    return said | {f"holiday {day}": "yes" for day in sorted(agreement.calendar.holidays)}


def _of_rule(rule: AnyRule) -> dict[str, str]:
    said = {
        "memo": rule.memo,
        "severity": rule.severity,
        "tells": ", ".join(f"{role}: {part}" for role, part in sorted(rule.tells.items())),
        "respondBy": str(rule.respond_by or ""),
        "phase": rule.phase,
        "task": rule.task,
        "shadow": "true" if rule.shadow else "",
    }
    if isinstance(rule, Rule):
        said["during"] = ", ".join(rule.during)
        said["when"] = in_words(rule.when)
        said["until"] = until_in_words(rule.until)
        said["inhibits"] = ", ".join(sorted(rule.inhibits))
    else:
        said["when"] = region_in_words(rule.when)
    return said | _texts(rule)


def _texts(rule: AnyRule) -> dict[str, str]:
    said = {}
    for language, text in rule.text.items():
        said[f"text {language} title"] = text.title
        said |= {f"text {language} message {role}": t for role, t in text.message.items()}
        said |= {f"text {language} action {role}": t for role, t in text.action.items()}
    return said


def _sharing(agreement: Agreement) -> dict[str, str]:
    return {
        f"{fact} → {role}": _shared(shared)
        for fact, roles in agreement.sharing.items()
        for role, shared in roles.items()
    }


def _shared(shared: SharedFields) -> str:
    said = f"{', '.join(shared.fields)}; {shared.purpose}; {shared.basis}"
    if shared.gate is None:
        return said
    where = where_in_words(shared.gate.where)
    return f"{said}; gate: newest by {shared.gate.by} with {where}"


def _responsibilities(agreement: Agreement) -> dict[str, str]:
    return {
        f"{line.phase} {line.task}": ", ".join(f"{r}: {p}" for r, p in sorted(line.roles.items()))
        for line in agreement.responsibilities
    }
