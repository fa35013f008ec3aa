"""What the pages say, in Dutch and English: a catalogue a language, in `words/`.

A text is called by its place (`overview.title`). Where a number decides, a text has a form `one`
and a form `many`. What machine names are called stands in `hub.domain.names`, for all of the hub.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Self

from msgspec import Struct

from hub.domain.names import NAMES, name_of
from hub.settings import Language

LANGUAGES: Final[tuple[Language, ...]] = ("nl", "en")

_FOLDER: Final = Path(__file__).with_name("words")


class Words(Struct, frozen=True):
    """The texts of one language."""

    language: Language
    texts: Mapping[str, str]

    @classmethod
    def load(cls, language: Language) -> Self:
        tree = tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))
        return cls(language, dict(_flat(tree, "")))

    def __call__(self, key: str, **fields: str | int) -> str:
        """A text. `n` chooses between its two forms, if it has two."""
        text = self.texts.get(key)
        if text is None:
            text = self.texts[f"{key}.{'one' if fields['n'] == 1 else 'many'}"]
        return text.format_map(fields) if fields else text

    def of(self, kind: str, name: str) -> str:
        """What a code or a field is called; itself if an agreement or a party made it up."""
        return self.texts.get(f"{kind}.{name}", name)

    def name(self, machine: str) -> str:
        """What a machine name of the domain is called."""
        return name_of(machine, self.language)

    def did(self, fact_type: str) -> str:
        """What a fact is called; what somebody did by a button is called as the button is."""
        return self.texts.get(f"did.{fact_type}", self.name(fact_type))

    def knows(self, machine: str) -> bool:
        return machine in NAMES


def _flat(tree: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)
