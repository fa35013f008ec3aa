"""Who plays: the synthetic parties of the default parties file, as data in `cast.json`.

Rule ids stand there too (`answers`), under words of this simulation: whoever answers an alert must
be able to work out its id, and no rule stands in Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import msgspec
from msgspec import Struct

from hub.simulation.chance import Weighted


class Voice(Struct, frozen=True):
    """A system that publishes, at once or in a nightly file, up to `slow` days after the fact."""

    party: str
    source: str
    name: str = ""
    nightly: bool = False
    slow: int = 0


class Gemeente(Voice, frozen=True):
    """`taakstelling`: persons to house in the first and the second half of a year."""

    code: str = ""
    weight: int = 1
    taakstelling: tuple[int, int] = (0, 0)


class Corporatie(Voice, frozen=True):
    weight: int = 1


class Cast(Struct, frozen=True):
    """Everybody in the region, and the rule ids that their answers name."""

    region: str
    gemeenten: tuple[Gemeente, ...]
    corporaties: tuple[Corporatie, ...]
    begeleider: Voice
    huurders: Voice
    answers: Mapping[str, str]

    def weighed_gemeenten(self) -> Weighted[Gemeente]:
        return [(gemeente.weight, gemeente) for gemeente in self.gemeenten]

    def weighed_corporaties(self) -> Weighted[Corporatie]:
        return [(corporatie.weight, corporatie) for corporatie in self.corporaties]

    def voices(self) -> tuple[Voice, ...]:
        return (*self.gemeenten, *self.corporaties, self.begeleider, self.huurders)


@lru_cache(maxsize=1)
def the_cast() -> Cast:
    """The cast that is shipped."""
    file = resources.files("hub.simulation").joinpath("cast.json")
    return msgspec.json.decode(file.read_bytes(), type=Cast)
