"""Pages are made by turns: of those that are asked for, a few at a time.

Making a page is work for the one interpreter of this process. Ten that are made at once only take it away from each
other, at every look into the database, and each comes later than if they had stood in line. What writes does not wait
here: it waits for the database, and must not hold up those that read.
"""

import asyncio
from asyncio import AbstractEventLoop, Semaphore
from weakref import WeakKeyDictionary

from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = 2
PATIENCE = 1.0
"""Seconds after which a page is made all the same: one that waits for something else may hold a turn for long."""


class Turns:
    """ASGI middleware. A turn ends where an answer begins, so that a slow reader holds none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._free: WeakKeyDictionary[AbstractEventLoop, Semaphore] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep the ASGI protocol."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        free = self._free.setdefault(asyncio.get_running_loop(), Semaphore(AT_ONCE))
        held = await _turn(free)

        async def ended(message: Message) -> None:
            nonlocal held
            if held and message["type"] == "http.response.start":
                held = False
                free.release()
            await send(message)

        try:
            await self.app(scope, receive, ended)
        finally:
            if held:
                free.release()


async def _turn(free: Semaphore) -> bool:
    """Wait for a turn; False where patience is over and there was none."""
    try:
        await asyncio.wait_for(free.acquire(), PATIENCE)
    except TimeoutError:
        return False
    return True
