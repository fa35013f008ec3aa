"""Signing in and out: by a one-time link, or at the organisation's own OpenID provider."""

from __future__ import annotations

from typing import Final

import structlog
from starlette.responses import Response

from hub.console.cookies import SIGN_IN
from hub.console.links import PATH
from hub.console.openid import CALLBACK, NotSignedIn
from hub.console.sessions import EVERY, Session
from hub.console.visit import Visit
from hub.domain.parties import Party
from hub.errors import Misconfigured

CHOICE_PATH: Final = "/sign-in/party"

_log = structlog.get_logger("seintje.console")


async def sign_in(visit: Visit) -> Response:
    """How one signs in here."""
    if visit.party is not None:
        return visit.go("/")
    console = visit.console
    by_openid, by_link = console.openid is not None, console.links is not None
    return visit.page("sign-in.html", by_openid=by_openid, by_link=by_link)


async def open_link(visit: Visit) -> Response:
    """Whoever opens a link says so with a button: what only looks (a mail scanner, a preview) does
    not use it up."""
    token = visit.request.query_params.get("token", "")
    links = visit.console.links
    party = None if links is None else links.find(token, visit.console.wall.now())
    if party is None:
        return visit.trouble("link", 410)
    return visit.page("link.html", token=token, parties=_parties(visit, _may(party)), action=PATH)


async def use_link(visit: Visit) -> Response:
    """Signed in, with the party that was chosen where there is a choice."""
    console, now = visit.console, visit.console.wall.now()
    token = visit.form.get("token", "")
    party = None if console.links is None else await console.links.spend(token, now)
    if party is None:
        return visit.trouble("link", 410)
    session = console.sessions.begin(_may(party), visit.form.get("party", ""), now)
    return _begun(visit, session)


async def ask_provider(visit: Visit) -> Response:
    """To the OpenID provider of the organisation."""
    console = visit.console
    if console.openid is None:
        return visit.trouble("not-found", 404)
    try:
        question = await console.openid.ask(_callback(visit), console.wall.now())
    except Misconfigured as wrong:
        return _not_signed_in(visit, wrong)
    response = visit.go(question.url)
    visit.cookies.keep(response, SIGN_IN, question.cookie)
    return response


async def come_back(visit: Visit) -> Response:
    """Back from the OpenID provider, with its answer."""
    console, now = visit.console, visit.console.wall.now()
    if console.openid is None:
        return visit.trouble("not-found", 404)
    kept, answer = visit.cookies.find(SIGN_IN), visit.request.query_params
    try:
        named = await console.openid.parties_of(answer, kept, _callback(visit), now)
    except (Misconfigured, NotSignedIn) as wrong:
        return _not_signed_in(visit, wrong)
    may = tuple(it for it in named if it in console.parties.by_id)
    if not may:
        return visit.trouble("no-party", 403)
    session = console.sessions.begin(may, may[0] if len(may) == 1 else "", now)
    response = _begun(visit, session)
    visit.cookies.drop(response, SIGN_IN)
    return response


async def choices(visit: Visit) -> Response:
    """The parties that somebody may look through, where those are several."""
    if visit.session is None:
        return visit.go("/sign-in")
    parties = _parties(visit, visit.session.may)
    return visit.page("link.html", token="", parties=parties, action=CHOICE_PATH)


async def choose(visit: Visit) -> Response:
    """Look through another party, in a session of its own."""
    before, now = visit.session, visit.console.wall.now()
    if before is None:
        return visit.go("/sign-in")
    sessions = visit.console.sessions
    sessions.end(before, now)
    return _begun(visit, sessions.begin(before.may, visit.form.get("party", ""), now))


async def sign_out(visit: Visit) -> Response:
    """Nobody any more."""
    if visit.session is not None:
        visit.console.sessions.end(visit.session, visit.console.wall.now())
    visit.session = None
    return visit.go("/sign-out")


async def signed_out(visit: Visit) -> Response:
    """That it worked."""
    return visit.page("signed-out.html")


def _callback(visit: Visit) -> str:
    return f"{visit.origin}{CALLBACK}"


def _not_signed_in(visit: Visit, why: Exception) -> Response:
    """The reason is for operators; who wanted in can only try again."""
    _log.warning("nobody was signed in", says=str(why))
    response = visit.trouble("openid", 502 if isinstance(why, Misconfigured) else 403)
    visit.cookies.drop(response, SIGN_IN)
    return response


def _begun(visit: Visit, session: Session) -> Response:
    visit.session = session
    return visit.go("/" if visit.party else CHOICE_PATH)


def _may(party: str) -> tuple[str, ...]:
    return (party,) if party else EVERY


def _parties(visit: Visit, may: tuple[str, ...]) -> list[Party]:
    known = visit.console.parties.by_id
    return sorted(
        (known[it] for it in (known if may == EVERY else may) if it in known),
        key=lambda party: party.name,
    )
