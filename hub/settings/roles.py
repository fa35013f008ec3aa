"""The processes of a hub that read settings, by the command that starts them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a process does, as the command is called. `RUN` is a whole hub in one process; all but
    `TOPICS` run on and show metrics."""

    RUN = "run"
    WORKER = "worker"
    GATEWAY = "gateway"
    DELIVER = "deliver"
    CONNECT = "connect"
    TOPICS = "topics"


HUB: Final = frozenset({Role.RUN, Role.WORKER, Role.GATEWAY, Role.DELIVER})
SERVING: Final = frozenset({Role.RUN, Role.GATEWAY})
SENDING: Final = frozenset({Role.RUN, Role.DELIVER})
KEEPING: Final = frozenset({Role.RUN, Role.GATEWAY, Role.DELIVER})
KAFKA: Final = frozenset({Role.WORKER, Role.GATEWAY, Role.DELIVER, Role.TOPICS})
ON_KAFKA: Final = frozenset({Role.WORKER, Role.GATEWAY, Role.DELIVER})
WORKER: Final = frozenset({Role.WORKER})
EVERY: Final = frozenset(Role)
