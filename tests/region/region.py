"""A whole region in one go: built, played, looked at."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from hub.simulation.household import Naming
from tests.region import housing, zaken
from tests.region.acting import desks_of
from tests.region.channels import Direct, Way
from tests.region.checking import Check, checks_of_findings, ended, nothing_twice
from tests.region.findings import Backtests, printed
from tests.region.life import Known, Life, Size, the_life
from tests.region.mirror import Mirror
from tests.region.playing import Playing, Tell
from tests.region.roermond import roermond
from tests.region.stage import Stage, staged
from tests.region.with_files import WITH_FILES, files
from tests.region.with_mail import mail
from tests.region.with_signals import signals
from tests.region.with_vera import vera
from tests.region.with_zaken import WITH_ZAKEN, zgw

# Files that stay in the folder: the life as facts, acts included, and what the hub found.
LIFE: Final = "life.jsonl"
FOUND: Final = "found.jsonl"
# The gemeente's side of Weert speaks through zaken, which name a dossier or an address.
_ZAKEN: Final = ((60, Naming.DOSSIER), (25, Naming.ADDRESS), (12, Naming.BARE), (3, Naming.APART))
KNOWN: Final = Known(
    dated={"corporatie-maas": housing.DATED},
    housing=frozenset({"corporatie-maas"}),
    fixed={"begeleider-onderdak": zaken.NEVER_CORRECTED},
    namings={"0988": _ZAKEN},
    caseload=True,
)


async def played(folder: Path, size: Size, tell: Tell) -> list[Check]:
    """The checks of a region that was played in this folder, where life and findings stay."""
    life = the_life(size, KNOWN)
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(staged(folder / "hub", life.begins))
        backtests = Backtests(stage.hub.agreements, stage.hub.parties)
        mirror = Mirror(stage, backtests)
        desks = desks_of(stage, folder / "desks", size.seed)
        for desk in desks.values():
            stack.push_async_callback(desk.close)
        ways = await _ways((stage, folder, stack), life, mirror)
        await Playing(stage, ways, desks, mirror).play(life, tell)
        end = await ended(stage, mirror, backtests)
        (folder / LIFE).write_bytes(b"".join(line + b"\n" for line in mirror.lines))
        (folder / FOUND).write_bytes(b"".join(line + b"\n" for line in printed(end.hub)))
        checks = [*await checks_of_findings(stage, mirror, end), nothing_twice(end.accepted)]
        for way in ways:
            checks += await way.checks(stage)
        return [*checks, _nothing_aside(ways)]


Place = tuple[Stage, Path, AsyncExitStack]


async def _ways(place: Place, life: Life, mirror: Mirror) -> list[Way]:
    """The systems; then plain HTTP, for what none of them takes; then those that only listen."""
    stage, folder, stack = place
    enter = stack.enter_async_context
    ways: list[Way] = [
        await enter(roermond(stage, folder / "roermond")),
        *[await enter(zgw(stage, folder, party)) for party in WITH_ZAKEN],
        await enter(vera(stage, folder, life.said)),
        *[await enter(files(stage, folder, party)) for party in WITH_FILES],
    ]
    state = folder / "direct"
    state.mkdir()
    for party in stage.keys:
        direct = Direct(party, stage, state)
        stack.push_async_callback(direct.close)
        ways.append(direct)
    ways.append(await enter(signals(stage, folder, life.said, mirror)))
    ways.append(await enter(mail(stage, folder, life.said)))
    return ways


def _nothing_aside(ways: Sequence[Way]) -> Check:
    """Nothing that a connector read or was to deliver lies aside."""
    at_work = [it for way in ways for it in way.connectors]
    wrong = [
        f"{it.title}: {letter.where}: {letter.why}"
        for it in at_work
        for letter in it.dead_letters()
    ]
    return Check("connectors: nothing put aside", len(at_work), wrong)
