"""The whole document (AsyncAPI 3.0)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final, TypeAlias

import msgspec

from hub.asyncapi import messages
from hub.asyncapi.channels import INTERNAL, WEBHOOKS, channels
from hub.asyncapi.schemas import schemas
from hub.gateway.problems import API_VERSION

Document: TypeAlias = dict[str, Any]

_DESCRIPTION: Final = """\
The hub between the systems of a gemeente and its housing corporaties: facts about households in, \
joint alerts out. This is what goes over Kafka and by webhook; HTTP is in the OpenAPI document.

Actions are those of the hub: it receives what you tell and sends what you are told. Topics begin \
otherwise where a hub has another prefix. Channels with the tag `internal` are for the hub alone."""

_LICENSE: Final = "https://eupl.eu/1.2/en/"
_SECURITY: Final = {
    "scram": {
        "type": "scramSha512",
        "description": "A user of the brokers for each party, over TLS.",
    },
    "certificate": {
        "type": "X509",
        "description": "The receiver asks the hub for its certificate.",
    },
    "clientCredentials": {
        "type": "oauth2",
        "description": "The hub gets a token of the receiver's own authorization server.",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "https://receiver.example.nl/token",
                "availableScopes": {},
            }
        },
    },
}
_SERVERS: Final = {
    "kafka": {
        "host": "{broker}",
        "protocol": "kafka-secure",
        "description": "The brokers of this hub.",
        "variables": {"broker": {"description": "HOST:PORT", "default": "kafka.example.nl:9094"}},
        "security": [{"$ref": "#/components/securitySchemes/scram"}],
    },
    "receiver": {
        "host": "{receiver}",
        "protocol": "https",
        "description": "Your own system, which webhooks are sent to. Without any of these, the "
        "signature is what you go by.",
        "variables": {"receiver": {"description": "HOST", "default": "receiver.example.nl"}},
        "security": [
            {"$ref": "#/components/securitySchemes/clientCredentials"},
            {"$ref": "#/components/securitySchemes/certificate"},
        ],
    },
}


def document() -> Document:
    """The document of this hub."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:seintje:hub",
        "info": _info(),
        "defaultContentType": "application/avro",
        "servers": _SERVERS,
        "channels": channels(),
        "operations": _operations(),
        "components": {
            "messages": _messages(),
            "schemas": schemas(),
            "securitySchemes": _SECURITY,
        },
    }


@cache
def described() -> bytes:
    """The same as JSON."""
    return msgspec.json.format(msgspec.json.encode(document()))


def _info() -> Document:
    return {
        "title": "Seintje",
        "version": API_VERSION,
        "description": _DESCRIPTION,
        "contact": {"name": "Who runs this hub"},
        "license": {"name": "EUPL-1.2", "url": _LICENSE},
        "tags": [{"name": "internal", "description": "For the hub alone."}],
    }


def _messages() -> Document:
    found = messages.of_facts() | messages.of_views() | messages.of_webhooks()
    for it in INTERNAL.values():
        found[it.message] = messages.internal(it.message, it.told)
    return found


def _operations() -> Document:
    return {
        "receiveFacts": _operation(
            "receive", "in", messages.of_facts(), "Take in what a party tells."
        ),
        "sendAlerts": _operation("send", "out", messages.of_views(), "Tell a party of an alert."),
        "sendWebhook": _operation(
            "send", WEBHOOKS, messages.of_webhooks(), "Tell a receiver of an alert."
        )
        | {"bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}}},
    }


def _operation(action: str, channel: str, names: Iterable[str], summary: str) -> Document:
    where = f"#/channels/{channel}"
    return {
        "action": action,
        "channel": {"$ref": where},
        "summary": summary,
        "messages": [{"$ref": f"{where}/messages/{name}"} for name in names],
    }
