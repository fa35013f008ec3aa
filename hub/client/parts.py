"""The parts of a client that are the same for both shells: flows over a state file."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from hub.client.calling import Calling
from hub.client.following import Following, Place
from hub.client.households import Households
from hub.client.policy import Policy
from hub.client.publishing import Publishing
from hub.client.spool import Spool
from hub.client.state import State
from hub.errors import Misconfigured


class Parts:
    """Flows of one client. Without a state file it has no spool and no place: single calls only."""

    def __init__(self, state: Path | None, hub: str, policy: Policy) -> None:
        self._state = None if state is None else State(state, hub)
        self._policy = policy
        self.calling = Calling(policy)
        self.households = Households(policy)

    @cached_property
    def publishing(self) -> Publishing:
        return Publishing(Spool(self._needed()), self._policy)

    @cached_property
    def following(self) -> Following:
        return Following(Place(self._needed()), self._policy)

    def close(self) -> None:
        if self._state is not None:
            self._state.close()

    def _needed(self) -> State:
        if self._state is None:
            raise Misconfigured("state", "name a file; what must outlive the process is kept there")
        return self._state
