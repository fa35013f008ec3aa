"""Whether a party is told, and why not (agreement document, Alerts: notices, held, inhibition,
pause)."""

import pytest

from hub.domain.acts import LIVING, Status
from hub.domain.alerts import HOLDING, TOLD, Circumstances, Tell, Told, why_tell

NOW_SHOWS, SHOWED = b"the view as it is now", b"the view as it was"
UNTOLD = Told()
HELD = Told(held_since=100)
KNOWS = Told(revision=1, digest=SHOWED, status="open", told_at=100)
UP_TO_DATE = Told(revision=1, digest=NOW_SHOWS, status="open", told_at=100)
TAKEN_BACK = Told(revision=2, status="withdrawn", told_at=100)
QUIET = Circumstances()
EVERYTHING = Circumstances(True, True, True, True, True, True)


def told(
    told: Told,
    around: Circumstances = QUIET,
    status: Status = Status.OPEN,
    ended_at: int | None = None,
) -> Tell:
    return why_tell(status, ended_at, NOW_SHOWS, told, around)


@pytest.mark.parametrize(
    ("before", "around", "why"),
    [
        pytest.param(UNTOLD, EVERYTHING, Tell.SHADOW, id="a shadow rule tells nobody"),
        pytest.param(KNOWS, EVERYTHING, Tell.SHADOW, id="whatever was told before"),
        pytest.param(
            UNTOLD,
            Circumstances(False, True, True, True, True, True),
            Tell.HELD_BY_GATE,
            id="the gate comes before the feed",
        ),
        pytest.param(
            KNOWS,
            Circumstances(False, True, True, True, True, True),
            Tell.GATE_CLOSED,
            id="told before, the gate takes it back at once",
        ),
        pytest.param(
            TAKEN_BACK,
            Circumstances(False, True, True, True, True, True),
            Tell.HELD_BY_GATE,
            id="but only once",
        ),
        pytest.param(
            UNTOLD,
            Circumstances(False, False, True, True, True, True),
            Tell.HELD_BY_FEED,
            id="the feed comes before inhibition",
        ),
        pytest.param(
            UNTOLD,
            Circumstances(False, False, False, True, True, True),
            Tell.INHIBITED,
            id="inhibition comes before a pause",
        ),
        pytest.param(
            UNTOLD,
            Circumstances(False, False, False, False, True, True),
            Tell.PAUSED,
            id="a pause comes before a storm",
        ),
        pytest.param(
            UNTOLD,
            Circumstances(False, False, False, False, False, True),
            Tell.STORM,
            id="a storm holds what is new",
        ),
        pytest.param(UNTOLD, QUIET, Tell.FIRST, id="nothing holds it: told"),
        pytest.param(HELD, QUIET, Tell.FIRST, id="nothing holds it any more: told"),
        pytest.param(KNOWS, QUIET, Tell.CHANGED, id="it shows something else: told again"),
        pytest.param(UP_TO_DATE, QUIET, Tell.NOTHING_NEW, id="it shows the same: not told"),
        pytest.param(TAKEN_BACK, QUIET, Tell.FIRST, id="taken back, and released: told again"),
        pytest.param(
            KNOWS,
            Circumstances(feed_behind=True),
            Tell.CHANGED,
            id="what was told is not held by a feed",
        ),
        pytest.param(KNOWS, Circumstances(storm=True), Tell.CHANGED, id="nor by a storm"),
        pytest.param(
            TAKEN_BACK, Circumstances(storm=True), Tell.STORM, id="unless it was taken back"
        ),
        pytest.param(KNOWS, Circumstances(inhibited=True), Tell.INHIBITED, id="but by inhibition"),
        pytest.param(KNOWS, Circumstances(paused=True), Tell.PAUSED, id="and by a pause"),
        pytest.param(
            UP_TO_DATE, Circumstances(paused=True), Tell.PAUSED, id="also if there is nothing new"
        ),
    ],
)
def test_what_lasts(before: Told, around: Circumstances, why: Tell) -> None:
    assert told(before, around) is why


@pytest.mark.parametrize(
    ("before", "around", "ended_at", "why"),
    [
        pytest.param(UNTOLD, QUIET, 150, Tell.FIRST, id="learnt of after its end: told as ended"),
        pytest.param(
            HELD, QUIET, 150, Tell.ENDED_UNTOLD, id="held as long as it lasted: never told"
        ),
        pytest.param(
            HELD,
            Circumstances(inhibited=True, paused=True, storm=True),
            150,
            Tell.ENDED_UNTOLD,
            id="whatever holds it still",
        ),
        pytest.param(
            HELD,
            Circumstances(feed_behind=True),
            150,
            Tell.HELD_BY_FEED,
            id="but as long as a feed is behind, nobody knows",
        ),
        pytest.param(
            Told(held_since=150), QUIET, 150, Tell.FIRST, id="held from its end on: told as ended"
        ),
        pytest.param(KNOWS, QUIET, 150, Tell.CHANGED, id="told before: the last revision, always"),
        pytest.param(
            KNOWS,
            Circumstances(inhibited=True),
            150,
            Tell.INHIBITED,
            id="told before and inhibited: it follows afterwards",
        ),
        pytest.param(
            TAKEN_BACK, QUIET, 150, Tell.FIRST, id="told before, taken back, released: it follows"
        ),
    ],
)
@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
def test_what_has_ended(
    before: Told, around: Circumstances, ended_at: int, why: Tell, status: Status
) -> None:
    assert told(before, around, status, ended_at) is why


def test_an_end_that_comes_after_it_was_held_leaves_what_still_lasts_alone() -> None:
    assert told(HELD, QUIET, Status.ACKNOWLEDGED, None) is Tell.FIRST


def test_every_reason_tells_holds_or_leaves_it() -> None:
    left = set(Tell) - TOLD - HOLDING
    assert left == {Tell.NOTHING_NEW, Tell.SHADOW, Tell.ENDED_UNTOLD}
    assert not TOLD & HOLDING


def test_the_statuses_from_weak_to_strong() -> None:
    assert [status.value for status in Status] == [
        "open",
        "acknowledged",
        "agreed",
        "resolved",
        "closed",
        "withdrawn",
        "erased",
    ]
    assert list(Status)[:3] == sorted(LIVING, key=list(Status).index)


@pytest.mark.parametrize(
    ("before", "is_told", "knows"),
    [
        pytest.param(UNTOLD, False, False, id="nothing yet"),
        pytest.param(HELD, False, False, id="held"),
        pytest.param(KNOWS, True, True, id="told"),
        pytest.param(TAKEN_BACK, True, False, id="taken back"),
        pytest.param(Told(3, status="erased"), True, False, id="erased"),
        pytest.param(Told(3, status="closed"), True, True, id="closed: it still shows"),
    ],
)
def test_what_a_party_knows(before: Told, is_told: bool, knows: bool) -> None:
    assert (before.is_told, before.knows) == (is_told, knows)
