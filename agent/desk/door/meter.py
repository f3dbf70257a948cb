"""Counts requests and how long each took, by the template of its route."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.desk.figures import Registry
from agent.outlet import Outlet

ELSEWHERE = "none"
"""The route of what has none: a stranger may ask for anything, and none of it becomes a label."""
STATIC = "/static/"


class Meter:
    """ASGI middleware around everything, the guard included: what that refuses counts, too."""

    def __init__(self, app: ASGIApp, outlet: Outlet, registry: Registry) -> None:
        self.app = app
        self.outlet = outlet
        self.registry = registry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep the ASGI protocol."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = self.outlet.now(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            seconds = max(0.0, (self.outlet.now() - begun).total_seconds())
            self.registry.saw(scope["method"], route_of(scope), status, seconds)


def route_of(scope: Scope) -> str:
    """The template of the route that answered."""
    template = getattr(scope.get("route"), "path", "")
    if isinstance(template, str) and template:
        return template
    return STATIC if scope["path"].startswith(STATIC) and scope.get("endpoint") is not None else ELSEWHERE
