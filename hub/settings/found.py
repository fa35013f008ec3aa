"""What was read of settings: values, where each came from, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from hub.settings.setting import variable_of

if TYPE_CHECKING:
    from hub.settings import Settings


class Origin(StrEnum):
    """Where a value came from."""

    DEFAULT = "default"
    VARIABLE = "variable"
    OPTION = "option"


class Mistake(Struct, frozen=True):
    """Something wrong: where it stands, and what is wrong and what to write. `fields` are the
    settings that it is about."""

    fields: frozenset[str]
    where: str
    says: str

    def __str__(self) -> str:
        return f"{self.where}: {self.says}"


class Found(Struct, frozen=True):
    """Settings as they were read; of what is wrong the default stands in them."""

    settings: Settings
    origins: Mapping[str, Origin]
    mistakes: Sequence[Mistake]

    @property
    def wrong(self) -> frozenset[str]:
        """The settings that something is wrong with."""
        return frozenset().union(*(it.fields for it in self.mistakes))

    def where(self, field: str) -> str:
        """How whoever wrote a setting knows it."""
        is_option = self.origins.get(field) is Origin.OPTION
        return "--" + field.replace("_", "-") if is_option else variable_of(field)
