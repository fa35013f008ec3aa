"""What the contract of connectors asks of the other side: a system that can be played with.

A new connector writes one of these and adds it to `worlds.py`; the tests in this folder are then
its tests too. What a system cannot do is named in `lacks`, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

from connectors.index import Name

Said = tuple[str, Mapping[str, Any]]
"""A short fact type and its data."""


class Can(Enum):
    """What a system may not be able to do."""

    BE_READ = "it says facts"
    BE_TOLD = "it gets alerts"
    CHANGE = "a thing of it can say something else later"
    SHIFT = "its pages can move while they are read"
    GO_AWAY = "it can be away"


class World(Protocol):
    """A real system with its server, on loopback."""

    @property
    def name(self) -> Name: ...

    @property
    def party(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def lacks(self) -> Mapping[Can, str]: ...

    @property
    def secrets(self) -> Sequence[str]:
        """What may stand in no log, no metric and no dead letter."""
        ...

    def own(self) -> Mapping[str, Any]:
        """The settings of its kind, as they stand in the file; secrets are files beside it."""
        ...

    async def come(self) -> None: ...

    async def go(self) -> None:
        """Nobody answers there, until it comes again."""
        ...

    async def add(self, number: int) -> None:
        """So many new things, each of which says at least one fact."""
        ...

    async def change(self) -> None:
        """The first thing says something else from now on."""
        ...

    async def shift(self) -> None:
        """What stands on a page that is being read moves to another: something before it came or
        went, or was changed without saying anything else."""
        ...

    async def repeat(self) -> None:
        """Everything is brought, or shown, once more."""
        ...

    async def surprise(self) -> str:
        """One more thing, in a form that nobody expects. A part of where it will be found."""
        ...

    def expected(self) -> Sequence[Said]:
        """Everything that its things say now. No more than that is in force at the hub in the end;
        `feed-complete` is left out."""
        ...

    def told(self) -> Sequence[tuple[str, int]]:
        """(alertId, revision) of what it got, a repeat that it knows as one only once, in order."""
        ...
