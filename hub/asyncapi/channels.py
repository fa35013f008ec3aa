"""Channels: each topic that the hub has by its plan, and where webhooks go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from hub.asyncapi import messages
from hub.asyncapi.schemas import Told
from hub.domain.parties import Parties, Party
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.held import HELD
from hub.streams.kafka.names import CORRELATE, IN, REGION, SETTINGS, Names, TopicPlan
from hub.streams.loop import DEAD_LETTERS
from hub.streams.notices import OPS
from hub.streams.receipts import RECEIPTS
from hub.streams.revisions import DISCLOSURES, OUT

PREFIX: Final = "seintje"
WEBHOOKS: Final = "webhooks"

_PARTY: Final = "{party}"
_PARTITIONS: Final = 24
_NAMES: Final = Names(PREFIX)


class Internal(NamedTuple):
    """A topic that the hub reads and writes itself."""

    channel: str
    message: str
    told: str


INTERNAL: Final[Mapping[str, Internal]] = {
    _NAMES.topic(FACTS): Internal("facts", "Fact", "Facts that were accepted, by gemeente."),
    _NAMES.topic(REGION_FACTS): Internal("regionFacts", "RegionFact", "The same of a region."),
    _NAMES.topic(RECEIPTS): Internal("receipts", "Receipt", "What became of each fact."),
    _NAMES.topic("household-views"): Internal(
        "householdViews", "HouseholdView", "The timeline of a household, as each party may see it."
    ),
    _NAMES.topic(HELD): Internal("held", "HeldBack", "Why a notice waits."),
    _NAMES.topic(DISCLOSURES): Internal(
        "disclosures", "Disclosure", "Which fields went to whom, without values."
    ),
    _NAMES.topic(DEAD_LETTERS): Internal(
        "deadLetters",
        "DeadLetter",
        "What failed, byte for byte, and the slug of why.",
    ),
    _NAMES.topic(OPS): Internal("ops", "OpsNotice", "What operators should know."),
    _NAMES.topic(SETTINGS): Internal("settings", "Setting", "Keys, subscriptions and pauses."),
    _NAMES.changelog(CORRELATE): Internal("correlateChangelog", "State", "State of households."),
    _NAMES.changelog(REGION): Internal("regionChangelog", "RegionState", "State of regions."),
}


def channels() -> dict[str, Told]:
    """Every channel by its name. KeyError for a topic that is not described."""
    somebody = Party(_PARTY, "gemeente", "", frozenset())
    found: dict[str, Told] = {}
    for plan in _NAMES.plans(Parties([somebody]), _PARTITIONS):
        name, told = _channel(plan)
        found[name] = told
    return found | {WEBHOOKS: _webhooks()}


def _channel(plan: TopicPlan) -> tuple[str, Told]:
    told: Told = {"address": plan.topic, "bindings": {"kafka": _binding(plan)}}
    told["servers"] = [{"$ref": "#/servers/kafka"}]
    if plan.topic == _NAMES.topic(IN + _PARTY):
        return "in", told | _IN
    if plan.topic == _NAMES.topic(OUT + _PARTY):
        return "out", told | _OUT
    it = INTERNAL[plan.topic]
    about: Told = {
        "title": it.channel,
        "description": f"{it.told} For the hub alone: its form may change.",
        "tags": [{"name": "internal"}],
        "messages": {it.message: _message(it.message)},
    }
    return it.channel, told | about


def _binding(plan: TopicPlan) -> Told:
    configuration: Told = {"cleanup.policy": plan.cleanup.value.split(",")}
    if plan.keep_ms is not None:
        configuration["retention.ms"] = plan.keep_ms
    return {
        "topic": plan.topic,
        "partitions": plan.partitions,
        "topicConfiguration": configuration,
        "bindingVersion": "0.5.0",
    }


def _message(name: str) -> Told:
    return {"$ref": f"#/components/messages/{name}"}


def _webhooks() -> Told:
    return {
        "address": "{path}",
        "title": "Your receiver",
        "description": "Where your subscription says that alerts go. Before anything is sent "
        "there, it is asked whether it wants them (`OPTIONS`); see docs/webhooks.md.",
        "parameters": {"path": {"description": "The path of your receiver."}},
        "servers": [{"$ref": "#/servers/receiver"}],
        "messages": {it: _message(it) for it in messages.of_webhooks()},
    }


_PARAMETERS: Final = {
    "party": {"description": "Your party, as the hub calls it.", "examples": ["gemeente-weert"]}
}
_IN: Final[Told] = {
    "title": "What you tell",
    "description": "Only your party writes here. A record is one fact; key, partition and "
    "timestamp are your own business. What is refused becomes a dead letter.",
    "parameters": _PARAMETERS,
    "messages": {it: _message(it) for it in messages.of_facts()},
}
_OUT: Final[Told] = {
    "title": "What you are told",
    "description": "Only your party reads here, with `isolation.level` `read_committed`. One "
    "partition, so revisions stand in the order in which you were told.",
    "parameters": _PARAMETERS,
    "messages": {it: _message(it) for it in messages.of_views()},
}
