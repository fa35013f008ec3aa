"""What is kept of an alert: what a digest counts, and nothing of a household."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.mail_notes import Note, Notes
from hub.client.answers import Other
from hub.domain.time import HOUR_MS
from tests.connectors.doubles import MemoryShelf
from tests.connectors.mail.noting import NOW, alert


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


@pytest.fixture
def notes(shelf: MemoryShelf) -> Notes:
    return Notes(shelf)


async def test_an_alert_leaves_a_note_without_a_household(shelf: MemoryShelf, notes: Notes) -> None:
    await notes.deliver(alert(), NOW)
    assert notes.all() == [
        Note(
            alert_id="al-a",
            revision=1,
            severity="high",
            news=1,
            at=NOW,
            waits=True,
            acts=True,
            respond_by=NOW + 24 * HOUR_MS,
            gemeente="0988",
            roles=("corporatie",),
        )
    ]
    kept = "".join(shelf.kept.values())
    for secret in ("hh-geheim", "H-123456", "rent-arrears", "Huur", "maas"):
        assert secret not in kept


async def test_a_repeat_and_an_older_revision_change_nothing(
    shelf: MemoryShelf, notes: Notes
) -> None:
    await notes.deliver(alert(revision=2), NOW)
    kept = dict(shelf.kept)
    await notes.deliver(alert(revision=2, notice="reminder"), NOW + 1)
    await notes.deliver(alert(revision=1, status="resolved"), NOW + 1)
    assert shelf.kept == kept


@pytest.mark.parametrize(
    ("changes", "news", "waits"),
    [
        pytest.param({"notice": "changed"}, 1, True, id="a change is no news"),
        pytest.param({"notice": "reminder"}, 3, True, id="a reminder is"),
        pytest.param({"notice": "escalation"}, 3, True, id="an escalation is"),
        pytest.param(
            {"notice": "changed", "status": "acknowledged"}, 1, False, id="what was answered"
        ),
        pytest.param(
            {
                "notice": "reminder",
                "status": "acknowledged",
                "others": (Other("corporatie", "acts", True),),
            },
            3,
            True,
            id="only the other has answered",
        ),
        pytest.param({"notice": "changed", "part": "informed"}, 1, False, id="informed"),
        pytest.param({"notice": "changed", "respond_by": "soon"}, 1, True, id="an unknown form"),
    ],
)
async def test_a_later_revision(
    notes: Notes, changes: dict[str, Any], news: int, waits: bool
) -> None:
    await notes.deliver(alert("a"), NOW)
    await notes.deliver(alert("b"), NOW)
    await notes.deliver(alert("a", 2, **changes), NOW + 1)
    found = notes.find("al-a")
    assert found is not None
    assert (found.news, found.waits, found.revision) == (news, waits, 2)
    assert found.at == (NOW if news == 1 else NOW + 1)


@pytest.mark.parametrize(
    "changes",
    [
        *({"status": it} for it in ("resolved", "closed", "withdrawn", "erased")),
        {"listed": False},
        {"announced": False},
    ],
    ids=str,
)
async def test_nothing_stays_of_what_is_no_longer_to_be_told(
    shelf: MemoryShelf, notes: Notes, changes: dict[str, Any]
) -> None:
    await notes.deliver(alert(), NOW)
    await notes.deliver(alert(revision=2, **changes), NOW)
    assert notes.all() == []
    assert "al-a" not in str(shelf.kept)
    await notes.deliver(alert("b"), NOW)
    [again] = notes.all()
    assert again.news == 2  # a number is never given twice
