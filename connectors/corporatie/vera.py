"""A housing system that speaks VERA 4: polled over its REST APIs, one for each information domain.

Owns how the parts beside it (`vera_*.py`) are put together, and what `check` asks. What becomes
what, and what VERA has no field for: docs/connectors/vera.md. Only leases of the target group are
read, and of no lease the persons.
"""

from __future__ import annotations

from connectors.corporatie.vera_api import Vera
from connectors.corporatie.vera_memory import Memory
from connectors.corporatie.vera_rounds import Rounds
from connectors.corporatie.vera_settings import VeraSettings, judged
from connectors.corporatie.vera_target_group import candidates
from connectors.seam import Connector, Finding, Site
from hub.errors import Misconfigured, Unavailable

__all__ = ["VeraSettings", "build"]


def build(settings: VeraSettings, site: Site) -> Connector:
    """The connector. Misconfigured: settings that do not go together."""
    vera = Vera(judged(settings), site)
    memory = Memory(site.shelf)

    async def check() -> list[Finding]:
        return await _check(vera)

    return Connector(sources=(Rounds(vera, memory, site.party),), check=check, close=vera.close)


async def _check(vera: Vera) -> list[Finding]:
    """Whether each API answers and knows us, and whether the list of the target group is one."""
    found = []
    for domain in vera.domains:
        try:
            await vera.api(domain).ping()
        except Misconfigured as error:
            found.append(Finding(error.where, "it does not work", error.do))
        except Unavailable as error:
            found.append(Finding(f"vera.{domain.value}", str(error), "start it, or try again"))
    return found or await _check_target_group(vera)


async def _check_target_group(vera: Vera) -> list[Finding]:
    group = vera.settings.target_group
    try:
        page = await candidates(vera, None)
    except Misconfigured as error:
        return [Finding(error.where, "the target group cannot be read", error.do)]
    except Unavailable as error:
        return [Finding("vera.targetGroup", str(error), "try again")]
    found = [
        Finding(it.where, "a thing of the list cannot be read", it.why) for it in page.unmapped
    ]
    if page.others:
        found.append(
            Finding(
                "vera.targetGroup.filter",
                f"the first page of {group.found_in} has {page.others} of others in it",
                "write the filter that your supplier has for the mark, so that they are not sent",
            )
        )
    return found
