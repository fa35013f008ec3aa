"""What `seintje doctor` finds of clocks: how far that of this machine is from those of others.

The hub that runs, the registry and the issuers tell their time in each answer (`Date`). Brokers
tell theirs when something is appended (`hub.streams.kafka.skew`). How much is too much is agreed:
facts that are further in the future than that are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hub.cli.doctor_certificates import called_by
from hub.cli.examining import Examined
from hub.cli.finding import Finding, look

_SKEW: Final = "skew"
_PART: Final = 10  # of what is agreed: nobody is off so far who lets NTP keep time
_LEAST_MS: Final = 2000  # what a Date and a slow answer can be off
_DO: Final = "let NTP keep the clocks of both; until then look at which of the two is right"


def skew(examined: Examined) -> Iterator[Finding]:
    """Each clock that can be asked, beside ours; nothing where nobody tells the time."""
    tolerance_ms = _tolerance_ms(examined)
    if examined.pages.skew_ms is not None:
        yield judged(examined.url, examined.pages.skew_ms, tolerance_ms)
    for where, url in called_by(examined):
        found = _asked(where, url, examined.seconds)
        if found is not None:
            yield judged(where, found, tolerance_ms)
    if examined.settings.kafka_brokers is not None:
        yield from _of_brokers(examined, tolerance_ms)


def judged(where: str, skew_ms: int, tolerance_ms: int) -> Finding:
    """`skew_ms`: by how much the clock there is before ours."""
    off = abs(skew_ms)
    before = "ahead of" if skew_ms > 0 else "behind"
    agreed = f"{tolerance_ms // 60_000} minutes are agreed"
    if off < max(_LEAST_MS, tolerance_ms // _PART):
        return Finding(_SKEW, f"{where}: its clock and ours agree to {off / 1000:.1f} s ({agreed})")
    told = f"{where}: its clock is {off / 1000:.1f} s {before} ours ({agreed})"
    return Finding(_SKEW, told, _DO) if off >= tolerance_ms else look(_SKEW, told, _DO)


def _tolerance_ms(examined: Examined) -> int:
    from hub.cli.options import agreements_at
    from hub.domain.agreement import Thresholds
    from hub.domain.time import MINUTE_MS
    from hub.errors import Misconfigured

    try:
        found = [it.thresholds for it in agreements_at(examined.settings.agreements, None)[0].all]
    except Misconfigured:  # told by the check of agreements; what holds without a word stays
        found = [Thresholds()]
    return max(it.clock_tolerance_minutes for it in found) * MINUTE_MS


def _asked(where: str, url: str, seconds: float) -> int | None:
    """None: nobody answers, or it tells no time; what is wrong with it is another check's."""
    from hub.cli.asking import ask
    from hub.cli.pages import skew_of
    from hub.clocks import SystemClock
    from hub.errors import SeintjeError

    clock = SystemClock()
    before = clock.now()
    try:
        answer = ask(where, url, "", seconds)
    except SeintjeError:
        return None
    return skew_of(answer, before, clock.now())


def _of_brokers(examined: Examined, tolerance_ms: int) -> Iterator[Finding]:
    from hub.errors import SeintjeError
    from hub.streams.kafka.connection import connection_of
    from hub.streams.kafka.names import Names
    from hub.streams.kafka.skew import Skew, skew_of_brokers

    names = Names(examined.settings.kafka_prefix)
    try:
        found = skew_of_brokers(connection_of(examined.settings), names, examined.seconds)
    except SeintjeError:  # told by the check of Kafka
        return
    where = "brokers"
    if found is None:
        told = f"{where}: they told no time; nothing is there yet, or this user may not look"
        yield Finding(_SKEW, told)
    elif found.how is Skew.APPENDED or found.ms > 0:
        yield judged(where, found.ms, tolerance_ms)
    else:
        told = (
            f"{where}: nothing there is newer than our clock; the last is {-found.ms // 1000} s old"
        )
        yield Finding(_SKEW, told)
