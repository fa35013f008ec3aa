"""Who we are to a VERA system, and what its answers mean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from hub.errors import Misconfigured, Unavailable
from tests.connectors.vera.stage import Stage, staged, unmapped
from tests.systems import vera_tenants as tenants
from tests.systems.vera import CLIENT, CLIENT_SECRET, KEY


def by_token(stage: Stage, **changes: Any) -> dict[str, Any]:
    usual = {
        "tokenUrl": f"{stage.system.address}/oauth/token",
        "clientId": CLIENT,
        "clientSecretFile": CLIENT_SECRET,
        "scope": "Overeenkomsten.All.Read Financien.All.Read",
    }
    return {"access": {"oauth": usual | changes}}


@asynccontextmanager
async def with_tokens(**changes: Any) -> AsyncIterator[Stage]:
    async with staged() as stage:
        tenants.lease(stage.system)
        await stage.build(**by_token(stage, **changes))
        yield stage


async def test_a_token_is_got_once_and_used_for_all_domains() -> None:
    async with with_tokens() as stage:
        assert "lease-signed" in await stage.facts()
        assert len(stage.system.tokens) == 1
        [asked] = [it for it in stage.system.calls if it.startswith("/oauth/token")]
        assert "grant_type=client_credentials" in asked
        assert "scope=Overeenkomsten.All.Read+Financien.All.Read" in asked


async def test_a_token_is_renewed_before_it_ends_on_our_own_clock() -> None:
    async with with_tokens() as stage:
        stage.system.tokens_last = 600
        await stage.round("2024-03-10T12:00:00Z")
        await stage.round("2024-03-10T12:09:29Z")
        assert len(stage.system.tokens) == 1
        await stage.round("2024-03-10T12:09:30Z")
        assert len(stage.system.tokens) == 2


async def test_a_token_that_is_not_accepted_any_more_is_renewed_once() -> None:
    async with with_tokens() as stage:
        await stage.round()
        stage.system.tokens.append("somebody else got a newer one")
        await stage.round()
        assert len(stage.system.tokens) == 3
        stage.system.fails_with = {"/woonruimteverdeling": 401}
        with pytest.raises(Misconfigured, match="401"):
            await stage.round()
        assert len(stage.system.tokens) == 4


async def test_a_wrong_secret_is_told_and_not_shown() -> None:
    async with with_tokens(clientSecretFile="niet-het-goede") as stage:
        with pytest.raises(Misconfigured) as error:
            await stage.round()
        assert error.value.where == "vera.access.oauth.tokenUrl"
        assert "niet-het-goede" not in str(error.value)


async def test_a_token_server_that_is_away_is_waited_for() -> None:
    async with with_tokens() as stage:
        await stage.place.go()
        with pytest.raises(Unavailable):
            await stage.round()
        await stage.place.come()
        assert "lease-signed" in await stage.facts()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        pytest.param(401, Misconfigured, id="unknown"),
        pytest.param(403, Misconfigured, id="not allowed"),
        pytest.param(302, Misconfigured, id="elsewhere"),
        pytest.param(400, Misconfigured, id="not understood"),
        pytest.param(404, Misconfigured, id="no such list"),
        pytest.param(429, Unavailable, id="too many"),
        pytest.param(500, Unavailable, id="broken"),
        pytest.param(503, Unavailable, id="busy"),
    ],
)
async def test_what_an_answer_means(status: int, error: type[Exception]) -> None:
    async with staged() as stage:
        stage.system.fails_with = {"/woonruimteverdeling": status}
        with pytest.raises(error, match="woonruimteverdeling") as told:
            await stage.round()
        assert KEY not in str(told.value)


async def test_a_total_of_more_digits_than_can_be_read_is_none() -> None:
    headers = {"x-parameters-aantal": "9" * 5000, "x-parameters-aantalperpagina": "9" * 5000}
    nobody = httpx.MockTransport(lambda _request: httpx.Response(200, headers=headers, json=[]))
    async with staged() as stage:
        await stage.build(nobody)
        assert [it.where for it in unmapped(await stage.round())] == []
