"""What the document says of the calls for who runs the hub: nobody in particular asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.gateway.openapi import examples
from hub.gateway.openapi.answers import Answer
from hub.gateway.openapi.operation import Operation
from hub.gateway.openapi.schemas import ref
from hub.gateway.problems import Trouble

# By method and path, as the code has them.
OF_OPERATORS: Final[Mapping[tuple[str, str], Operation]] = {
    ("GET", "/v1/openapi.json"): Operation(
        "getOpenapi",
        "operation",
        "Read this document",
        "This document, for the version of the hub that answers.",
        {
            200: Answer(
                "OpenAPI 3.1.",
                {"type": "object", "required": ["openapi"]},
                headers=("Access-Control-Allow-Origin",),
            )
        },
    ),
    ("GET", "/healthz"): Operation(
        "getHealth",
        "operation",
        "Ask whether the hub lives",
        "Live: progress is being made. To be restarted when it is not.",
        {
            200: Answer("It lives.", ref("Health"), examples.LIVE),
            503: Answer("It makes no progress.", ref("Health"), examples.STALLED),
        },
        (Trouble.INTERNAL_ERROR,),
    ),
    ("GET", "/readyz"): Operation(
        "getReadiness",
        "operation",
        "Ask whether the hub accepts facts",
        "Ready: facts are accepted. To be left alone for a while when they are not.",
        {
            200: Answer("It is ready.", ref("Health"), examples.READY),
            503: Answer("It is not ready.", ref("Health"), examples.NOT_READY),
        },
        (Trouble.INTERNAL_ERROR,),
    ),
    ("GET", "/metrics"): Operation(
        "getMetrics",
        "operation",
        "Read metrics",
        "What Prometheus scrapes.",
        {200: Answer("Metrics as text.", {"type": "string"}, media_type="text/plain")},
        (Trouble.INTERNAL_ERROR,),
    ),
}
