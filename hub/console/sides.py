"""The other parties of an alert, said together where they are alike.

A view tells of another party its role and no more, so a page cannot name two gemeenten; it counts
them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from hub.console.words import Words
from hub.domain.facts import Role
from hub.domain.sharing import Other

_ACTS: Final = "acts"


class Side(Struct, frozen=True):
    """The parties of one role that have the same part in an alert, and how many answered."""

    role: str
    part: str
    parties: int
    answered: int

    def said(self, words: Words, ours: Role) -> str:
        """`gemeente: nog geen antwoord`, as told to a party of the role `ours`."""
        several = self.parties > 1
        role = words.of("several", self.role) if several else words.name(self.role)
        if self.role == ours:
            role = words("answer.another", role=role)
        if several:
            key = self._of_several()
            return words(key, role=role, answered=self.answered, parties=self.parties)
        silent = "answer.no" if self.part == _ACTS else "answer.informed"
        return f"{role}: {words('answer.yes' if self.answered else silent)}"

    def _of_several(self) -> str:
        if self.answered == self.parties:
            return "answer.all"
        return "answer.some" if self.answered or self.part == _ACTS else "answer.all-informed"


def sides_of(others: Iterable[Other]) -> tuple[Side, ...]:
    """In the order in which the first of each is named."""
    found: dict[tuple[str, str], list[bool]] = {}
    for it in others:
        found.setdefault((it.role, it.part), []).append(it.acknowledged)
    return tuple(Side(*alike, len(told), sum(told)) for alike, told in found.items())
