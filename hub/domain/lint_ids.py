"""Whether two findings of one rule could have one alert id (agreement document, Identity).

An id follows from rule, lease and opener. What lasts and began before `during` did has the lease as
opener, or the one fact that it looks at; where `during` comes in force a second time that is so
again, and two alerts would be one. Says so for a state that can come back; knows no rule by name.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.domain.agreement import EVERYWHERE, MONITORING, Rule
from hub.domain.conditions import (
    All,
    Any,
    Condition,
    Count,
    Each,
    For,
    In,
    Missing,
    Not,
    Run,
    Seen,
    Without,
    walk,
)
from hub.domain.states import State

# Of these one fact counts for a household, so that a state that they begin does not come back.
_ONCE = frozenset({"lease-signed", "lease-ended"})


def repeats(state: State) -> bool:
    """Whether a state can come in force a second time in one household."""
    if all(pattern.fact in _ONCE for pattern in state.starts):
        return False
    # where only the end of the tenancy or the signing ends it, no start is left after it
    return bool(state.ends) or state.last_day is not None or state.lasts is not None


def ambiguous_states(rule: Rule, states: Mapping[str, State]) -> tuple[str, ...]:
    """The states of `during` that come back while what the rule looks at may last from before."""
    coming_back = {
        name
        for name in rule.during
        if name != EVERYWHERE and name in states and repeats(states[name])
    }
    if _is_fixed(rule.when, coming_back):
        return ()
    return tuple(name for name in rule.during if name in coming_back)


def instead(rule: Rule, ambiguous: tuple[str, ...], states: Mapping[str, State]) -> str:
    """What to write in place of these states in `during`."""
    left = [name for name in rule.during if name not in ambiguous]
    if not left and MONITORING in states and not repeats(states[MONITORING]):
        left = [MONITORING]
    during = f"[{', '.join(left)}]" if left else EVERYWHERE
    conditions = ", ".join(f"{{in: {name}}}" for name in ambiguous)
    return (
        f"write `during: {during}`, and `when: {{all: [{conditions}, …]}}` with what "
        "`when` says now"
    )


def _is_fixed(condition: Condition, coming_back: set[str]) -> bool:
    """Whether all that this finds begins within `during`, by an opener that no other time has."""
    if not coming_back:
        return True
    match condition:
        case Seen() | Count() | Run() | Without(since=None):
            return True
        case In(state=name) | Missing(by=Each(state=str() as name)):
            # begins with that very state, so at each time with another fact
            return coming_back == {name}
        case For(part=part):
            return _is_fixed(part, coming_back)
        case Any(parts=parts):
            return all(_is_fixed(part, coming_back) for part in parts)
        case All(parts=parts):
            # the part that starts last is the opener, at a tie the first: a fixed one stands first,
            # and none that may have the lease as opener comes later than it by a `for`
            first, *others = parts or (condition,)
            return _is_fixed(first, coming_back) and not any(
                _comes_later(part) and not _is_fixed(part, coming_back) for part in others
            )
        case _:
            return False


def _comes_later(condition: Condition) -> bool:
    """Whether it can begin later than `during` and still have what lasted before as its opener."""
    if isinstance(condition, Not):
        # it begins where what it denies ends; only a denied denial begins as the inner does
        return any(isinstance(part, Not) for part in walk(condition.part))
    return any(isinstance(part, For) for part in walk(condition))
