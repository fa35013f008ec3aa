"""Links into the console: the one that is printed at start, and those that are made later."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.cli.terminal import on_terminal, seintje
from tests.cli.test_run import next_row, started

SETTINGS = "--listen", "127.0.0.1:0"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def answer_to(link: str) -> str:
    found = httpx.get(link)
    assert found.status_code == 200, found.text
    return found.text


@pytest.mark.slow
def test_the_link_of_a_hub_that_starts_lets_choose_a_party(data: Path) -> None:
    with started("run", "--data", data, *SETTINGS) as process:
        told = next_row(process)
        assert told["console"].startswith(told["api"].removesuffix("/v1"))
        shown = answer_to(told["console"])
        assert "Gemeente Weert" in shown
        assert "Woonstichting Maas" in shown


@pytest.mark.slow
def test_a_hub_for_one_party_lets_look_for_that_one(data: Path) -> None:
    for_one = {"SEINTJE_CONSOLE_PARTY": "gemeente-weert"}
    with started("run", "--data", data, *SETTINGS, **for_one) as process:
        shown = answer_to(next_row(process)["console"])
        assert "Gemeente Weert" in shown
        assert "Woonstichting" not in shown


@pytest.mark.slow
def test_a_party_that_is_not_there_is_told_at_start(data: Path) -> None:
    ran = seintje("run", "--data", data, *SETTINGS, SEINTJE_CONSOLE_PARTY="gemeente-nergens")
    assert ran.code == 2
    assert "SEINTJE_CONSOLE_PARTY" in ran.err


@pytest.mark.slow
def test_a_link_can_be_made_while_the_hub_runs(data: Path) -> None:
    with started("run", "--data", data, *SETTINGS) as process:
        url = next_row(process)["api"].removesuffix("/v1")
        [row] = seintje("console", "link", "corporatie-maas", "--data", data).rows
        path = row["link"].removeprefix("http://127.0.0.1:8300")
        assert "Woonstichting Maas" in answer_to(url + path)


@pytest.mark.slow
def test_the_address_in_a_link_is_the_one_that_people_know(data: Path) -> None:
    url = "https://seintje.example.nl"
    with started("run", "--data", data, *SETTINGS, SEINTJE_CONSOLE_URL=url) as process:
        assert next_row(process)["console"].startswith(f"{url}/sign-in/link?token=")
        code, shown = on_terminal("console", "link", "--data", str(data), SEINTJE_CONSOLE_URL=url)
        assert (code, f"{url}/sign-in/link?token=" in shown) == (0, True)
        assert "Deze link werkt één keer" in shown


@pytest.mark.slow
def test_the_demo_has_a_link_on_its_board_and_in_its_first_row() -> None:
    with started("demo", *SETTINGS) as process:
        assert "Namens welke organisatie kijkt u?" in answer_to(next_row(process)["console"])
    _, shown = on_terminal("demo", "--for", "1", *SETTINGS)
    assert "/sign-in/link?token=" in shown


def test_where_no_hub_ever_ran_there_is_nothing_to_link_to(data: Path) -> None:
    ran = seintje("console", "link", "--data", data)
    assert (ran.code, ran.out) == (2, b"")
    assert "start one first" in ran.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONSOLE_URL", "http://seintje.example.nl"),
        ("CONSOLE_URL", "https://seintje.example.nl/console"),
        ("CONSOLE_PARTY", "Gemeente Weert"),
        ("CONSOLE_ISSUER", "http://provider.example.nl"),
        ("CONSOLE_ISSUER", "provider"),
        ("CONSOLE_CLIENT_ID", "a b"),
    ],
)
def test_a_setting_of_the_console_that_is_wrong_is_told(
    name: str, value: str, tmp_path: Path
) -> None:
    ran = seintje("console", "link", "--data", tmp_path, **{f"SEINTJE_{name}": value})
    assert ran.code == 2
    assert f"SEINTJE_{name}" in ran.err
