"""How to reach somebody out of a page: a link to call or to write.

Only of what looks like a telephone number or an address, and of nothing else that somebody wrote:
no text of a party chooses where a link leads to.
"""

from __future__ import annotations

import re
from typing import Final

# No brackets: of "+31 (0)495" a machine would call another number.
_NUMBER: Final = re.compile(r"\+?[0-9](?:[ .-]?[0-9]){2,14}", re.ASCII)
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")


def link_to(name: str, value: str) -> str:
    """Where a link on this field leads to; empty if there is to be none."""
    if name == "phone" and _NUMBER.fullmatch(value):
        return "tel:" + re.sub("[ .-]", "", value)
    if name == "email" and _ADDRESS.fullmatch(value):
        return f"mailto:{value}"
    return ""
