"""What a browser keeps for us: the session, the language, and a sign-in that is under way.

Over https a cookie is of this host alone (`__Host-`); over http on this machine that cannot be.
Scripts read none of them, and other sites send them along with a click at most.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from hub.console.place import Place

SESSION: Final = "seintje"
SIGN_IN: Final = "seintje-sign-in"
LANGUAGE: Final = "seintje-language"


class Cookies:
    """The cookies of one request and its answer."""

    def __init__(self, request: Request, place: Place) -> None:
        self._request = request
        self._is_secure = place.is_secure(request)

    def find(self, name: str) -> str | None:
        """What the browser sent back under this name."""
        return self._request.cookies.get(self._named(name))

    def keep(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        """To be sent back; until the browser is closed where there is no number of seconds."""
        response.set_cookie(
            self._named(name),
            value,
            max_age=seconds,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def drop(self, response: Response, name: str) -> None:
        """Not to be sent back any more."""
        response.delete_cookie(
            self._named(name), path="/", secure=self._is_secure, httponly=True, samesite="lax"
        )

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self._is_secure else name
