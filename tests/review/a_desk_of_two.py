"""What Ada, Ben and Opus do, in a word each."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlmodel import SQLModel, select

from agent.outlet import Outlet
from agent.review import actions
from agent.review.actions import Said, Span
from agent.review.bar import Decision
from agent.tables import Basis, Consent, Publish, Revision, Scope, Verdict
from agent.testing import a_piece

WHY = "It names a private person."
LONG_ENOUGH = 0.2
"""Seconds in which everybody has begun."""
Given = TypeVar("Given")
Found = TypeVar("Found")


def says(outlet: Outlet, revision: Revision, reviewer: str, verdict: Verdict) -> Decision:
    """Give a verdict on a revision, as it is stored."""
    said = Said(ground="personal-data", span=Span(0, 2), reason=WHY)
    return actions.review(outlet, revision.id, reviewer, verdict, record_sha256=revision.record_sha256, said=said)


def publishes(outlet: Outlet, revision: Revision, reviewer: str = "ada") -> Decision:
    """Ada says publish."""
    return says(outlet, revision, reviewer, Verdict.PUBLISH)


def a_public_piece(outlet: Outlet, text: str = "It rained.\n", **given: Any) -> Revision:
    """A piece that Ada published."""
    revision = a_piece(outlet, text, **given)
    publishes(outlet, revision)
    return revision


def a_vetoed_piece(outlet: Outlet, text: str = "It rained.\n", **given: Any) -> Revision:
    """A piece that Ada and Ben hold back."""
    revision = a_piece(outlet, text, **given)
    for reviewer in ("ada", "ben"):
        says(outlet, revision, reviewer, Verdict.VETO)
    return revision


def rows(outlet: Outlet, table: type[SQLModel]) -> list[Any]:
    """All rows of a table, in the order of their keys."""
    with outlet.database.read() as db:
        return sorted(db.exec(select(table)), key=lambda row: row.id)


def author_says(outlet: Outlet, publish: str, scope: str = "all") -> None:
    """Opus says this about being published, now, and it is applied."""
    said = {"publish": Publish(publish), "scope": Scope(scope), "basis": Basis.ASKED}
    with outlet.database.write() as db:
        db.add(Consent(author_id=1, at=outlet.now(), **said))


def at_once(outlet: Outlet, act: Callable[[Given], Found], each: Iterable[Given]) -> list[Found]:
    """What comes of an act that several do at the same time: all have begun before the first may write."""
    each = list(each)
    with ThreadPoolExecutor(len(each)) as pool, outlet.database.write():
        done = [pool.submit(act, one) for one in each]
        time.sleep(LONG_ENOUGH)
    return [future.result() for future in done]
