"""What the document says of the calls of subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub.delivery.orders import MOST_TESTS
from hub.gateway.openapi import examples, links
from hub.gateway.openapi.answers import SUBSCRIPTION, Answer, Problem
from hub.gateway.openapi.operation import Operation
from hub.gateway.openapi.parameters import IDEMPOTENCY_KEY
from hub.gateway.openapi.schemas import ref
from hub.gateway.problems import Trouble
from hub.gateway.query import JSON
from hub.gateway.subscriptions import KEPT_DAYS, MOST, PATCH

TAG: Final = "webhooks"

_OF_BODIES: Final = (
    Trouble.INVALID_BODY,
    Trouble.INVALID_FIELDS,
    Trouble.TOO_LARGE,
    Trouble.UNSUPPORTED_MEDIA_TYPE,
)
_OF_ONE: Final = (Trouble.NOT_FOUND,)
_ONE: Final = ref("Subscription")
_ANSWER: Final = Answer("The subscription as it is now.", _ONE, examples.SUBSCRIPTION)


def _body(name: str, example: object, *, media: tuple[str, ...] = (JSON,)) -> Mapping[str, Any]:
    told = {"schema": ref(name), "example": example}
    return {"required": name == "NewSubscription", "content": {it: told for it in media}}


def _act(
    id_: str, summary: str, description: str, answers: Mapping[int, Answer], *problems: Problem
) -> Operation:
    return Operation(
        id_,
        TAG,
        summary,
        description,
        answers,
        (*_OF_ONE, *_OF_BODIES, *problems),
        _body("Nothing", {}),
    )


_ALL: Final = "/v1/subscriptions"
_PATH: Final = "/v1/subscriptions/{subscription_id}"

# By method and path, as the code has them.
OF_SUBSCRIPTIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("POST", _ALL): Operation(
        "subscribe",
        TAG,
        "Subscribe to alerts by webhook",
        "The receiver is asked at once whether it wants webhooks. If it does not say yes the "
        "subscription is `unverified`, and `verification` says why: nothing is sent before it "
        f"does. At most {MOST} a party. The same `Idempotency-Key` with the same body makes no "
        "second one, and for a day shows the same secret.",
        {
            201: Answer(
                "It is there.",
                _ONE,
                examples.CREATED,
                (SUBSCRIPTION,),
                links=links.OF_SUBSCRIPTION,
            )
        },
        (
            *_OF_BODIES,
            Trouble.INVALID_PARAMETER,
            Trouble.KEY_REUSED,
            Trouble.TOO_MANY_SUBSCRIPTIONS,
        ),
        _body("NewSubscription", examples.NEW_SUBSCRIPTION),
        (IDEMPOTENCY_KEY,),
    ),
    ("GET", _ALL): Operation(
        "getSubscriptions",
        TAG,
        "List subscriptions",
        "Those of your party.",
        {
            200: Answer(
                "All of them.",
                ref("Subscriptions"),
                {"subscriptions": [examples.SUBSCRIPTION]},
                links=links.OF_SUBSCRIPTIONS,
            )
        },
    ),
    ("GET", _PATH): Operation(
        "getSubscription",
        TAG,
        "Read a subscription",
        "How it is, and how far it has come. Secrets are not shown.",
        {200: _ANSWER},
        _OF_ONE,
    ),
    ("PATCH", _PATH): Operation(
        "changeSubscription",
        TAG,
        "Change a subscription",
        "A JSON merge patch (RFC 7396). For another address or another access the receiver is "
        "asked anew. With another `tokenUrl` the secret has to be sent again.",
        {200: Answer("The subscription as it is now.", _ONE, examples.ASKED_AGAIN)},
        (*_OF_ONE, *_OF_BODIES),
        _body("SubscriptionChange", examples.CHANGE, media=(PATCH, JSON)),
    ),
    ("DELETE", _PATH): Operation(
        "unsubscribe",
        TAG,
        "Remove a subscription",
        "Nothing more is sent; what was not sent is not kept for it. What is on its way already "
        "may still come.",
        {204: Answer("It is gone.", None)},
        _OF_ONE,
    ),
    ("POST", f"{_PATH}/verification"): _act(
        "verifySubscription",
        "Ask the receiver again",
        "Whether it wants webhooks. If it does, one that was unverified or disabled goes on where "
        "it stopped, and one that was sent to already keeps to the rate that it says now.",
        {200: Answer("The subscription as it is now.", _ONE, examples.ASKED_AGAIN)},
    ),
    ("POST", f"{_PATH}/secret"): Operation(
        "rotateSecret",
        TAG,
        "Replace the secret",
        "A new secret, shown this once, or a new public key. While the former one signs too each "
        "message has two signatures. The same `Idempotency-Key` shows the same secret again, as "
        "long as it is not replaced by another.",
        {200: Answer("With the new secret.", _ONE, examples.ROTATED)},
        (*_OF_ONE, *_OF_BODIES, Trouble.INVALID_PARAMETER),
        _body("Rotation", examples.ROTATION),
        (IDEMPOTENCY_KEY,),
    ),
    ("POST", f"{_PATH}/pause"): _act(
        "pauseSubscription",
        "Pause",
        "Nothing is sent; everything is kept.",
        {200: _ANSWER},
        Trouble.SUBSCRIPTION_UNVERIFIED,
        Trouble.SUBSCRIPTION_PAUSED,
        Trouble.SUBSCRIPTION_DISABLED,
    ),
    ("POST", f"{_PATH}/resume"): _act(
        "resumeSubscription",
        "Resume",
        "It goes on where it stopped.",
        {200: _ANSWER},
        Trouble.SUBSCRIPTION_UNVERIFIED,
        Trouble.SUBSCRIPTION_ACTIVE,
        Trouble.SUBSCRIPTION_DISABLED,
    ),
    ("POST", f"{_PATH}/recovery"): Operation(
        "recoverSubscription",
        TAG,
        "Have everything sent once more",
        "What your party was told since then, beside what is new, with the ids that it had. As "
        f"far back as anything is kept: {KEPT_DAYS} days.",
        {202: Answer("It will be sent.", _ONE, examples.SUBSCRIPTION)},
        (*_OF_ONE, *_OF_BODIES),
        _body("Recovery", examples.RECOVERY),
    ),
    ("POST", f"{_PATH}/test"): _act(
        "testSubscription",
        "Send a test",
        f"An event about nobody. At most {MOST_TESTS} wait to be sent.",
        {202: Answer("It will be sent, under this id.", ref("TestAsked"), examples.TEST_ASKED)},
        Trouble.SUBSCRIPTION_UNVERIFIED,
        Trouble.SUBSCRIPTION_DISABLED,
        Trouble.TOO_MANY_TESTS,
    ),
    ("GET", f"{_PATH}/attempts"): Operation(
        "getAttempts",
        TAG,
        "Look at the attempts",
        "What was sent of late and how it ended, and what was put aside.",
        {200: Answer("The newest first.", ref("Attempts"), examples.ATTEMPTS)},
        _OF_ONE,
    ),
}
