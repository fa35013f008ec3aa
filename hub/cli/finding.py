"""What a check of `seintje doctor` found."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """What a check found: nothing (`do` empty), or what is wrong and what to do."""

    check: str
    says: str
    do: str = ""

    @property
    def is_good(self) -> bool:
        return not self.do
