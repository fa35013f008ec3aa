"""How often the interpreter looks for circles of garbage in a process that correlates.

Correlation makes many small objects that live long (facts, findings, clusters in memory) and hardly
a circle. Looking through them after every 700 new ones, as Python does unless told otherwise, costs
a fifth of all its time.
"""

from __future__ import annotations

import gc
from typing import Final

_NEW_OBJECTS: Final = 50_000
_YOUNG_LOOKS: Final = 20
_OLD_LOOKS: Final = 50


def look_rarely() -> None:
    """For a process that serves or measures, once everything it needs has been loaded."""
    gc.freeze()  # what was loaded stays; it need not be looked through again
    gc.set_threshold(_NEW_OBJECTS, _YOUNG_LOOKS, _OLD_LOOKS)
