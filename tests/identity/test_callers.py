"""Tokens at the gateway: from an issuer with a key set behind a real server to an answer, and what
is told to whoever is not known."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import structlog
import trustme
from joserfc.jwk import Key
from msgspec.structs import replace

from hub.compose.identity import identity_of
from hub.gateway.auth import is_still
from hub.gateway.gateway import Gateway
from hub.gateway.identity.asking import Asking
from hub.gateway.identity.caller import Caller, Need
from hub.gateway.identity.identities import Certified, Identities, Issuer, Trait
from hub.gateway.identity.identity import Identity
from hub.gateway.identity.issuer_keys import AGAIN_SECONDS, AWAY_SECONDS, IssuerKeys
from hub.guard import Guard
from hub.settings import Settings
from hub.telemetry.logs import start_logs
from tests.gateway.contract import Contract
from tests.gateway.desk import MAAS, PEEL, WEERT, Desk, calling, slug
from tests.house.sources import ROOT
from tests.identity.certifying import Authority, forwarded
from tests.identity.issuing import (
    NOW,
    SECOND,
    Site,
    b64,
    claims,
    ec,
    forged,
    issuer,
    key_set,
    mac,
    rsa,
    signed,
    site,
)
from tests.streams.world import StillClock, event

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD, NEW, OTHER = rsa("old"), ec("new"), rsa("other")


class Front:
    """A gateway that knows some issuers, with clocks that stand where they are put."""

    def __init__(self, gateway: Gateway, *known: Issuer, guard: Guard) -> None:
        self.seconds = 1000.0
        self.clock = StillClock(NOW)
        keys = {it.issuer: IssuerKeys(Asking(it, guard), lambda: self.seconds) for it in known}
        self.identity = Identity(Identities(issuers=known), keys, self.clock)
        self.gateway = replace(gateway, identity=self.identity)
        self.client: httpx.AsyncClient

    async def get(self, *authorization: str, path: str = "/v1/alerts") -> httpx.Response:
        headers = [(b"Authorization", it.encode("latin-1")) for it in authorization]
        return await self.client.get(path, headers=headers)

    async def by(self, text: str) -> httpx.Response:
        return await self.get(f"Bearer {text}")


@asynccontextmanager
async def front(
    shared: Desk,
    *known: Issuer,
    guard: Guard = Guard(),  # noqa: B008  # it is frozen
) -> AsyncIterator[Front]:
    made = Front(shared.hub.gateway(), *known, guard=guard)
    async with calling(made.gateway, Contract()) as client:
        made.client = client
        try:
            yield made
        finally:
            await made.identity.close()


@asynccontextmanager
async def at_site(shared: Desk, *keys: Key, **own: Any) -> AsyncIterator[tuple[Front, Site]]:
    """A gateway that knows one issuer, and the site where the keys of that are."""
    async with site() as found:
        found.pages["/jwks"] = key_set(*keys)
        known = replace(issuer(keys=f"{found.address}/jwks"), **own)
        async with front(shared, known) as made:
            yield made, found


async def test_a_party_is_known_by_its_token(shared: Desk) -> None:
    async with at_site(shared, OLD) as (made, found):
        for _ in range(3):
            answer = await made.by(signed(OLD, "RS256", claims()))
            assert answer.status_code == 200
        assert found.asked == ["/jwks"]
        # It speaks for itself only.
        as_maas = {
            "Authorization": f"Bearer {signed(OLD, 'RS256', claims(client_id='maas-wonen'))}"
        }
        headers = as_maas | {"Content-Type": "application/cloudevents+json"}
        for party, status in ((MAAS, 202), (PEEL, 403)):
            sent = event("damage-repaired", "x", "2024-02-01", cost=1, cause="wear", party=party)
            answer = await made.client.post("/v1/events", json=sent, headers=headers)
            assert answer.status_code == status


async def test_keys_that_change_are_followed(shared: Desk) -> None:
    async with at_site(shared, OLD) as (made, found):
        assert (await made.by(signed(OLD, "PS256", claims()))).status_code == 200
        found.pages["/jwks"] = key_set(OLD, NEW)
        made.seconds += AGAIN_SECONDS
        assert (await made.by(signed(NEW, "ES256", claims()))).status_code == 200
        assert (await made.by(signed(OLD, "RS256", claims()))).status_code == 200
        found.pages["/jwks"] = key_set(NEW)
        made.seconds += AGAIN_SECONDS
        unknown = await made.by(signed(OTHER, "RS256", claims()))  # makes it look anew
        assert unknown.status_code == 401
        assert (await made.by(signed(OLD, "RS256", claims()))).status_code == 401
        assert found.asked == ["/jwks"] * 3


async def test_made_up_keys_do_not_make_the_hub_ask(shared: Desk) -> None:
    async with at_site(shared, OLD) as (made, found):
        assert (await made.by(signed(OLD, "RS256", claims()))).status_code == 200
        for number in range(50):
            text = forged({"alg": "RS256", "kid": f"k{number}"}, claims(), b"x")
            assert (await made.by(text)).status_code == 401
        assert found.asked == ["/jwks"]


async def test_what_would_not_count_anyway_asks_nobody(shared: Desk) -> None:
    async with at_site(shared, OLD) as (made, found):
        for own in (
            {"iss": "https://another.example"},
            {"aud": "https://another.example"},
            {"exp": SECOND - 100},
            {"nbf": SECOND + 100},
        ):
            assert (await made.by(signed(OLD, "RS256", claims(**own)))).status_code == 401
        for text in (forged({"alg": "none"}, claims()), forged({"alg": "HS256"}, claims(), b"x")):
            assert (await made.by(text)).status_code == 401
        assert found.asked == []


async def test_an_issuer_that_is_away_is_not_the_fault_of_who_asks(shared: Desk) -> None:
    async with at_site(shared, OLD) as (made, found):
        found.status = 503
        text = signed(OLD, "RS256", claims())
        answer = await made.by(text)
        assert (answer.status_code, slug(answer)) == (503, "unavailable")
        assert answer.headers["retry-after"] == str(round(AWAY_SECONDS))
        as_weert = {"Authorization": f"Bearer {shared.keys[WEERT]}"}
        assert (await made.client.get("/v1/alerts", headers=as_weert)).status_code == 200
        found.status = 200
        made.seconds += AWAY_SECONDS
        assert (await made.by(text)).status_code == 200


async def test_others_are_answered_while_an_issuer_thinks(shared: Desk) -> None:
    async with at_site(shared, OLD) as (made, found):
        found.gate.clear()
        waiting = asyncio.create_task(made.by(signed(OLD, "RS256", claims())))
        while not found.asked:
            await asyncio.sleep(0)
        as_weert = {"Authorization": f"Bearer {shared.keys[WEERT]}"}
        assert (await made.client.get("/v1/alerts", headers=as_weert)).status_code == 200
        assert not waiting.done()
        found.gate.set()
        assert (await waiting).status_code == 200


async def test_an_issuer_speaks_for_its_own_parties_only(shared: Desk) -> None:
    async with site() as one, site() as other:
        one.pages["/jwks"], other.pages["/jwks"] = key_set(OLD), key_set(OTHER)
        weerts = replace(
            issuer("https://one.example", keys=f"{one.address}/jwks"),
            parties={"system": WEERT},
        )
        maass = replace(
            issuer("https://other.example", keys=f"{other.address}/jwks"),
            parties={"system": MAAS},
            may=frozenset({Need.PUBLISH}),
        )
        async with front(shared, weerts, maass) as made:
            said = claims(iss="https://one.example", client_id="system")
            assert (await made.by(signed(OLD, "RS256", said))).status_code == 200
            # With the key, and with the name of a key, of the other one.
            assert (await made.by(signed(OTHER, "RS256", said))).status_code == 401
            assert (await made.by(signed(OTHER, "RS256", said, kid="old"))).status_code == 401
            said = claims(iss="https://other.example", client_id="system")
            answer = await made.by(signed(OTHER, "RS256", said))
            assert (answer.status_code, slug(answer)) == (403, "not-allowed")


WRONG = [
    pytest.param(lambda: (), "", id="nothing"),
    pytest.param(lambda: ("Bearer",), "", id="no token"),
    pytest.param(lambda: ("Bearer  ",), "", id="blanks"),
    pytest.param(lambda: ("Basic c2s6c2s=",), "", id="another scheme"),
    pytest.param(lambda: ("Bearer a.b.c", "Bearer a.b.c"), "invalid_request", id="two"),
    pytest.param(lambda: ("Bearer sk_a", "Basic YTpi"), "invalid_request", id="two of two kinds"),
    pytest.param(lambda: ("Bearer sk_wrong",), "invalid_token", id="a wrong key"),
    pytest.param(lambda: ("Bearer sk_" + "x" * 60_000,), "invalid_token", id="a key without end"),
    pytest.param(lambda: ("Bearer SK_wrong",), "invalid_token", id="neither key nor token"),
    pytest.param(lambda: ("Bearer " + "x." * 30_000,), "invalid_token", id="a token without end"),
    pytest.param(lambda: ("Bearer e30.e30.e30 e30.e30.e30",), "invalid_token", id="two tokens"),
    pytest.param(lambda: ("Bearer \x01\x02\x7f",), "invalid_token", id="control characters"),
    pytest.param(lambda: ("Bearer sk_\x00",), "invalid_token", id="a key with a null"),
    pytest.param(lambda: ("Bearer a.b\t.c",), "invalid_token", id="a tab"),
    pytest.param(lambda: ("Bearer \xff\xfe.\xe9.\xe9",), "invalid_token", id="no ASCII"),
    *(
        pytest.param(lambda make=make: (f"Bearer {make()}",), "invalid_token", id=name)
        for name, make in {
            "expired": lambda: signed(OLD, "RS256", claims(exp=SECOND - 3600)),
            "not yet": lambda: signed(OLD, "RS256", claims(nbf=SECOND + 3600)),
            "another audience": lambda: signed(OLD, "RS256", claims(aud="other")),
            "another issuer": lambda: signed(OLD, "RS256", claims(iss="https://other.nl")),
            "another key": lambda: signed(OTHER, "RS256", claims(), kid="old"),
            "an unknown key": lambda: signed(OTHER, "RS256", claims()),
            "no party": lambda: signed(OLD, "RS256", claims(client_id="x")),
            "no signature": lambda: forged({"alg": "none"}, claims()),
            "no signature, with a key": lambda: forged({"alg": "none", "kid": "old"}, claims()),
            "by a secret": lambda: mac(
                OLD.as_pem(private=False), {"alg": "HS256", "kid": "old"}, claims()
            ),
            "critical": lambda: forged({"alg": "RS256", "crit": ["exp"]}, claims(), b"x"),
            "nested": lambda: signed(OLD, "RS256", claims(), cty="JWT"),
            "encrypted": lambda: "e30.e30.e30.e30.e30",
            "bound to a certificate": lambda: signed(
                OLD, "RS256", claims(cnf={"x5t#S256": "AAAA"})
            ),
        }.items()
    ),
]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that this process logs; afterwards it logs as it did."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    start_logs(stream, least=logging.DEBUG)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize(("sent", "error"), WRONG)
async def test_who_is_not_known_hears_why(
    sent: Callable[[], tuple[str, ...]], error: str, shared: Desk, logged: io.StringIO
) -> None:
    """In the words of RFC 6750; nothing of what was sent comes back, or into a log."""
    authorization = sent()
    async with at_site(shared, OLD) as (made, _found):
        answer = await made.get(*authorization)
    assert (answer.status_code, slug(answer)) == (401, "unauthenticated")
    told = answer.headers["www-authenticate"]
    if error:
        form = r'Bearer realm="seintje", error="(\w+)", error_description="([ -!#-\[\]-~]+)"'
        found = re.fullmatch(form, told)
        assert found, told
        assert found[1] == error
        assert answer.json()["violations"][0]["path"] == "header.Authorization"
    else:
        assert told == 'Bearer realm="seintje"'
    for part in re.split(r"[ .]", " ".join(authorization)):
        if len(part) > 12:
            assert part not in answer.text + str(answer.headers) + logged.getvalue()


async def test_a_token_that_is_bound_counts_with_its_certificate(shared: Desk) -> None:
    made = Authority().certify(names=["koppeling.weert.example.nl"])
    fingerprint = bytes.fromhex(made.fingerprint)
    async with at_site(shared, OLD) as (found, _site):
        bound = claims(cnf={"x5t#S256": b64(fingerprint)})
        headers = {"Authorization": f"Bearer {signed(OLD, 'RS256', bound)}", **forwarded(made)}
        assert (await found.client.get("/v1/alerts", headers=headers)).status_code == 401
        known = Identities(
            found.identity.identities.issuers,
            (Certified(WEERT, Trait("fingerprint", made.fingerprint), "own"),),
            (Trait("network", ip_network("127.0.0.0/8")),),
        )
        behind = replace(found.gateway, identity=replace(found.identity, identities=known))
        async with calling(behind, Contract()) as client:
            found.clock.at = int(made.certificate.not_valid_after_utc.timestamp() * 1000) - 1000
            at = found.clock.at // 1000
            bound |= {"exp": at + 60, "iat": at}
            headers["Authorization"] = f"Bearer {signed(OLD, 'RS256', bound)}"
            assert (await client.get("/v1/alerts", headers=headers)).status_code == 200


async def test_a_stream_ends_with_its_token(shared: Desk) -> None:
    async with at_site(shared, OLD) as (made, _found):
        party = shared.hub.parties.by_id[WEERT]
        caller = Caller(party, "token", "weert-zaken", until=NOW + 1)
        assert is_still(made.gateway, caller)
        made.clock.at = NOW + 1
        assert not is_still(made.gateway, caller)


@contextmanager
def provider(certificate: Path) -> Iterator[str]:
    """An OpenID provider over TLS; its address."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.identity.provider", str(certificate)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"https://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


async def test_the_keys_of_an_openid_provider_are_found(
    shared: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    certificate, trusted = tmp_path / "tls.pem", tmp_path / "trusted.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    trusted.write_bytes(authority.cert_pem.bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with provider(certificate) as address:
        text = await asyncio.to_thread(signed_in, address, trusted)
        file = tmp_path / "identities.yaml"
        file.write_text(
            f"issuers:\n  - issuer: {address}\n    audience: weert\n    claim: sub\n"
            f"    parties: {{koppeling: {WEERT}}}\n"
        )
        for networks, status in (((ip_network("127.0.0.0/8"),), 200), ((), 503)):
            settings = Settings(identities=file, allowed_networks=networks)
            identity = identity_of(settings, shared.hub.parties)
            gateway = replace(shared.hub.gateway(), identity=identity)
            async with calling(gateway, Contract()) as client:
                headers = {"Authorization": f"Bearer {text}"}
                assert (await client.get("/v1/alerts", headers=headers)).status_code == status
            await identity.close()


def signed_in(address: str, trusted: Path) -> str:
    """The token of a user of the provider, for the client `weert`."""
    with httpx.Client(base_url=address, verify=ssl.create_default_context(cafile=trusted)) as there:
        back = "https://127.0.0.1/back"
        asked = {
            "client_id": "weert",
            "redirect_uri": back,
            "response_type": "code",
            "scope": "openid",
        }
        answer = there.post("/oauth2/authorize", params=asked, data={"sub": "koppeling"})
        [code] = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
        sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        told = there.post("/oauth2/token", data=sent, auth=("weert", "secret"))
        return str(told.json()["id_token"])
