"""The console as routes: every page in one table, and what is checked before any of them.

In this order: that the request came by a name of ours, which language, who it is, and for a form
that one of our own pages sent it. Only then does a page see it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from hub.clocks import seconds
from hub.console import acting, looking, signing_in
from hub.console.console import Console
from hub.console.cookies import LANGUAGE, SESSION, Cookies
from hub.console.openid import CALLBACK
from hub.console.pages import HEADERS
from hub.console.sessions import Session
from hub.console.visit import FORM_TOKEN, Visit
from hub.console.words import LANGUAGES
from hub.domain.time import Instant
from hub.errors import Unavailable
from hub.settings import Language
from hub.wire.negotiation import liked_best

_Endpoint: TypeAlias = Callable[[Visit], Awaitable[Response]]

SLOWEST_SECONDS: Final = 10.0  # that a form may take to arrive

_LANGUAGE_SECONDS: Final = 365 * 86_400
_MOST_BYTES: Final = 16 * 1024
_MOST_FIELDS: Final = 20


class Page(NamedTuple):
    """A page, or what a form of ours is sent to. `open_to_all`: also to who is not signed in."""

    method: str
    path: str
    endpoint: _Endpoint
    open_to_all: bool = False


PAGES: Final = (
    Page("GET", "/", looking.overview),
    Page("GET", "/alerts/{alert_id}", looking.alert),
    Page("GET", "/households/{handle}", looking.household),
    Page("POST", "/alerts/{alert_id}/acknowledgement", acting.acknowledge),
    Page("POST", "/alerts/{alert_id}/approach", acting.agree_approach),
    Page("POST", "/alerts/{alert_id}/closure", acting.close),
    Page("GET", "/sign-in", signing_in.sign_in, open_to_all=True),
    Page("GET", "/sign-in/link", signing_in.open_link, open_to_all=True),
    Page("POST", "/sign-in/link", signing_in.use_link, open_to_all=True),
    Page("GET", "/sign-in/openid", signing_in.ask_provider, open_to_all=True),
    Page("GET", CALLBACK, signing_in.come_back, open_to_all=True),
    Page("GET", "/sign-in/party", signing_in.choices, open_to_all=True),
    Page("POST", "/sign-in/party", signing_in.choose, open_to_all=True),
    Page("POST", "/sign-out", signing_in.sign_out, open_to_all=True),
    Page("GET", "/sign-out", signing_in.signed_out, open_to_all=True),
)


def routes(console: Console) -> list[Route]:
    """Every page of the console, and what they load."""
    pages = [Route(it.path, _answering(console, it), methods=[it.method]) for it in PAGES]
    return [*pages, Route("/static/{digest}/{name}", _asset(console), methods=["GET"])]


def _answering(console: Console, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        started = seconds()
        response = await _answer(console, page, request)
        console.answered(page.path, response.status_code, seconds() - started)
        return response

    return answer


async def _answer(console: Console, page: Page, request: Request) -> Response:
    now = console.wall.now()
    words = console.pages.words[_language(console, request)]
    origin = console.place.origin_of(request)
    if origin is None:
        return HTMLResponse(words("trouble.elsewhere"), 421, HEADERS)
    cookies = Cookies(request, console.place)
    visit = Visit(
        console=console,
        request=request,
        cookies=cookies,
        origin=origin,
        words=words,
        session=console.sessions.find(cookies.find(SESSION), now),
    )
    before = visit.session
    try:
        response = await _checked(visit, page)
    except Unavailable as away:
        response = visit.trouble("unavailable", 503)
        response.headers["Retry-After"] = str(max(1, round(away.retry_after)))
    if request.query_params.get("lang") == words.language:
        cookies.keep(response, LANGUAGE, words.language, _LANGUAGE_SECONDS)
    _keep_session(response, visit, before, now)
    return response


def _keep_session(response: Response, visit: Visit, before: Session | None, now: Instant) -> None:
    sessions, session = visit.console.sessions, visit.session
    if session is not None:
        session = sessions.refreshed(session, now)
    if session == before:
        return
    if session is None:
        visit.cookies.drop(response, SESSION)
    else:
        visit.cookies.keep(response, SESSION, sessions.cookie_of(session))


async def _checked(visit: Visit, page: Page) -> Response:
    if page.method == "POST":
        form = await _form(visit.request)
        if form is None:
            return visit.trouble("form", 400)
        if not _is_ours(visit, form):
            return visit.trouble("form", 403)
        visit.form = form
    if visit.party is None and not page.open_to_all:
        return visit.go("/sign-in/party" if visit.session else "/sign-in")
    return await page.endpoint(visit)


async def _form(request: Request) -> dict[str, str] | None:
    """The fields that were sent; None if it is no form of ours, or does not come to an end."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/x-www-form-urlencoded":
        return None
    try:
        async with asyncio.timeout(SLOWEST_SECONDS):
            text = (await _body(request)).decode("ascii")
        return dict(parse_qsl(text, True, True, errors="strict", max_num_fields=_MOST_FIELDS))
    except (TimeoutError, ValueError):
        return None


async def _body(request: Request) -> bytes:
    """What was sent; ValueError if it is too much."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise ValueError
    return bytes(body)


def _is_ours(visit: Visit, form: dict[str, str]) -> bool:
    """Whether one of our own pages sent it. Browsers say so themselves, and the token proves it:
    no page of another site can read one. Who is not signed in has none, and nothing to lose."""
    headers = visit.request.headers
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    # A page that sends no referrer sends `null` for its origin too.
    if site is None and headers.get("origin", "null") not in ("null", visit.origin):
        return False
    session = visit.session
    if session is None:
        return True
    return visit.console.sessions.is_form_token(session, form.get(FORM_TOKEN, ""))


def _language(console: Console, request: Request) -> Language:
    """What was asked for last, else what the browser likes best, else that of the hub."""
    cookies = Cookies(request, console.place)
    chosen = (request.query_params.get("lang"), cookies.find(LANGUAGE))
    liked = liked_best(",".join(request.headers.getlist("accept-language")))
    for name in (*chosen, *(it.partition("-")[0] for it in liked)):
        for language in LANGUAGES:
            if name == language:
                return language
    return console.language


def _asset(console: Console) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        found = console.pages.assets.answer(request)
        if found is None:
            raise HTTPException(404)
        return found

    return answer
