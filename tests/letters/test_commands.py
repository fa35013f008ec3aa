"""`seintje dead-letters` as its operator types it, in a data directory."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from hub.streams.seam import Emit
from tests.cli.terminal import Ran, on_terminal, seintje
from tests.letters.kept import household, kept, put, records
from tests.streams.test_frozen import damage
from tests.streams.world import SOURCES, event

pytestmark = pytest.mark.slow

SECRET = "JANSEN-7"
Letters = Callable[..., Ran]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Letters 1 and 2 from among the facts, 3 no fact at all, 4 of a party, 5 with a BSN in it,
    6 of a webhook."""
    found = tmp_path_factory.mktemp("letters") / "data"
    kept(found, household(1, SECRET), damage("damage-1"))
    wrong = {
        "specversion": "1.0",
        "id": SECRET,
        "source": SOURCES["gemeente-weert"],
        "type": "nl.seintje.signal-raised.v1",
        "data": {"occurredAt": "2024-01-21", "gemeente": "0988", "category": SECRET},
    }
    violations = b'[{"path":"data.category","expected":"a code of the list"}]'
    of_party = {"stream": b"in/gemeente-weert", "position": b"4"}
    put(
        found,
        [
            letter(b"no fact", "malformed", b"0988", {"stream": b"facts", "position": b"9"}),
            letter(
                json.dumps(wrong).encode(),
                "schema-violation",
                SECRET.encode(),
                of_party
                | {"detail": b"The data does not fit.", "violations": violations}
                | {"content-type": b"application/cloudevents+json"},
            ),
            letter(b"*********", "bsn-found", b"", of_party),
            letter(b"{}", "webhook-rejected", b"gemeente-weert", {"subscription": b"sb-a"}),
        ],
    )
    return found


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A copy of them, to do something about."""
    found = tmp_path / "data"
    shutil.copytree(made, found)
    found.chmod(0o700)
    return found


def letter(value: bytes, reason: str, key: bytes, headers: dict[str, bytes]) -> Emit:
    return Emit("dead-letters", key, value, {**headers, "reason": reason.encode()})


def letters(data: Path, *words: str) -> Ran:
    return seintje("dead-letters", *words, "--data", data, "--lang", "en")


def positions(ran: Ran) -> list[int]:
    assert ran.code == 0, ran.err
    return sorted(row["position"] for row in ran.rows)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param([], [1, 2, 3, 4, 5, 6], id="all"),
        pytest.param(["--reason", "malformed", "--reason", "bsn-found"], [3, 5], id="reasons"),
        pytest.param(["--stream", "facts"], [1, 2, 3], id="stream"),
        pytest.param(["--party", "gemeente-weert"], [4, 5, 6], id="party"),
        pytest.param(["--party", "corporatie-maas"], [1, 2], id="party of a fact"),
        pytest.param(["--type", "signal-raised"], [4], id="type of an event"),
        pytest.param(["--type", "damage-reported"], [2], id="type of a fact"),
        pytest.param(["--gemeente", "0988"], [1, 2, 3, 4], id="gemeente"),
        pytest.param(["--position", "2-3", "--position", "6"], [2, 3, 6], id="positions"),
        pytest.param(["--since", "2024-01-01", "--until", "2024-02-01"], [], id="time"),
        pytest.param(["--state", "redriven"], [], id="state"),
        pytest.param(["--limit", "2"], [5, 6], id="the newest"),
    ],
)
def test_a_list_can_be_of_some(data: Path, words: Sequence[str], found: Sequence[int]) -> None:
    assert positions(letters(data, "list", *words)) == found


def test_a_list_never_shows_what_is_in_a_letter(data: Path) -> None:
    for ran in (letters(data, "list"), letters(data, "redrive", "--all", "--dry-run")):
        assert SECRET not in ran.out.decode() + ran.err
    shown = on_terminal("dead-letters", "list", "--data", data)[1]
    assert "processing-error" in shown
    assert SECRET not in shown


def test_a_summary_counts_by_reason_and_stream(data: Path) -> None:
    rows = letters(data, "list", "--summary").rows
    assert [(it["reason"], it["stream"], it["open"]) for it in rows] == [
        ("bsn-found", "in/gemeente-weert", 1),
        ("malformed", "facts", 1),
        ("processing-error", "facts", 2),
        ("schema-violation", "in/gemeente-weert", 1),
        ("webhook-rejected", "", 1),
    ]
    assert all(it["oldestOpen"] for it in rows)


def test_a_letter_says_which_field_was_wrong(data: Path) -> None:
    [shown] = letters(data, "show", "4").rows
    assert shown["violations"] == ["data.category: a code of the list"]
    assert shown["detail"] == "The data does not fit."
    assert (
        "personal data" in on_terminal("dead-letters", "show", "4", "--data", data, "--lang=en")[1]
    )


def test_a_dry_run_says_what_would_go_and_what_cannot_and_changes_nothing(data: Path) -> None:
    rows = {it["position"]: it for it in letters(data, "redrive", "--all", "--dry-run").rows}
    assert [it for it, row in sorted(rows.items()) if row["goes"]] == [1, 2, 3]
    assert "give --with" in rows[4]["why"]
    assert "must send it again" in rows[5]["why"]
    assert "recover" in rows[6]["why"]
    assert records(data, "facts") == []
    assert {it["state"] for it in letters(data, "list").rows} == {"open"}
    assert (
        "processing-error"
        in on_terminal("dead-letters", "redrive", "--all", "--dry-run", "--data", data)[1]
    )


def test_what_went_back_is_listed_so_and_refused_a_second_time(data: Path) -> None:
    assert letters(data, "redrive", "1").rows == [{"position": 1, "stream": "facts"}]
    [row] = letters(data, "list", "--state", "redriven").rows
    assert (row["position"], bool(row["stateAt"])) == (1, True)
    again = letters(data, "redrive", "1")
    assert (again.code, again.out) == (1, b"")
    assert "--again" in again.err
    assert letters(data, "redrive", "1", "--again").code == 0
    assert len(records(data, "facts")) == 2


@pytest.mark.parametrize(
    "words", [("redrive",), ("redrive", "--dry-run"), ("dismiss", "--why", "x")], ids=" ".join
)
def test_a_filter_that_nothing_fits_says_so(data: Path, words: Sequence[str]) -> None:
    ran = letters(data, *words, "--reason", "unknown-gemente")  # a slip
    assert (ran.code, ran.out) == (0, b"")
    assert "No letter is like that" in ran.err


def test_what_cannot_go_back_does_not_keep_the_others(data: Path) -> None:
    ran = letters(data, "redrive", "1", "5", "99")
    assert (ran.code, [it["position"] for it in ran.rows]) == (1, [1])
    assert [(it["position"], it["goes"]) for it in ran.refusals] == [(5, False), (99, False)]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["redrive"], id="nothing said"),
        pytest.param(["redrive", "two"], id="no position"),
        pytest.param(["redrive", "--reason", "malformed", "--again"], id="again, of whatever"),
        pytest.param(["redrive", "1-2", "--with", "x.json"], id="one fact for two letters"),
        pytest.param(["redrive", "1", "--cap", "0"], id="no cap"),
        pytest.param(["redrive", "1", "--since", "soon"], id="no moment"),
        pytest.param(["dismiss", "--why", "x"], id="dismiss nothing said"),
        pytest.param(["dismiss", "1", "--why", " "], id="no reason"),
        pytest.param(["dismiss", "1", "--why", "about 111222333"], id="a BSN"),
        pytest.param(["list", "--state", "openn"], id="no state"),
    ],
)
def test_wrong_use_is_told_and_nothing_is_done(data: Path, words: Sequence[str]) -> None:
    ran = letters(data, *words)
    assert (ran.code, ran.out) == (2, b"")
    assert records(data, "facts") == []


def test_what_is_dismissed_says_why_and_thaws_what_it_froze(data: Path) -> None:
    ran = letters(data, "dismiss", "2", "6", "--why", "sent again by its publisher")
    assert (ran.code, [it["position"] for it in ran.rows]) == (0, [2, 6])
    rows = letters(data, "list", "--state", "dismissed").rows
    assert {it["why"] for it in rows} == {"sent again by its publisher"}
    [thaw] = records(data, "facts")
    assert set(thaw.headers) == {"redriven", "thaws-only"}
    assert letters(data, "dismiss", "1", "--keep-frozen", "--why", "x").code == 0
    assert len(records(data, "facts")) == 1


def as_fact(data: Path, position: int) -> dict[str, Any]:
    ran = letters(data, "show", str(position), "--as-fact")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_a_fact_is_put_right_and_goes_in_the_place_of_its_letter(
    data: Path, tmp_path: Path
) -> None:
    fact = as_fact(data, 4)
    assert fact["data"]["category"] == SECRET
    fact["data"] |= {
        "category": "other",
        "references": [{"scheme": "dossier", "issuer": "gemeente-weert", "value": "D-1"}],
    }
    mended = tmp_path / "fact.json"
    mended.write_text(json.dumps(fact))
    ran = letters(data, "redrive", "4", "--with", str(mended))
    assert (ran.code, ran.rows) == (0, [{"position": 4, "stream": "facts"}])
    [sent] = records(data, "facts")
    assert sent.headers["letter"] == b"4"
    assert "redriven" not in sent.headers  # no household was frozen for it
    assert records(data, "dead-letters")[3].value is not None  # the original is evidence


def test_what_froze_a_household_is_thawed_beside_the_fact_in_its_place(
    data: Path, tmp_path: Path
) -> None:
    fact = as_fact(data, 2) | {"id": "damage-2"}
    mended = tmp_path / "fact.json"
    mended.write_text(json.dumps(fact))
    assert letters(data, "redrive", "2", "--with", str(mended)).code == 0
    new, thaw = records(data, "facts")
    assert (new.headers["letter"], thaw.headers["redriven"]) == (b"2", b"2")
    assert thaw.headers["thaws-only"] == b"1"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"source": SOURCES["corporatie-maas"]}, "not-your-source", id="of another"),
        pytest.param(
            {"source": SOURCES["gemeente-weert"].replace(":test", ":other")},
            "source: the same",
            id="of another system",
        ),
        pytest.param({"data": {"occurredAt": "2024-01-21"}}, "data.category", id="not whole"),
        pytest.param({"type": "nl.seintje.nonsense.v1"}, "unknown-type", id="no such type"),
    ],
)
def test_what_was_put_right_is_judged_as_everything_is(
    data: Path, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    right = event("signal-raised", "s", "2024-01-21", category="other")
    mended = tmp_path / "fact.json"
    mended.write_text(json.dumps({**right, **change}))
    ran = letters(data, "redrive", "4", "--with", str(mended))
    assert (ran.code, ran.out) == (1, b"")
    assert told in ran.err
    assert records(data, "facts") == []
    assert "D-1" not in ran.err  # nothing that is in it


def test_what_was_kept_and_failed_at_a_deadline_needs_an_id_of_its_own(
    data: Path, tmp_path: Path
) -> None:
    late = records(data, "dead-letters")[1]
    put(data, [Emit("dead-letters", late.key, late.value, {**late.headers, "position": b"0"})])
    fact = as_fact(data, 7)
    mended = tmp_path / "fact.json"
    mended.write_text(json.dumps(fact))
    assert "write a new id" in letters(data, "redrive", "7", "--with", str(mended)).err
    fact["data"]["replaces"] = {"source": fact["source"], "id": fact["id"]}
    mended.write_text(json.dumps(fact | {"id": "damage-1b"}))
    assert letters(data, "redrive", "7", "--with", str(mended)).code == 0


@pytest.mark.parametrize(("position", "why"), [(3, "no party"), (5, "BSN"), (6, "no fact")])
def test_no_fact_goes_in_the_place_of_what_nobody_said(
    data: Path, tmp_path: Path, position: int, why: str
) -> None:
    mended = tmp_path / "fact.json"
    mended.write_text(json.dumps(event("signal-raised", "s", "2024-01-21", category="other")))
    ran = letters(data, "redrive", str(position), "--with", str(mended))
    assert (ran.code, ran.out) == (1, b"")
    assert why in ran.err


def test_no_fact_can_be_made_of_what_holds_none(data: Path) -> None:
    for position, why in ((3, "no event"), (5, "BSN"), (6, "no fact")):
        ran = letters(data, "show", str(position), "--as-fact")
        assert (ran.code, ran.out) == (1, b"")
        assert re.search(why, ran.err)
