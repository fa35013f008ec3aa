"""Signing in at an OpenID provider: a real one, and one that tries what it can."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from msgspec.structs import replace
from starlette.responses import JSONResponse, PlainTextResponse, Response

from hub.clocks import SystemClock
from hub.console.openid import Client, Metadata, OpenId, is_kept_safe
from hub.domain.time import MINUTE_MS
from hub.errors import AddressRefused, Misconfigured
from hub.guard import Guard
from hub.keys import Keys
from tests.console.front import URL, Front, Visitor, a_front
from tests.console.html import Page
from tests.console.provider import (
    CLIENT,
    SECRET,
    Claims,
    Provider,
    another_key,
    odd_provider,
    real_provider,
)
from tests.gateway.desk import MAAS, WEERT
from tests.outbound.receivers import trap
from tests.outbound.test_guard import HOSTS


@asynccontextmanager
async def asking(data: Path, issuer: str, **settings: Any) -> AsyncIterator[Front]:
    """A console whose people come from this provider."""
    secret = data.parent / "secret"
    secret.write_text(settings.pop("secret", SECRET) + "\n", "utf-8")
    usual = {
        "console_url": URL,
        "console_issuer": issuer,
        "console_client_id": CLIENT,
        "console_client_secret_file": secret,
    }
    async with a_front(data, **(usual | settings)) as front:
        front.wall.at = SystemClock().now()
        yield front


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with odd_provider() as found:
        yield found


@pytest.fixture
async def front(tmp_path: Path, provider: Provider) -> AsyncIterator[Front]:
    async with asking(tmp_path / "data", provider.url) as opened:
        yield opened


async def question(visitor: Visitor) -> str:
    answer = await visitor.client.get("/sign-in/openid")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def came_back(visitor: Visitor, answer: dict[str, str], status: int = 200) -> Page:
    return await visitor.get(f"/sign-in/callback?{urlencode(answer)}", status)


async def signed_in(front: Front, provider: Provider, status: int = 200, **also: str) -> Page:
    visitor = front.visitor()
    return await came_back(visitor, provider.answer_to(await question(visitor), **also), status)


@pytest.mark.slow
async def test_somebody_signs_in_at_a_real_provider(tmp_path: Path) -> None:
    with real_provider() as issuer:
        async with httpx.AsyncClient(base_url=issuer) as browser:
            registration = {"redirect_uris": [f"{URL}/sign-in/callback"]}
            client = (await browser.post("/oauth2/clients", json=registration)).json()
            await browser.put("/users/jan", json={"seintje_party": WEERT})
            settings = {"console_client_id": client["client_id"], "secret": client["client_secret"]}
            async with asking(tmp_path / "data", issuer, **settings) as front:
                visitor = front.visitor()
                page = await visitor.get("/sign-in")
                assert "/sign-in/openid" in page.links
                asked = await question(visitor)
                agreed = await browser.post(asked, data={"sub": "jan"})
                answer = dict(parse_qsl(urlsplit(agreed.headers["location"]).query))
                page = await came_back(visitor, answer)
                assert page.heading == "Open seintjes"
                assert "Gemeente Weert" in page.root.text


async def test_the_question_is_what_a_provider_expects(front: Front, provider: Provider) -> None:
    page = await signed_in(front, provider)
    assert page.heading == "Open seintjes"
    asked = provider.asked
    assert asked.pop("tenant") == "one"
    for once in ("state", "nonce", "code_challenge"):
        assert len(asked.pop(once)) == 43
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": f"{URL}/sign-in/callback",
        "scope": "openid",
        "code_challenge_method": "S256",
    }


async def test_each_question_is_another(front: Front, provider: Provider) -> None:
    visitor = front.visitor()
    both = [dict(parse_qsl(urlsplit(await question(visitor)).query)) for _ in range(2)]
    for once in ("state", "nonce", "code_challenge"):
        assert both[0][once] != both[1][once]


async def test_somebody_of_several_parties_chooses_one_of_them(
    front: Front, provider: Provider
) -> None:
    provider.changed = lambda it: it | {"seintje_party": [WEERT, MAAS, "nobody", 7]}
    visitor = front.visitor()
    page = await came_back(visitor, provider.answer_to(await question(visitor)))
    assert page.heading == "Namens welke organisatie kijkt u?"
    assert "Gemeente Weert" in page.text
    assert "Gemeente Roermond" not in page.text
    page = await visitor.submit(page.form("/party"), party=MAAS)
    assert "Woonstichting Maas" in page.root.text


@pytest.mark.parametrize("claim", [None, "", "nobody", 7, [], {"a": 1}, [WEERT.upper()]])
async def test_who_belongs_to_no_party_sees_nothing(
    claim: object, front: Front, provider: Provider
) -> None:
    provider.changed = lambda it: it | {"seintje_party": claim}
    page = await signed_in(front, provider, 403)
    assert page.heading == "Uw account hoort bij geen organisatie"


async def test_the_claim_has_the_name_that_operators_gave_it(
    tmp_path: Path, provider: Provider
) -> None:
    provider.changed = lambda it: it | {"seintje_party": MAAS, "org": WEERT}
    async with asking(tmp_path / "data", provider.url, console_party_claim="org") as front:
        assert "Gemeente Weert" in (await signed_in(front, provider)).root.text


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize(
    "changed",
    [
        *(pytest.param(without(it), id=f"no {it}") for it in ("iss", "aud", "exp", "iat", "nonce")),
        pytest.param(lambda it: it | {"iss": "https://evil.example"}, id="another issuer"),
        pytest.param(lambda it: it | {"aud": "another"}, id="for another client"),
        pytest.param(lambda it: it | {"aud": [CLIENT, "b"], "azp": "b"}, id="made for another"),
        pytest.param(lambda it: it | {"nonce": "n" * 43}, id="another nonce"),
        pytest.param(lambda it: it | {"exp": it["exp"] - 3600}, id="expired"),
        pytest.param(lambda it: it | {"nbf": it["exp"] + 3600}, id="not yet"),
        pytest.param(lambda it: it | {"iat": it["iat"] + 3600}, id="of the future"),
        pytest.param(lambda it: it | {"exp": "soon"}, id="a time that is none"),
    ],
)
async def test_a_token_is_not_believed_with(
    changed: Callable[[Claims], Claims], front: Front, provider: Provider
) -> None:
    provider.changed = changed
    page = await signed_in(front, provider, 403)
    assert page.heading == "Inloggen lukte niet"
    assert page.answer.cookies.get("seintje") is None


def by_hand(algorithm: str, claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    """A token that no library would make."""
    parts = [json.dumps(it).encode() for it in ({"alg": algorithm, "kid": "one"}, claims)]
    content = b".".join(base64.urlsafe_b64encode(it).rstrip(b"=") for it in parts)
    signature = base64.urlsafe_b64encode(sign(content)).rstrip(b"=")
    return b".".join([content, signature]).decode()


async def test_a_token_without_a_signature_is_not_believed(
    front: Front, provider: Provider
) -> None:
    provider.signed = lambda claims: by_hand("none", claims, lambda _content: b"")
    await signed_in(front, provider, 403)


async def test_a_token_by_a_key_that_is_not_published_is_not_believed(
    front: Front, provider: Provider
) -> None:
    provider.signed = provider.by_key(another_key(), "ES256")
    await signed_in(front, provider, 403)


async def test_a_public_key_is_no_shared_secret(front: Front, provider: Provider) -> None:
    """The key confusion of old: a token that is signed with what everybody may know."""
    public = provider.key.as_pem(private=False)
    provider.signed = lambda claims: by_hand(
        "HS256", claims, lambda content: hmac.digest(public, content, "sha256")
    )
    await signed_in(front, provider, 403)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é", "e30.e30."])
async def test_what_is_no_token_is_not_believed(
    token: str, front: Front, provider: Provider
) -> None:
    provider.signed = lambda _claims: token
    await signed_in(front, provider, 403)


async def test_keys_that_were_replaced_are_asked_for_anew(front: Front, provider: Provider) -> None:
    await signed_in(front, provider)
    fresh = another_key()
    provider.published = [fresh]
    provider.signed = provider.by_key(fresh, "ES256")
    assert (await signed_in(front, provider)).heading == "Open seintjes"
    assert provider.calls.count("metadata") == 1


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"state": "s" * 43}, id="another state"),
        pytest.param({"state": ""}, id="no state"),
        pytest.param({"iss": "https://evil.example"}, id="another provider"),
    ],
)
async def test_an_answer_to_another_question_is_none(
    changed: dict[str, str], front: Front, provider: Provider
) -> None:
    await signed_in(front, provider, 403, **changed)
    assert "token" not in provider.calls


async def test_who_refuses_at_the_provider_is_not_in(front: Front, provider: Provider) -> None:
    visitor = front.visitor()
    answer = provider.answer_to(await question(visitor), error="access_denied")
    del answer["code"]
    await came_back(visitor, answer, 403)


async def test_an_answer_in_another_browser_is_none(front: Front, provider: Provider) -> None:
    answer = provider.answer_to(await question(front.visitor()))
    await came_back(front.visitor(), answer, 403)


async def test_an_answer_works_once(front: Front, provider: Provider) -> None:
    visitor = front.visitor()
    answer = provider.answer_to(await question(visitor))
    await came_back(visitor, answer)
    await came_back(visitor, answer, 403)


async def test_an_answer_that_took_too_long_is_none(front: Front, provider: Provider) -> None:
    visitor = front.visitor()
    answer = provider.answer_to(await question(visitor))
    front.wall.at += 10 * MINUTE_MS
    await came_back(visitor, answer, 403)


ODD = PlainTextResponse("<html>")


@pytest.mark.parametrize(
    ("name", "answer", "status"),
    [
        ("metadata", ODD, 502),
        ("metadata", JSONResponse({"issuer": "https://evil.example"}), 502),
        ("metadata", PlainTextResponse("", 500), 502),
        ("token", ODD, 502),
        ("token", JSONResponse({"error": "invalid_grant"}, 400), 403),
        ("token", JSONResponse({"access_token": "x"}), 502),
        ("jwks", ODD, 502),
        ("jwks", JSONResponse({"keys": []}), 403),
        ("jwks", JSONResponse({"keys": "x"}), 403),
        ("jwks", JSONResponse([1]), 502),
    ],
)
async def test_a_provider_that_answers_oddly_lets_nobody_in(
    name: str, answer: Response, status: int, front: Front, provider: Provider
) -> None:
    provider.answers[name] = answer
    visitor = front.visitor()
    asked = await visitor.client.get("/sign-in/openid")
    if name == "metadata":
        assert asked.status_code == status
        return
    page = await came_back(visitor, provider.answer_to(asked.headers["location"]), status)
    assert page.heading == "Inloggen lukte niet"


@pytest.mark.parametrize("place", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_a_provider_by_https_sends_nobody_to_plain_http(place: str) -> None:
    url = "https://provider.example.nl"
    good = Metadata(url, f"{url}/a", f"{url}/t", f"{url}/k")
    assert is_kept_safe(good)
    assert not is_kept_safe(replace(good, **{place: "http://provider.example.nl/x"}))


@pytest.mark.parametrize("place", ["token_endpoint", "jwks_uri"])
async def test_a_provider_sends_us_to_nothing_inside(place: str, provider: Provider) -> None:
    client, back = Client(provider.url, CLIENT, "", "seintje_party"), "https://hub.example.nl/back"
    with trap() as never:
        for host in HOSTS:
            openid = OpenId(client, Keys(b"k" * 32).console, Guard())
            ways = {"token_endpoint": f"{provider.url}/token", "jwks_uri": f"{provider.url}/jwks"}
            ways |= {place: f"https://{host}:{never.port}/x"}
            away = f"{provider.url}/authorize"
            provider.answers["metadata"] = JSONResponse(
                {"issuer": provider.url, "authorization_endpoint": away, **ways}
            )
            asked = await openid.ask(back, 0)
            answer = provider.answer_to(asked.url)
            with pytest.raises(AddressRefused):
                await openid.parties_of(answer, asked.cookie, back, 0)
        assert never.caught() == 0


async def test_a_provider_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    async with asking(tmp_path / "data", "http://127.0.0.1:1") as front:
        answer = await front.visitor().client.get("/sign-in/openid")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1


async def test_where_no_provider_is_set_there_is_none_to_go_to(tmp_path: Path) -> None:
    async with a_front(tmp_path / "data") as front:
        for path in ("/sign-in/openid", "/sign-in/callback"):
            await front.visitor().get(path, 404)


@pytest.mark.parametrize("missing", ["console_url", "console_client_id"])
async def test_a_provider_without_the_rest_is_told_at_start(missing: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=missing.upper()):
        async with asking(tmp_path / "data", "http://127.0.0.1:1", **{missing: None}):
            pass


async def test_a_secret_that_is_not_there_is_told_at_start(tmp_path: Path) -> None:
    nowhere = {"console_client_secret_file": tmp_path / "nowhere"}
    with pytest.raises(Misconfigured, match="CLIENT_SECRET_FILE"):
        async with asking(tmp_path / "data", "http://127.0.0.1:1", **nowhere):
            pass
