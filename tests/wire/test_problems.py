"""Refusals as RFC 9457 problems."""

from __future__ import annotations

import msgspec
import pytest

from hub.domain.refusals import Refused, Slug, Violation
from hub.wire.problems import problem


@pytest.mark.parametrize(
    ("slug", "status"),
    [
        ("malformed", 400),
        ("unknown-type", 400),
        ("schema-violation", 400),
        ("not-your-source", 403),
        ("not-your-fact", 403),
        ("unknown-gemeente", 400),
        ("bsn-found", 400),
        ("conflicting-duplicate", 409),
        ("too-large", 413),
        ("in-the-future", 400),
        ("no-convenant", 403),
        ("household-forgotten", 409),
        ("ambiguous-address", 409),
        ("processing-error", 500),
    ],
)
def test_every_slug_has_its_status_and_two_languages(slug: str, status: int) -> None:
    english = problem(Refused(Slug(slug), "One sentence."))
    dutch = problem(Refused(Slug(slug), "One sentence."), "nl")
    assert english.status == dutch.status == status
    assert english.type == dutch.type == f"/problems/{slug}"
    assert english.detail == "One sentence."
    assert english.title != dutch.title
    assert dutch.detail.endswith(".")


def test_violations_name_path_and_what_was_expected() -> None:
    refused = Refused(Slug.SCHEMA_VIOLATION, "Two.", (Violation("data.period", "a month"),))
    told = msgspec.json.decode(msgspec.json.encode(problem(refused)))
    assert told["violations"] == [{"path": "data.period", "expected": "a month"}]


def test_without_violations_there_is_no_list() -> None:
    told = msgspec.json.decode(msgspec.json.encode(problem(Refused(Slug.TOO_LARGE, "Large."))))
    assert told.keys() == {"type", "title", "status", "detail"}
