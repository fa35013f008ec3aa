"""Which worker owns which partition: the group knows its members by their address.

Who was killed is a member until its session has ended.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.faults import patiently

# Where things stand in the answer of a broker.
_MEMBERS: Final = 5
_CLIENT: Final = 1
_ASSIGNED: Final = 4


async def owners(brokers: Brokers, processor: str) -> dict[int, str]:
    """The address of the owner of each partition; partitions that nobody owns now are left out.

    Unavailable: the brokers do not answer.
    """
    members = await _members(brokers, processor)
    return {
        partition: member[_CLIENT]
        for member in members
        if member[_ASSIGNED]
        for _topic, partitions in ConsumerProtocolMemberAssignment.decode(
            member[_ASSIGNED]
        ).assignment
        for partition in partitions
    }


async def takes_part(brokers: Brokers, processor: str) -> str | None:
    """The address of a member of the group, if there is any. Unavailable: see `owners`."""
    for member in await _members(brokers, processor):
        return str(member[_CLIENT])
    return None


async def _members(brokers: Brokers, processor: str) -> list[Any]:
    async with brokers.asking() as admin:
        ask = partial(admin.describe_consumer_groups, [brokers.names.group(processor)])
        (answer,) = await patiently(ask)
    return [member for group in answer.groups for member in group[_MEMBERS]]
