"""A password, key or token of a party: out of a file, and never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_MOST_BYTES: Final = 1 << 16


class Secret:
    """What is in a file of its own. Printing it, or a struct that holds it, shows nothing."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def read(cls, file: Path) -> Secret:
        """ValueError with what to do: the file cannot be read, or holds nothing."""
        try:
            with file.open("rb") as stream:
                text = stream.read(_MOST_BYTES).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"{file} cannot be read; write the secret into it") from None
        if not text:
            raise ValueError(f"{file} is empty; write the secret into it")
        return cls(text)

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


class Token(Secret):
    """A secret that goes into a header."""

    __slots__ = ()

    @classmethod
    def read(cls, file: Path) -> Token:
        """ValueError also if no header can hold it."""
        token = cls(super().read(file).reveal())
        text = token.reveal()
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError(f"{file} holds more than a key; write it on one line, without spaces")
        return token
