"""Who we are to the APIs: tokens, clocks, and answers that refuse us."""

from __future__ import annotations

import pytest

from connectors.gemeente.zgw_token import Client, Tokens
from connectors.secret import Secret
from hub.domain.time import HOUR_MS
from hub.errors import Misconfigured, Unavailable
from tests.connectors.zgw.stage import BEGIN, Stage, types


@pytest.mark.parametrize("ahead_s", [-86_400, -3500, -300, -12, -2, 0, 9, 300, 3700, 86_400])
async def test_a_clock_that_differs_does_not_matter(stage: Stage, ahead_s: int) -> None:
    stage.system.clock = lambda: stage.now / 1000 + ahead_s
    stage.started()

    assert types(await stage.read(stage.built())) == ["begeleiding-started"]


async def test_a_clock_that_differs_is_learned_once(stage: Stage) -> None:
    stage.system.clock = lambda: stage.now / 1000 - 300
    connector = stage.built()
    await stage.read(connector)
    stage.system.calls.clear()
    stage.now += 7 * HOUR_MS

    await stage.read(connector)

    # One for each API, and no second try: a zaaktype, its zaken.
    assert stage.system.calls == ["GET zaaktypen", "GET zaken"]


async def test_a_token_is_made_anew_before_it_is_too_old(stage: Stage) -> None:
    connector = stage.built()
    await stage.read(connector)
    stage.now += 6 * HOUR_MS
    stage.started()

    assert types(await stage.read(connector)) == ["begeleiding-started"]


async def test_a_wrong_secret_names_the_setting_and_is_tried_no_third_time(stage: Stage) -> None:
    connector = stage.built(secret_file=Secret("een-ander-geheim-dat-lang-genoeg-is"))

    with pytest.raises(Misconfigured, match=r"zgw.catalogi.address.*403"):
        await stage.read(connector)
    assert len(stage.system.calls) <= 2


def test_a_very_short_secret_makes_a_token_without_a_word_on_the_screen() -> None:
    tokens = Tokens(Client("x", Secret("kort"), "x", "x"), lambda: BEGIN)  # a warning would fail it

    assert tokens.header().startswith("Bearer ")


async def test_no_secret_is_in_an_error(stage: Stage) -> None:
    secret = "een-ander-geheim-dat-lang-genoeg-is"
    connector = stage.built(secret_file=Secret(secret))

    with pytest.raises(Misconfigured) as caught:
        await stage.read(connector)
    assert secret not in repr(caught.value)
    assert "eyJ" not in str(caught.value)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
@pytest.mark.parametrize("kind", ["zaaktypen", "zaken", "statussen", "rollen"])
async def test_a_system_that_is_away_is_asked_again_and_nothing_is_lost(
    stage: Stage, kind: str, status: int
) -> None:
    stage.started()
    connector = stage.built()
    stage.system.fails_with[kind] = status

    with pytest.raises(Unavailable):
        await stage.read(connector)
    stage.system.fails_with.clear()

    assert types(await stage.read(connector)) == ["begeleiding-started"]
