"""Which worker owns which partition: the group knows its members by their address."""

from __future__ import annotations

from functools import partial

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.faults import gently, patiently, reaching


async def owners(brokers: Brokers, processor: str) -> dict[int, str]:
    """The address of the owner of each partition; partitions that nobody owns now are left out.

    Unavailable: the brokers do not answer.
    """
    admin = brokers.admin()
    try:
        with reaching():
            await admin.start()
            ask = partial(admin.describe_consumer_groups, [brokers.names.group(processor)])
            (answer,) = await patiently(ask)
    finally:
        await gently(admin.close)
    found: dict[int, str] = {}
    for group in answer.groups:
        for member in group[5]:
            address, assigned = member[1], member[4]
            if assigned:
                decoded = ConsumerProtocolMemberAssignment.decode(assigned)
                for _topic, partitions in decoded.assignment:
                    found |= dict.fromkeys(partitions, address)
    return found
