"""Settings as people read them: what holds without one, who reads it, what stands in it."""

from __future__ import annotations

from typing import Final

import msgspec

from hub.clocks import ClockChoice
from hub.domain.time import format_instant
from hub.settings.kinds import Hidden
from hub.settings.roles import EVERY, HUB, Role
from hub.settings.table import SETTINGS

_ALL: Final = {EVERY: "all", HUB: "run, worker, gateway, deliver"}


def in_words(value: object) -> str:
    """A value as one would write it; empty for none. Never a secret."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, Hidden):
        return "(hidden)"
    if isinstance(value, ClockChoice):
        return _clock(value)
    return str(value)


def default_of(field: str, default: object) -> str:
    """What holds where nothing is said of it."""
    return in_words(default) or SETTINGS[field].without


def roles_of(field: str) -> str:
    """Who reads it."""
    found = SETTINGS[field].roles
    return _ALL.get(found) or ", ".join(it for it in Role if it in found)


def defaults() -> dict[str, object]:
    """What each setting is without a word on it."""
    from hub.settings import Settings

    return {it.name: it.default for it in msgspec.structs.fields(Settings)}


def _clock(choice: ClockChoice) -> str:
    if choice.begins is None:
        return "system"
    at = format_instant(choice.begins)
    return f"from:{at},x{choice.speed}" if choice.speed else f"fixed:{at}"
