"""Stylesheets and the icon, under a path that changes with what is in them.

So a browser keeps them for good, and never shows a page with the styles of an earlier release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

_FOLDER: Final = Path(__file__).with_name("static")
_MEDIA: Final[Mapping[str, str]] = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Asset(Struct, frozen=True):
    """A file and where it is served."""

    path: str
    digest: str
    media: str
    content: bytes


class Assets(Struct, frozen=True):
    """All of them by name."""

    by_name: Mapping[str, Asset]

    @classmethod
    def load(cls) -> Self:
        found = {}
        for file in sorted(_FOLDER.iterdir()):
            if file.suffix in _MEDIA:
                content = file.read_bytes()
                digest = hashlib.sha256(content).hexdigest()[:16]
                path = f"/static/{digest}/{file.name}"
                found[file.name] = Asset(path, digest, _MEDIA[file.suffix], content)
        return cls(found)

    def answer(self, request: Request) -> Response | None:
        """The file that is asked for; None if there is none of this name and content."""
        found = self.by_name.get(request.path_params["name"])
        if found is None or found.digest != request.path_params["digest"]:
            return None
        headers = {"ETag": f'"{found.digest}"', **_HEADERS}
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(found.content, 200, headers, found.media)
