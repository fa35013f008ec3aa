"""What the document says of the calls about households."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.domain.refusals import Slug
from hub.gateway.openapi import examples, links
from hub.gateway.openapi.answers import JSON, Answer
from hub.gateway.openapi.operation import Operation
from hub.gateway.openapi.schemas import ref
from hub.gateway.problems import Trouble

# By method and path, as the code has them.
OF_HOUSEHOLDS: Final[Mapping[tuple[str, str], Operation]] = {
    ("POST", "/v1/households/lookup"): Operation(
        "lookUpHousehold",
        "households",
        "Find a household by a reference of yours",
        "Your handle for the household that a reference of your own leads to; of a begeleider also "
        "a reference of the gemeente that it acts for. It stands in the body and not in the "
        "address, for addresses end up in logs. Others' references lead nowhere.",
        {
            200: Answer(
                "The household.", ref("FoundHousehold"), examples.FOUND, links=links.OF_LOOKUP
            )
        },
        (
            Trouble.INVALID_BODY,
            Slug.SCHEMA_VIOLATION,
            Trouble.NOT_FOUND,
            Trouble.TOO_LARGE,
            Trouble.TOO_SLOW,
            Trouble.UNSUPPORTED_MEDIA_TYPE,
        ),
        {
            "required": True,
            "content": {JSON: {"schema": ref("Reference"), "example": examples.REFERENCE}},
        },
    ),
    ("GET", "/v1/households/{handle}"): Operation(
        "getHousehold",
        "households",
        "Read a household",
        "What your party said of it, whole, and what alerts told your party of it. Nothing else: "
        "what others know stays with them. Each time it is logged which fields of others are "
        "shown; where that cannot be, nothing is.",
        {
            200: Answer(
                "The household, as your party may see it.", ref("Household"), examples.HOUSEHOLD
            )
        },
        (Trouble.NOT_FOUND,),
    ),
}
