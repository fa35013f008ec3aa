"""What a client likes best, out of a header such as `Accept` (RFC 9110, 12.4.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_WEIGHT: Final = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?", re.ASCII)


def liked_best(header: str) -> list[str]:
    """What is named there in lower case, without parameters, the best liked first."""
    found = []
    for named in header.lower().split(","):
        name, *parameters = (it.strip() for it in named.split(";"))
        weight = _weight(parameters)
        if name and weight > 0:
            found.append((weight, name))
    # What is liked equally keeps its order: sorting is stable.
    return [name for _, name in sorted(found, key=lambda it: -it[0])]


def _weight(parameters: Sequence[str]) -> float:
    told = next((it.removeprefix("q=") for it in parameters if it.startswith("q=")), "1")
    # What cannot be read takes what it belongs to off the list, as 0 does.
    return float(told) if _WEIGHT.fullmatch(told) else 0.0
