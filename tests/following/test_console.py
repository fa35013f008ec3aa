"""The console of gateways on Kafka: each shows the same, whichever somebody signed in at."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx
import pytest
from msgspec.structs import replace

from tests.console.front import Visitor
from tests.console.households import urgent_alert, worried
from tests.console.provider import CLIENT, SECRET, odd_provider
from tests.following.site import Caller, Site, patiently
from tests.gateway.desk import WEERT

pytestmark = pytest.mark.slow

HOST = "localhost:8300"


def visitor_of(caller: Caller) -> Visitor:
    """A browser that came by the name that people know, whatever gateway is behind it."""
    headers = {"Host": HOST, "Accept-Language": "nl"}
    return Visitor(httpx.AsyncClient(base_url=caller.http.base_url, headers=headers, timeout=60))


async def test_who_signs_in_at_one_gateway_looks_and_answers_at_another(site: Site) -> None:
    secret = site.folder / "secret"
    secret.write_text(SECRET)
    async with odd_provider() as provider:
        site.settings = replace(
            site.settings,
            console_url=f"http://{HOST}",
            console_issuer=provider.url,
            console_client_id=CLIENT,
            console_client_secret_file=secret,
        )
        async with site.correlating(), site.gateway("one") as one, site.gateway("two") as two:
            await one.send(*worried())
            first, second = visitor_of(one), visitor_of(two)
            # At real time, as the provider is; the facts have a clock of their own.
            asked = (await first.client.get("/sign-in/openid")).headers["location"]
            answer = provider.answer_to(asked)
            await first.get(f"/sign-in/callback?{urlencode(answer)}")
            second.client.cookies.update(first.client.cookies)
            await patiently(two.told(WEERT, "concurrent-signals"))
            page = await second.get(await urgent_alert(second))
            assert page.heading == "Signalen van twee kanten over dit huishouden"
            path = page.answer.url.path
            await second.submit(page.form("/acknowledgement"))
            await patiently(one.told(WEERT, "concurrent-signals", "acknowledged"))
            assert "Uw organisatie: heeft geantwoord" in (await first.get(path)).text
            await first.client.aclose()
            await second.client.aclose()


async def test_without_a_provider_nobody_can_sign_in(site: Site) -> None:
    async with site.gateway() as caller:
        visitor = Visitor(caller.http)
        page = await visitor.get("/sign-in")
        assert "Hier kan nog niemand inloggen" in page.text
        await visitor.get("/sign-in/link?token=x", 410)
