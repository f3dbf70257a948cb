"""Pages are made by turns, and nothing is held up for long."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from agent.desk.door import turns
from agent.desk.door.turns import Turns


class Slow:
    """Notes who came in, and answers when it is told to."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.answers = asyncio.Event()
        self.ends = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside.append(scope["path"])
        if scope["path"] == "/fault":
            raise RuntimeError("a fault of ours")
        await self.answers.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.ends.wait()


async def _nothing() -> Any:
    return {"type": "http.request"}


async def _unheard(_: Any) -> None: ...


def asked(app: Turns, path: str, method: str = "GET") -> asyncio.Task[None]:
    return asyncio.create_task(app({"type": "http", "method": method, "path": path}, _nothing, _unheard))  # type: ignore[arg-type]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_two_pages_are_made_at_a_time_and_what_writes_waits_for_none() -> None:
    async def day() -> None:
        slow = Slow()
        app = Turns(slow)
        tasks = [asked(app, f"/{number}") for number in (1, 2, 3)] + [asked(app, "/verdict", "POST")]
        await settle()
        assert sorted(slow.inside) == ["/1", "/2", "/verdict"]
        slow.answers.set()
        await settle()
        assert slow.inside[-1] == "/3", "although nobody has read the others to their end"
        slow.ends.set()
        await asyncio.gather(*tasks)
        assert [task.done() for task in tasks] == [True] * 4

    asyncio.run(day())


def test_a_fault_gives_its_turn_back() -> None:
    async def day() -> None:
        slow = Slow()
        app = Turns(slow)
        for _ in range(3):
            with pytest.raises(RuntimeError):
                await asked(app, "/fault")
        waiting = [asked(app, "/1"), asked(app, "/2")]
        await settle()
        assert slow.inside[-2:] == ["/1", "/2"]
        slow.answers.set()
        slow.ends.set()
        await asyncio.gather(*waiting)

    asyncio.run(day())


def test_patience_ends_and_the_page_is_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.01)

    async def day() -> None:
        slow = Slow()
        app = Turns(slow)
        tasks = [asked(app, f"/{number}") for number in (1, 2, 3)]
        while len(slow.inside) < 3:
            await asyncio.sleep(0.005)
        slow.answers.set()
        slow.ends.set()
        await asyncio.gather(*tasks)
        again = [asked(app, "/4"), asked(app, "/5")]
        await asyncio.gather(*again)
        assert slow.inside[-2:] == ["/4", "/5"], "no turn was given back that was never had"

    asyncio.run(day())
