"""The builders say what parties may say, in the words of the schemas."""

import inspect
from collections.abc import Callable, Iterator

import pytest

from hub.agreement_files import code_lists
from hub.domain.facts import CATALOGUE, Fact, fields_of
from tests import building
from tests.building import alert, found, instant, nuisance, parties, place_of, signed, wall

ALERT = "al-" + "a" * 26
SAID = {"period": "2026-03", "until": "2026-06-30", "name": "coaching-vestiging", "half": "2026-1"}
GIVEN = {"alert": ALERT, "persons": 2, "unit": "u-1", "last_day": "2026-06-30"}


def said() -> Iterator[Fact]:
    """One fact of every builder."""
    first = nuisance("2026-04-01")
    for builder in vars(building).values():
        if inspect.isfunction(builder) and builder.__module__ == building.__name__:
            names = list(inspect.signature(builder).parameters.values())
            if (
                inspect.signature(builder).return_annotation == "Fact"
                and names[0].name != "fact_type"
            ):
                yield _called(builder, [it.name for it in names if it.default is it.empty], first)


def _called(builder: Callable[..., Fact], needed: list[str], first: Fact) -> Fact:
    values = {"at": "2026-03-01", "start": "2026-03-01", "target": first} | SAID | GIVEN
    return builder(*[values[name] for name in needed if name != "about"])


FACTS = list(said())


def test_there_is_a_builder_for_every_type() -> None:
    assert {it.type for it in FACTS} == CATALOGUE.keys() - {"feed-complete"}


@pytest.mark.parametrize("built", FACTS, ids=lambda it: it.type)
def test_a_builder_says_what_may_be_said(built: Fact) -> None:
    row = CATALOGUE[built.type]
    party = parties().by_id[built.party]
    assert type(built.own) is row.own
    assert party.role in row.roles
    assert parties().find_by_source(built.source) is party
    for field, read in fields_of(built.type).items():
        codes = code_lists().get((built.type, field))
        assert codes is None or read(built.own) in codes


def test_what_says_something_else_is_another_fact() -> None:
    assert nuisance("2026-04-01") == nuisance("2026-04-01")
    others = [nuisance("2026-04-02"), nuisance("2026-04-01", lease="L-2"), signed("2026-04-01")]
    assert len({it.identity for it in [nuisance("2026-04-01"), *others]}) == 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("2026-03-15", "2026-03-15", id="a date"),
        pytest.param("2026-03-15 00:00", "2026-03-15", id="midnight is a date"),
        pytest.param("2026-07-15 10:30", "2026-07-15 10:30", id="wall time"),
        pytest.param("2026-07-15T10:30+00:00", "2026-07-15 12:30", id="with an offset"),
        pytest.param("2026-03-15 10:30:01", "2026-03-15 10:30:01", id="seconds"),
        pytest.param("2026-03-15 00:00:00.001", "2026-03-15 00:00:00.001", id="milliseconds"),
    ],
)
def test_times_are_read_as_they_are_shown(text: str, shown: str) -> None:
    assert wall(instant(text)) == shown
    assert instant(shown) == instant(text)


def test_two_facts_with_one_id_are_a_slip_of_the_test() -> None:
    twice = [nuisance("2026-04-01", id="a"), nuisance("2026-04-02", id="a")]
    with pytest.raises(AssertionError, match="two facts with one id"):
        place_of(twice[0], twice[1])


def test_only_what_exists_at_an_instant_is_found() -> None:
    facts = [signed("2026-03-01"), nuisance("2026-04-01")]
    assert found(facts, "nuisance", at="2026-03-31") == []
    assert alert(facts, "nuisance", at="2026-04-01").end is None
