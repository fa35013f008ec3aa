"""What is the same for every call: who asks, strict queries, problems, and no mistakes of ours."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from structlog.testing import capture_logs

from hub.errors import Bug, Unavailable
from hub.gateway import api_keys
from hub.gateway.app import OPEN, calls
from hub.gateway.problems import EXPLAINED, Trouble
from tests.gateway.contract import Contract
from tests.gateway.desk import BATCH, MAAS, STRUCTURED, WEERT, Desk, calling, slug
from tests.streams.world import signed

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALERT = "al-" + "a" * 26
PATHS = [(call.method, re.sub(r"\{[^}]*\}", ALERT, call.path)) for call in calls()]


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_without_a_key_nobody_gets_an_answer_from(
    method: str, path: str, shared: Desk
) -> None:
    answer = await shared.call(method, path, None)
    assert (answer.status_code, slug(answer)) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="seintje"'


@pytest.mark.parametrize(
    "sent",
    ["Bearer", "Bearer ", "Bearer sk_wrong", "Basic c2s6c2s=", "sk_wrong", "Bearer sk_é"],
)
async def test_no_key_is(sent: str, shared: Desk) -> None:
    answer = await shared.call(
        "GET", "/v1/alerts", None, headers={"Authorization": sent.encode("latin-1")}
    )
    assert answer.status_code == 401


async def test_a_wrong_key_is_told_apart_from_none(shared: Desk) -> None:
    headers = {"Authorization": "Bearer sk_wrong"}
    answer = await shared.call("GET", "/v1/alerts", None, headers=headers)
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_key_is_good_until_it_is_revoked(shared: Desk) -> None:
    data = shared.hub.settings.data
    with api_keys.editing(data) as keys:
        old, new = (api_keys.create(keys, MAAS, now) for now in (1, 2))
    for key in (old, new):
        headers = {"Authorization": f"bearer {key.secret}"}
        assert (await shared.call("GET", "/v1/alerts", None, headers=headers)).status_code == 200
    with api_keys.editing(data) as keys:
        assert api_keys.revoke(keys, MAAS, old.digest[:12], 3) == 1
        assert api_keys.revoke(keys, MAAS, old.digest[:12], 4) == 0
        assert [it.revoked_at for it in api_keys.stored(keys, MAAS) if it.created_at] == [3, None]
    statuses = [
        (
            await shared.call(
                "GET", "/v1/alerts", None, headers={"Authorization": f"Bearer {key.secret}"}
            )
        ).status_code
        for key in (old, new)
    ]
    assert statuses == [401, 200]


async def test_a_key_is_stored_as_its_digest_only(shared: Desk) -> None:
    stored = b"".join(
        path.read_bytes() for path in shared.hub.settings.data.iterdir() if path.is_file()
    )
    assert shared.keys[MAAS].encode() not in stored


async def test_the_key_of_a_party_that_left_is_no_key(shared: Desk) -> None:
    with api_keys.editing(shared.hub.settings.data) as keys:
        gone = api_keys.create(keys, "corporatie-gone", 0)
    headers = {"Authorization": f"Bearer {gone.secret}"}
    assert (await shared.call("GET", "/v1/alerts", None, headers=headers)).status_code == 401


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_an_unknown_parameter_is_declined_by(method: str, path: str, shared: Desk) -> None:
    answer = await shared.call(method, path, MAAS, {"dryrun": "true"})
    assert (answer.status_code, slug(answer)) == (400, "unknown-parameter")
    assert [it["path"] for it in answer.json()["violations"]] == ["query.dryrun"]


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/alerts/", "/v1/households", "/V1/alerts"])
async def test_there_is_nothing_at(path: str, shared: Desk) -> None:
    answer = await shared.call("GET", path, MAAS)
    assert (answer.status_code, slug(answer)) == (404, "not-found")
    assert answer.headers["api-version"] == "1.0.0"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/events", {"POST"}),
        ("DELETE", "/v1/alerts", {"GET", "HEAD"}),
        ("TRACE", "/healthz", {"GET", "HEAD"}),
        ("GET", "/v1/households/lookup", {"POST"}),
    ],
)
async def test_a_method_that_a_call_does_not_have_is_told_which_it_has(
    method: str, path: str, allowed: set[str], shared: Desk
) -> None:
    answer = await shared.call(method, path, MAAS)
    assert (answer.status_code, slug(answer)) == (405, "method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) == allowed


async def test_all_methods_of_a_path_are_told(shared: Desk) -> None:
    answer = await shared.call("PUT", "/v1/subscriptions/sb-nobodys", MAAS)
    told = {it.strip() for it in answer.headers["allow"].split(",")}
    assert (answer.status_code, told) == (405, {"GET", "HEAD", "PATCH", "DELETE"})


@pytest.mark.parametrize("path", OPEN)
async def test_health_needs_no_key(path: str, shared: Desk) -> None:
    assert (await shared.call("GET", path, None)).status_code == 200


class Broken:
    """A log that does what it is told to: fail."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    async def append(self, stream: str, records: Any) -> Any:
        raise self.fault


def with_log(desk: Desk, log: Broken) -> httpx.AsyncClient:
    gateway = desk.hub.gateway()
    broken = replace(gateway, reception=replace(gateway.reception, log=log))
    return calling(broken, Contract())


async def test_a_store_that_is_away_is_told_with_when_to_try_again(shared: Desk) -> None:
    async with with_log(shared, Broken(Unavailable("disk full at /var/secret", 30.0))) as client:
        desk = Desk(shared.hub, shared.clock, client)
        answer = await desk.post(signed(id_=shared.fresh("e")), MAAS)
    assert (answer.status_code, slug(answer)) == (503, "unavailable")
    assert "stored" not in answer.json()["detail"]  # of what was under way nobody can say
    assert answer.headers["retry-after"] == "30"
    assert "secret" not in answer.text


async def test_the_log_says_why_calls_were_put_off_and_does_not_repeat_it(shared: Desk) -> None:
    """Nobody can ask `/readyz` afterwards."""
    away = [Unavailable("the journal is away", 5.0), Unavailable("no space left", 30.0)]
    log = Broken(away[0])
    async with with_log(shared, log) as client:
        desk = Desk(shared.hub, shared.clock, client)
        with capture_logs() as logs:
            for log.fault in (away[0], away[0], away[1], away[0]):
                await desk.post(signed(id_=shared.fresh("e")), MAAS)
    told = [(it["event"], it["says"], it["retry_after"]) for it in logs]
    assert told == [("calls were put off", str(it), it.retry_after) for it in away]


async def test_a_mistake_of_ours_says_nothing_of_what_went_wrong(shared: Desk) -> None:
    async with with_log(shared, Broken(Bug("lease L-1 of 111222333"))) as client:
        desk = Desk(shared.hub, shared.clock, client)
        answer = await desk.post(signed(id_=shared.fresh("e")), MAAS)
    assert (answer.status_code, slug(answer)) == (500, "internal-error")
    assert "L-1" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["api-version"] == "1.0.0"


@pytest.mark.parametrize("trouble", Trouble)
async def test_every_trouble_is_explained_in_both_languages(trouble: Trouble) -> None:
    known = EXPLAINED[trouble]
    assert 400 <= known.status < 600
    assert all(known)
    assert known.title != known.title_nl


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
NAMES = ["specversion", "id", "source", "type", "time", "data", "data_base64", "datacontenttype"]


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Bytes, JSON, and events of ours with something else in one place."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(st.binary(max_size=300))
    if kind == 1:
        return msgspec.json.encode(draw(JSON))
    sent: dict[str, Any] = dict(signed(id_=draw(st.text(min_size=1, max_size=10))))
    if kind == 2:
        sent[draw(st.sampled_from(NAMES))] = draw(JSON)
    else:
        sent["data"] = sent["data"] | {draw(st.sampled_from(list(sent["data"]))): draw(JSON)}
    event = msgspec.json.encode(sent)
    return b"[" + event + b"]" if draw(st.booleans()) else event


PLENTY = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@PLENTY
@given(body=bodies(), media=st.sampled_from([STRUCTURED, BATCH, "application/json"]))
async def test_whatever_is_posted_is_answered(body: bytes, media: str, shared: Desk) -> None:
    answer = await shared.post(body, MAAS, media)
    assert answer.status_code in (202, 400, 403, 409, 413), answer.text


@PLENTY
@given(
    path=st.sampled_from([path for _, path in PATHS])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(
        lambda text: "/" + quote(text)
    ),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"]),
    query=st.dictionaries(
        st.sampled_from(["cursor", "status", "limit", "order", "dryRun"]) | st.text(max_size=8),
        st.text(max_size=12),
        max_size=3,
    ),
    headers=st.dictionaries(
        st.sampled_from(["ce-id", "ce-type", "Content-Type", "Idempotency-Key", "Accept-Language"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
        max_size=3,
    ),
)
async def test_whatever_is_asked_is_answered(
    path: str, method: str, query: dict[str, str], headers: dict[str, str], shared: Desk
) -> None:
    safe = "/" + quote(path.removeprefix("/"), safe="/:")
    answer = await shared.call(method, safe, WEERT, query, headers=headers)
    assert answer.status_code < 500
