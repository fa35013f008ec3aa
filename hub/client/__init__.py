"""For the systems of parties: publish facts, follow alerts, act on them, in a few lines of Python.

`Client` for ordinary code, `AsyncClient` for asyncio, `Receiver` for webhooks (docs/client.md).
Nothing here knows the rest of the hub but its errors and the form of a problem, so importing it
takes httpx and msgspec only.
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
from hub.client.households import Entry, Expected, FoundHousehold, Household, Standing
from hub.client.http import Answer
from hub.client.policy import Policy
from hub.client.problems import Problem
from hub.client.receiver import Receiver
from hub.client.signatures import Unproven
from hub.client.webhooks import Message, Unread, Webhooks
from hub.errors import Misconfigured, SeintjeError, Unavailable

__all__ = [
    "Act",
    "Alert",
    "Answer",
    "AsyncClient",
    "Client",
    "Conflict",
    "Declined",
    "Entry",
    "EventStatus",
    "Expected",
    "FoundHousehold",
    "Household",
    "Message",
    "Misconfigured",
    "Other",
    "Outcome",
    "Policy",
    "Problem",
    "Receipt",
    "Receiver",
    "Refusal",
    "SeintjeError",
    "Standing",
    "Unavailable",
    "Unproven",
    "Unread",
    "Webhooks",
    "Words",
    "event",
]
