"""One visit: a request, who makes it, in which language, and how it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.console.console import Console
from hub.console.cookies import Cookies
from hub.console.moments import Moments
from hub.console.pages import HEADERS
from hub.console.sessions import EVERY, Session
from hub.console.words import Words
from hub.domain.parties import Party

FORM_TOKEN: Final = "form_token"


class Visit(Struct, eq=False, kw_only=True):
    """`session` is what the browser is to have afterwards; None: nobody is signed in. `form` is
    what was sent, once it was found to come from one of our own pages."""

    console: Console
    request: Request
    cookies: Cookies
    origin: str
    words: Words
    session: Session | None
    form: Mapping[str, str] = {}

    @property
    def party(self) -> Party | None:
        """The party that is looked through."""
        return self.console.sessions.party_of(self.session) if self.session else None

    @property
    def moments(self) -> Moments:
        return Moments(self.words, self.console.clock.now())

    def page(self, template: str, status: int = 200, **fields: Any) -> Response:
        """A page out of a template. What was to be told once is told on it."""
        session, sessions = self.session, self.console.sessions
        told = session.told if session else ""
        if session and told:
            self.session = replace(session, told="")
        shown = {
            "words": self.words,
            "moments": self.moments,
            "this_page": self._this_page(),
            "party": self.party,
            "session": session,
            "may_choose": session is not None and (session.may == EVERY or len(session.may) > 1),
            "form_token": sessions.form_token(session) if session else "",
            "told": told,
        }
        html = self.console.pages.html(template, shown | fields)
        return HTMLResponse(html, status, {**HEADERS, "Content-Language": self.words.language})

    def _this_page(self) -> str:
        """The address of this page, to which a language can be added."""
        request = self.request
        if request.method != "GET":
            return "/?"
        query = [(name, it) for name, it in request.query_params.items() if name != "lang"]
        return f"{quote(request.url.path)}?{urlencode(query)}" + ("&" if query else "")

    def trouble(self, why: str, status: int) -> Response:
        """A page that says in words why there is nothing else."""
        return self.page("trouble.html", status, why=why)

    def go(self, path: str, told: str = "") -> Response:
        """To a page of ours, which says once what was `told`."""
        if told and self.session:
            self.session = replace(self.session, told=told)
        return RedirectResponse(path, 303, HEADERS)
