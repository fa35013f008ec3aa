"""A call as the document tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hub.gateway.openapi.answers import Answer, Problem


class Operation(NamedTuple):
    """A call in words. `problems` are those that not every call has; `headers` are parameters in
    headers, beside the language."""

    id: str
    tag: str
    summary: str
    description: str
    answers: Mapping[int, Answer]
    problems: tuple[Problem, ...] = ()
    body: Mapping[str, Any] | None = None
    headers: tuple[str, ...] = ()
