"""What is sent to receivers, as the section `webhooks` of the document (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any, Final

from hub.delivery import handshake, request
from hub.delivery import signatures as of_messages
from hub.delivery.event import CONTENT_TYPE
from hub.gateway.openapi import examples
from hub.gateway.openapi.schemas import ref

Document = dict[str, Any]

_TEXT: Final = {"type": "string"}
_ORIGIN: Final = "hub.example.nl"
_SENT_TO: Final = "Sent to the `endpoint` of a subscription."
_RULINGS: Final = {
    "2XX": "Taken. Answer as soon as it is kept, and do the work after that.",
    "410": "Nothing is sent any more.",
    "429": "Sent again, after the seconds in `Retry-After`.",
    "503": "Sent again, after the seconds in `Retry-After`.",
    "5XX": "Sent again, later each time, for 75 hours.",
    "default": "Put aside, and the next one comes. No redirect is followed.",
}


def webhooks() -> Document:
    """By name."""
    return {
        "alert": {
            "post": _message(
                "receiveAlert",
                "An alert changed",
                f"{_SENT_TO} One revision of one alert, as your party may see it; each at least "
                "once, one at a time, in order. Of one alert the highest revision counts.",
                ref("WebhookAlert"),
                examples.WEBHOOK,
            )
        },
        "test": {
            "post": _message(
                "receiveTest",
                "A test that you asked for",
                f"{_SENT_TO} About nobody.",
                ref("WebhookTest"),
                examples.WEBHOOK_TEST,
            )
        },
        "handshake": {"options": _handshake()},
    }


def _message(id_: str, summary: str, description: str, schema: Document, example: Any) -> Document:
    media = CONTENT_TYPE.partition(";")[0]
    return {
        "operationId": id_,
        "tags": ["webhooks"],
        "summary": summary,
        "description": description,
        "security": [],
        "parameters": [
            _header(of_messages.ID, "The same each time that it is sent.", "al-1_2"),
            _header(of_messages.TIMESTAMP, "When this attempt was made, in seconds.", "1772000000"),
            _header(
                of_messages.SIGNATURE,
                "As Standard Webhooks has it; two while a secret is being replaced.",
                "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
            ),
            _header(request.ORIGIN, "The hub.", _ORIGIN),
        ],
        "requestBody": {
            "required": True,
            "content": {media: {"schema": schema, "example": example}},
        },
        "responses": {status: {"description": told} for status, told in _RULINGS.items()},
    }


def _handshake() -> Document:
    return {
        "operationId": "receiveHandshake",
        "tags": ["webhooks"],
        "summary": "Does the receiver want webhooks?",
        "description": f"{_SENT_TO} Before anything else, and again for another address.",
        "security": [],
        "parameters": [
            _header(request.ORIGIN, "Who asks.", _ORIGIN),
            _header(request.RATE, "How many a minute there may be.", str(handshake.ASKED_RATE)),
        ],
        "responses": {
            "2XX": {
                "description": "Consent, if both headers are there.",
                "headers": {
                    "WebHook-Allowed-Origin": _told("The origin that was asked about, or `*`."),
                    "WebHook-Allowed-Rate": _told("How many a minute you can take, or `*`."),
                },
            },
            "default": {"description": "No consent."},
        },
    }


def _header(name: str, description: str, example: str) -> Document:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": _TEXT,
        "example": example,
    }


def _told(description: str) -> Document:
    return {"description": description, "required": True, "schema": _TEXT}
