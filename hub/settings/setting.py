"""What a setting is: the shape of its value, who reads it, what it is for, what it opens."""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import Struct

from hub.settings.kinds import Kind
from hub.settings.roles import Role

PREFIX: Final = "SEINTJE_"


class Opens(Enum):
    """What is done with a path before a process starts."""

    NOTHING = "nothing"
    PLACE = "a file or folder that can be read"
    FILE = "a file that can be read, with something in it"
    SECRET = "a file that can be read, with one line in it"
    HEADERS = "a file that can be read, with secrets in it"
    FOLDER = "a folder that can be written, or can be made"


class Setting(Struct, frozen=True):
    """One setting. `roles` read it; `without`: what holds where it is not set and has no default
    value."""

    kind: Kind
    roles: frozenset[Role]
    told: str
    without: str = "–"
    opens: Opens = Opens.NOTHING


def variable_of(field: str) -> str:
    """The variable in which a setting stands."""
    return PREFIX + field.upper()
