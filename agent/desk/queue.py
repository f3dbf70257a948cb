"""What waits for people, as each of them likes to see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select

from agent.desk.door.login import Staff, Who
from agent.desk.pages import Here, page
from agent.notices import Notice, notices
from agent.outlet import Outlet
from agent.review import going, presence
from agent.review.ageing import Ageing, ageing
from agent.review.queue import Page, Stands, Viewer, Wanted, Worst, appeals, skipped_by, withdrawals
from agent.review.queue import page as page_of
from agent.review.views import views
from agent.tables import Author, Kind, StaffRole

router = APIRouter()

NEWEST = 2**31 - 1
APPEALS = 10
MANY, STAYS = 2_000, timedelta(seconds=10)
"""From so many on, what every viewer is told alike stays what it is for so long."""
WORST = {
    Worst.STOP: "stop",
    Worst.LOOK: "look",
    Worst.NOTE: "note",
    Worst.NONE: "no flags",
    Worst.UNCHECKED: "not checked",
}
STANDS = {
    Stands.UNTOUCHED: "untouched",
    Stands.VETO: "a veto waits for a second",
    Stands.ESCALATED: "another reviewer is asked",
    Stands.SECOND: "needs a second to publish",
}
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Shared:
    """What every viewer of the queue is told alike: how many wait, and what stands still."""

    ageing: Ageing
    notices: Sequence[Notice]


@router.get("/")
def begin() -> Response:
    """The desk opens at the queue."""
    return RedirectResponse("/queue", 303)


@router.get("/queue")
def show(request: Request, outlet: Here, who: Who, after: int | None = None, before: int | None = None) -> Response:
    """Show what stands still, what waits to be read, oldest first, what goes out next and what was decided last."""
    return queue_page(request, outlet, who, request.query_params, after=_row(after), before=_row(before))


def queue_page(
    request: Request,
    outlet: Outlet,
    who: Staff,
    asked: Mapping[str, str],
    *,
    after: int | None = None,
    before: int | None = None,
    status: int = 200,
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    """The queue as an address asks for it; a refusal says why something was not done."""
    wanted, odd = wanted_of(asked)
    viewer, is_first = Viewer(who.id, who.name, outlet.now()), after is None and before is None
    with outlet.database.read() as db:
        found = page_of(db, wanted, viewer, after=after, before=before)
        facts = _at_rows(db, who, viewer, found)
        shared = _shared(request, outlet, db)
        facts["ageing"] = None if who.calm else shared.ageing
        # Who chose something looks for that, and who turned the page for more of it.
        facts |= _below(outlet, db, who, shared) if is_first and wanted == Wanted() else {"below": False}
    return page(
        request,
        "queue.html",
        status=status,
        found=found,
        wanted=wanted,
        odd=odd,
        query=query_of(wanted),
        asked=wanted != Wanted(),
        kinds=[(kind.value, kind.value) for kind in Kind],
        worst_words=WORST,
        stands_words=STANDS,
        taken=asked.get("taken", ""),
        is_first=is_first,
        refusal=refusal,
        given=given or {},
        **facts,
    )


def _at_rows(db: Session, who: Staff, viewer: Viewer, found: Page) -> dict[str, Any]:
    """Who is at the rows of a page, and what they can be chosen by."""
    ids = [row.revision for row in found.rows]
    return {
        "authors": db.exec(select(Author.slug, Author.byline).order_by(col(Author.byline))).all(),
        "views": views(db, who.id),
        "readers": presence.readers(db, ids, viewer.now),
        "claims": presence.claims(db, ids, viewer.now),
        "skipped": set(skipped_by(db, viewer)),
    }


def _below(outlet: Outlet, db: Session, who: Staff, shared: Shared) -> dict[str, Any]:
    """What stands still, and what stands below the list."""
    soon = going.going(outlet, db, who.name)
    return {
        "below": True,
        "notices": shared.notices,
        "going": soon,
        "going_in_all": going.how_many(db) if len(soon) == going.SHOWN else len(soon),
        "appeals": appeals(db, APPEALS),
        "withdrawals": withdrawals(db),
        "grounds": outlet.prompts.grounds(),
        "second_looks": outlet.settings.blind_share > 0 and who.may(StaffRole.REVIEWER),
        "decided": going.decided(outlet, db, who.name if who.may(StaffRole.REVIEWER) else ""),
    }


def _shared(request: Request, outlet: Outlet, db: Session) -> Shared:
    """The same for everybody. Where many wait, it is asked for anew only after a while: nobody can tell 40,000 from
    40,003, and many look at once."""
    kept: tuple[datetime, Shared] | None = getattr(request.app.state, "shared", None)
    now = outlet.now()
    if kept is not None and kept[1].ageing.total >= MANY and timedelta(0) <= now - kept[0] < STAYS:
        return kept[1]
    shared = Shared(ageing(db, now), notices(outlet, db))
    request.app.state.shared = (now, shared)
    return shared


def wanted_of(asked: Mapping[str, str]) -> tuple[Wanted, list[str]]:
    """What the query of an address asks for, and which words in it mean nothing here."""
    odd: list[str] = []

    def word(words: type[Word], name: str) -> Word | None:
        said = asked.get(name, "")
        try:
            return words(said) if said else None
        except ValueError:
            odd.append(f"{name}={said[:40]}")
            return None

    wanted = Wanted(
        author=asked.get("author", "").strip(),
        kind=word(Kind, "kind"),
        form=asked.get("form", "").strip()[:200],
        worst=word(Worst, "worst"),
        stands=word(Stands, "stands"),
        mine=asked.get("mine", "") == "yes",
    )
    return wanted, odd


def query_of(wanted: Wanted) -> str:
    """The same as the query of an address; empty where everything is wanted."""
    said = {
        "author": wanted.author,
        "kind": wanted.kind or "",
        "form": wanted.form,
        "worst": wanted.worst or "",
        "stands": wanted.stands or "",
        "mine": "yes" if wanted.mine else "",
    }
    return urlencode({name: str(value) for name, value in said.items() if value})


def _row(number: int | None) -> int | None:
    return None if number is None else max(0, min(number, NEWEST))
