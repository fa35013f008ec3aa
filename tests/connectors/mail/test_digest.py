"""What there is to say to a recipient, and when it is due."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.mail_digest import Digest, Due, Told, digest_of, due_of, urgent_at, wake_at
from connectors.mail_notes import Note
from connectors.mail_recipient import QuietHours
from hub.domain.time import HOUR_MS, MINUTE_MS, Instant
from tests.connectors.mail.noting import NOW, minutes, note, recipient

NIGHT = QuietHours(begin="22:00", until="07:00")
GATHER = 5 * MINUTE_MS
DUE_BY = NOW + 24 * HOUR_MS


@pytest.mark.parametrize(
    ("notes", "wants", "told", "expected"),
    [
        pytest.param([], {}, 0, Digest(0), id="nothing"),
        pytest.param(
            [note("a")],
            {},
            0,
            Digest(1, new=1, waiting=1, answer_by=DUE_BY),
            id="one that is new and waits is one",
        ),
        pytest.param(
            [note("a"), note("b", 2, waits=False, acts=False, respond_by=None)],
            {},
            0,
            Digest(2, new=2, waiting=1, answer_by=DUE_BY),
            id="to know only",
        ),
        pytest.param(
            [note("a"), note("b", 2, waits=False, acts=False)],
            {},
            2,
            Digest(1, waiting=1, answer_by=DUE_BY),
            id="what is to know only is said once, what waits for an answer again",
        ),
        pytest.param(
            [note("a", severity="critical"), note("b", 2)],
            {},
            1,
            Digest(2, new=1, critical=1, waiting=2, answer_by=DUE_BY),
            id="one is critical",
        ),
        pytest.param(
            [note("a", respond_by=NOW - 1), note("b", 2, respond_by=NOW), note("c", 3)],
            {},
            9,
            Digest(3, waiting=3, late=2, answer_by=DUE_BY),
            id="two are late, and the third is the first to answer",
        ),
        pytest.param(
            [note("a", respond_by=None)], {}, 0, Digest(1, new=1, waiting=1), id="no deadline"
        ),
        pytest.param(
            [note("a"), note("b", severity="low")],
            {"severities": ("low", "medium")},
            9,
            Digest(1, waiting=1, answer_by=DUE_BY),
            id="of some severities",
        ),
        pytest.param(
            [note("a"), note("b", gemeente="0957"), note("c", gemeente=None)],
            {"gemeenten": ("0957",)},
            9,
            Digest(1, waiting=1, answer_by=DUE_BY),
            id="of a gemeente",
        ),
        pytest.param(
            [note("a"), note("b", roles=("begeleider", "corporatie")), note("c", roles=())],
            {"roles": ("begeleider", "huurders")},
            9,
            Digest(1, waiting=1, answer_by=DUE_BY),
            id="that others have too",
        ),
        pytest.param(
            [note("a", waits=False, acts=False), note("b", waits=False)],
            {"only_to_act": True},
            0,
            Digest(1, new=1),
            id="to act only",
        ),
    ],
)
def test_what_is_counted(
    notes: list[Note], wants: dict[str, Any], told: int, expected: Digest
) -> None:
    assert digest_of(notes, recipient(**wants), told, NOW) == expected


YESTERDAY = NOW - 24 * HOUR_MS
EIGHT = NOW - HOUR_MS
FRESH = Told(slot=EIGHT - 1)


@pytest.mark.parametrize(
    ("notes", "wants", "told", "at", "expected"),
    [
        pytest.param([note("a")], {}, FRESH, EIGHT - 1, None, id="not before its time"),
        pytest.param(
            [note("a", respond_by=None)],
            {},
            FRESH,
            NOW,
            Due(EIGHT, EIGHT, 1, Digest(1, new=1, waiting=1)),
            id="a digest",
        ),
        pytest.param([], {}, FRESH, NOW, Due(EIGHT, EIGHT, 0, None), id="nothing to say"),
        pytest.param(
            [note("a", respond_by=None)],
            {},
            Told(1, EIGHT - 1),
            NOW,
            Due(EIGHT, EIGHT, 1, Digest(1, waiting=1)),
            id="it still waits",
        ),
        pytest.param(
            [note("a")],
            {"repeat": False},
            Told(1, EIGHT - 1),
            NOW,
            Due(EIGHT, EIGHT, 1, None),
            id="it still waits, and that is not to be said again",
        ),
        pytest.param([note("a")], {}, Told(0, EIGHT), NOW, None, id="once a day"),
        pytest.param(
            [note("a", at=NOW - minutes(5), respond_by=None)],
            {"send": "at-once"},
            Told(slot=YESTERDAY),
            NOW,
            Due(NOW, YESTERDAY, 1, Digest(1, new=1, waiting=1)),
            id="at once, when some minutes have gone by",
        ),
        pytest.param(
            [note("a", at=NOW - minutes(4))],
            {"send": "at-once"},
            Told(slot=YESTERDAY),
            NOW,
            None,
            id="not before that",
        ),
        pytest.param(
            [note("a", at=NOW - minutes(9))],
            {"send": "at-once"},
            Told(1, YESTERDAY),
            NOW,
            None,
            id="what waits is not said at once again",
        ),
        pytest.param(
            [note("a", at=NOW - minutes(9), severity="critical", respond_by=None)],
            {"critical_at_once": True},
            Told(0, EIGHT),
            NOW,
            Due(NOW - minutes(4), EIGHT, 1, Digest(1, new=1, critical=1, waiting=1)),
            id="critical at once, besides a daily digest",
        ),
        pytest.param(
            [note("a", at=NOW - minutes(9))],
            {"critical_at_once": True},
            Told(0, EIGHT),
            NOW,
            None,
            id="and nothing else",
        ),
        pytest.param(
            [note("a", at=NOW - minutes(600), severity="critical", respond_by=None)],
            {"critical_at_once": True},
            FRESH,
            NOW,
            Due(EIGHT, EIGHT, 1, Digest(1, new=1, critical=1, waiting=1)),
            id="both at a time are one mail",
        ),
        pytest.param(
            [note("a", at=NOW - minutes(15 * 60))],
            {"send": "at-once", "quiet": NIGHT},
            Told(slot=YESTERDAY),
            NOW - minutes(3 * 60),
            None,
            id="nothing at night, though it was due the evening before",
        ),
        pytest.param(
            [note("a", at=NOW, severity="critical")],
            {"critical_at_once": True, "quiet": QuietHours(begin="08:30", until="12:00")},
            Told(0, EIGHT),
            NOW + HOUR_MS,
            None,
            id="not even what is critical",
        ),
    ],
)
def test_what_is_due(
    notes: list[Note], wants: dict[str, Any], told: Told, at: Instant, expected: Due | None
) -> None:
    assert due_of(notes, recipient(**wants), told, GATHER, at) == expected


def test_what_came_in_quiet_hours_follows_at_their_end() -> None:
    evening = NOW + 14 * HOUR_MS  # Monday, 23:00
    at_once = recipient(send="at-once", quiet=NIGHT)
    morning = NOW + 22 * HOUR_MS  # Tuesday, 07:00
    assert urgent_at([note("a", at=evening)], at_once, Told(), GATHER) == morning
    found = due_of([note("a", at=evening)], at_once, Told(), GATHER, morning)
    assert found is not None
    assert found.at == morning


def test_what_is_critical_does_not_wait_for_monday() -> None:
    saturday = NOW - 48 * HOUR_MS
    it = note("a", at=saturday, severity="critical")
    assert urgent_at([it], recipient(critical_at_once=True), Told(), GATHER) == saturday + GATHER
    at_once = recipient(send="at-once", at=("08:00",))
    assert urgent_at([it], at_once, Told(), GATHER) == NOW - 9 * HOUR_MS  # Monday, midnight


def test_news_waits_for_a_while_after_a_mail_came_back() -> None:
    told = Told(before=NOW + HOUR_MS)
    at_once = recipient(send="at-once")
    assert urgent_at([note("a")], at_once, told, GATHER) == NOW + HOUR_MS


def test_who_sleeps_is_woken_in_time() -> None:
    assert wake_at([], recipient(), Told(), GATHER, NOW) == NOW + 23 * HOUR_MS
    assert wake_at([], recipient(send="at-once"), Told(), GATHER, NOW) is None
    both = recipient(critical_at_once=True)
    it = note("a", severity="critical")
    assert wake_at([it], both, Told(), GATHER, NOW) == NOW + GATHER
    assert wake_at([it], both, Told(), GATHER, NOW + HOUR_MS) == NOW + HOUR_MS
