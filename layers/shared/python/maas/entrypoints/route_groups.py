"""Groups of routes that are made at the first request to one of their paths.

A function with many routes serves few of them before it ends. What only the others need is not imported for a cold
start. A process with provisioned concurrency makes all groups in advance: nobody waits for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from maas.platform.timings import starts_on_demand


@dataclass(frozen=True, slots=True)
class RouteGroup:
    """The routes at `paths` and below them. No path is below one of another group."""

    paths: tuple[str, ...]
    make: Callable[[], Sequence[APIRouter]]

    def has(self, path: str) -> bool:
        return any(path == each or path.startswith(f"{each}/") for each in self.paths)


class RouteGroups:
    """The groups of an app, each of which is made once."""

    def __init__(self, app: FastAPI, declared: Sequence[RouteGroup]) -> None:
        self.declared = declared
        self._app = app
        self._left = list(declared)
        if not starts_on_demand():
            self.make_all()

    def make(self, path: str) -> None:
        """Adds the routes of the path's group to the app, once."""
        for group in [each for each in self._left if each.has(path)]:
            self._add(group)

    def make_all(self) -> None:
        """Adds all routes to the app."""
        for group in list(self._left):
            self._add(group)

    def _add(self, group: RouteGroup) -> None:
        for router in group.make():
            self._app.include_router(router)
        self._left.remove(group)


class MadeOnDemand:
    """Pure ASGI middleware inside the gate: makes the routes of a request's path before a route is looked for."""

    def __init__(self, app: ASGIApp, groups: RouteGroups) -> None:
        self._app = app
        self._groups = groups

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._groups.make(scope["path"])
        await self._app(scope, receive, send)


def complete(app: FastAPI) -> FastAPI:
    """The app with all its routes."""
    groups: RouteGroups = app.state.groups
    groups.make_all()
    return app
