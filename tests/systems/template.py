"""The small system of the template connector: reports in the order of their last change, and tasks
under keys."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY = "sleutel-van-het-systeem"


class TemplateSystem:
    """Its store, and what a test lets happen to it."""

    def __init__(self) -> None:
        self.reports: list[dict[str, Any]] = []
        self.tasks: dict[str, dict[str, Any]] = {}
        self.calls = 0
        self.fails_with: int | None = None
        self._changed = 0

    def put(self, id_: str, **changes: Any) -> None:
        """A report comes, or changes."""
        known = next((it for it in self.reports if it["id"] == id_), None)
        usual = {
            "id": id_,
            "contract": "H-1",
            "reportedOn": "2024-02-01",
            "cause": "resident",
            "category": "other",
        }
        self._changed += 1
        report = usual | (known or {}) | changes | {"changed": self._changed}
        self.reports = [it for it in self.reports if it["id"] != id_] + [report]

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/reports", self._list, methods=["GET"]),
                Route("/tasks", self._task, methods=["POST"]),
            ]
        )

    async def _list(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        after, limit = int(request.query_params.get("after") or 0), 2
        found = [it for it in self.reports if it["changed"] > after]
        page = found[:limit]
        following = str(page[-1]["changed"] if page else after)
        return JSONResponse({"reports": page, "next": following, "more": len(found) > limit})

    async def _task(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        task = await request.json()
        is_new = task["key"] not in self.tasks
        self.tasks.setdefault(task["key"], task)
        return Response(status_code=201 if is_new else 200)

    def _refused(self, request: Request) -> Response | None:
        self.calls += 1
        if request.headers.get("x-api-key") != KEY:
            return Response(status_code=401)
        return None if self.fails_with is None else Response(status_code=self.fails_with)
