"""For the systems of parties: publish facts, follow alerts, act on them, in a few lines of Python.

`Client` for ordinary code, `AsyncClient` for asyncio (docs/client.md). Nothing here knows the rest
of the hub but its errors and the form of a problem, so importing it takes httpx and msgspec only.
"""

from hub.client.answers import (
    Act,
    Alert,
    EventStatus,
    Other,
    Outcome,
    Receipt,
    Refusal,
    Words,
)
from hub.client.async_client import AsyncClient
from hub.client.client import Client
from hub.client.errors import Conflict, Declined
from hub.client.events import event
from hub.client.policy import Policy
from hub.client.problems import Problem
from hub.errors import Misconfigured, SeintjeError, Unavailable

__all__ = [
    "Act",
    "Alert",
    "AsyncClient",
    "Client",
    "Conflict",
    "Declined",
    "EventStatus",
    "Misconfigured",
    "Other",
    "Outcome",
    "Policy",
    "Problem",
    "Receipt",
    "Refusal",
    "SeintjeError",
    "Unavailable",
    "Words",
    "event",
]
