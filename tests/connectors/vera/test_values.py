"""Money, dates and references of VERA, as they may come."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from connectors.corporatie.vera_shapes import Boeking
from connectors.corporatie.vera_values import Unreadable, cents, day, id_in, instant, path_of, real
from hub.domain.time import parse_instant


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param("612.5", 61250, id="one decimal"),
        pytest.param("612.50", 61250, id="two"),
        pytest.param("612", 61200, id="none"),
        pytest.param("-12.34", -1234, id="negative"),
        pytest.param("0.07", 7, id="that no float of two could add up"),
        pytest.param("612.4999999999999", 61250, id="of a system that counts in binary"),
        pytest.param("0.30000000000000004", 30, id="of one that added"),
        pytest.param("6.125e2", 61250, id="with an exponent"),
    ],
)
def test_euros_become_whole_cents(told: str, expected: int) -> None:
    booking = msgspec.json.decode(f'{{"bedrag": {told}}}', type=Boeking)
    assert cents(booking.bedrag, "bedrag") == expected


@pytest.mark.parametrize("told", ["612.505", "1e400", "1e9"])
def test_what_is_no_amount_of_cents_is_told_and_not_rounded(told: str) -> None:
    with pytest.raises(Unreadable, match="bedrag"):
        cents(Decimal(told), "bedrag")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param("2024-03-01", date(2024, 3, 1), id="a date"),
        pytest.param("2024-03-01T00:00:00", date(2024, 3, 1), id="of a system without dates"),
        pytest.param("2024-02-29T23:00:00Z", date(2024, 3, 1), id="midnight here, told in UTC"),
        pytest.param("2024-06-30T22:30:00+00:00", date(2024, 7, 1), id="in summer"),
    ],
)
def test_a_date_is_that_of_amsterdam(told: str, expected: date) -> None:
    assert day(told, "begindatum") == expected


@pytest.mark.parametrize("told", ["0001-01-01", "1753-01-01T00:00:00", "9999-12-31T23:59:59Z"])
def test_what_systems_write_for_no_date_is_none(told: str) -> None:
    assert real(told) is None
    with pytest.raises(Unreadable, match="has no `einddatum`"):
        day(told, "einddatum")
    with pytest.raises(Unreadable, match="has no `einddatum`"):
        instant(told, "einddatum")


@pytest.mark.parametrize("told", [None, "", "01-03-2024", "2024-02-30", "2024-03-01T10:00:00"])
def test_what_is_no_date_is_told(told: str | None) -> None:
    with pytest.raises(Unreadable, match="begindatum"):
        day(told, "begindatum")


def test_a_time_without_its_offset_is_told() -> None:
    assert instant("2024-03-01T10:00:00Z", "melddatum") == parse_instant("2024-03-01T10:00:00Z")
    with pytest.raises(Unreadable, match="melddatum"):
        instant("2024-03-01T10:00:00", "melddatum")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        pytest.param("https://overeenkomsten.vera.io/v4/huurovereenkomsten/42", "42", id="whole"),
        pytest.param("/v4/huurovereenkomsten/42/", "42", id="relative"),
        pytest.param("huurovereenkomsten/a%2Fb", "a/b", id="with a slash in it"),
        pytest.param("42", "42", id="an id alone"),
    ],
)
def test_a_reference_leads_to_an_id_and_never_to_another_host(uri: str, expected: str) -> None:
    assert id_in(uri, "overeenkomst") == expected


@pytest.mark.parametrize("uri", ["", "https://vera.example/", "https://[/x", "x/.."])
def test_a_reference_that_leads_nowhere_is_told(uri: str) -> None:
    with pytest.raises(Unreadable, match="eenheden"):
        id_in(uri, "eenheden")


def test_an_id_stays_one_part_of_a_path() -> None:
    assert path_of("eenheden", "../a?b#c") == "/eenheden/..%2Fa%3Fb%23c"
