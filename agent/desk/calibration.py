"""How far reviewers agree, how long they take, what vetoes rest on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from agent import noise
from agent.desk.door.login import Staff, Who
from agent.desk.pages import Here, page
from agent.desk.shown import charts
from agent.queries import author_called
from agent.review import figures
from agent.review.figures import Within
from agent.tables import Author, StaffRole

A_YEAR = timedelta(days=364)

router = APIRouter()


@dataclass(frozen=True)
class Asked:
    """The period, both days included, and the author that somebody wants to see figures of."""

    since: date
    until: date
    author: str


@router.get("/calibration")
def show(request: Request, outlet: Here, who: Who) -> Response:
    """Show the figures of a period, the last year if none is named, of one author or of all."""
    asked, now = _asked(request, outlet.now()), outlet.now()
    with outlet.database.read() as db:
        within = _within(db, asked)
        names = {ground.name: ground.title for ground in outlet.prompts.grounds()}
        said = figures.given(db, within)
        sections = [
            charts.agreement(*figures.agreement(db, within), outlet.settings.blind_share),
            *charts.times(figures.times(db, within)),
            charts.ages(figures.ages(db, now, within.author)),
            charts.verdicts(figures.verdicts(said)),
            charts.grounds(figures.grounds(db, within), names),
            charts.reversals(figures.taken_back(said), figures.sent_back(said), figures.overturned(db, within)),
            charts.precision(
                list(noise.precision(db, since=within.since, until=within.until, author=within.author).values())
            ),
        ]
        people = _people(who, figures.people(db, within, said))
        authors = db.exec(select(Author).order_by(col(Author.slug))).all()
    return page(request, "calibration.html", sections=sections, asked=asked, authors=authors, people=people)


def _people(who: Staff, found: Sequence[figures.Person]) -> Sequence[figures.Person]:
    """One's own figures; everybody's for administrators, who answer for how the work is shared. Nobody else sees any:
    a table of colleagues is read as a race, and what it rewards is speed and agreeing with whoever reads first."""
    return found if who.may(StaffRole.ADMINISTRATOR) else [person for person in found if person.name == who.name]


def _asked(request: Request, now: datetime) -> Asked:
    given, today = request.query_params, now.astimezone(UTC).date()
    try:
        until = date.fromisoformat(given["to"]) if given.get("to") else today
        since = date.fromisoformat(given["from"]) if given.get("from") else until - A_YEAR
        _start(until + timedelta(days=1))
    except (ValueError, OverflowError):
        raise HTTPException(422, "A day is written as 2026-11-30.") from None
    return Asked(since, until, given.get("author", ""))


def _within(db: Session, asked: Asked) -> Within:
    author = author_called(db, asked.author) if asked.author else None
    if asked.author and author is None:
        raise HTTPException(422, "There is no author of that name.")
    return Within(_start(asked.since), _start(asked.until + timedelta(days=1)), author.id if author else None)


def _start(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)
