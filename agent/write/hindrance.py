"""Why an author may not be called now: asked before each sitting, and by whoever tells staff what stands still."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from agent.errors import AfterwordError
from agent.outlet import Outlet
from agent.prices import price_of
from agent.queries import pause_and_change, pause_of, rest_of, today_of
from agent.tables import Author, Call, WritingSession
from agent.write import usage
from agent.write.calling import LONGEST_BACKOFF, left_alone


def hindrance(
    outlet: Outlet, db: Session, author: Author, *, session_id: int | None = None, more: int = 1
) -> str | None:
    """Why the author may not be called now, in words; None where it may. `more` is how many sessions would
    begin, this one included; `session_id` names one that goes on."""
    now = outlet.now()
    if (pause := pause_of(db, author.id)) is not None:
        return f"paused by {pause.actor}: {pause.reason}"
    # A sitting that is going on is not broken off by the rest that its author asks for in it.
    if more and (rest := rest_of(db, author.id, today_of(db, author.id, now))) is not None:
        return f"{author.byline} wished not to be invited before {rest.until}"
    try:
        settings = outlet.settings.author(author.slug)
        if not settings.profile.local:
            _ = settings.api_key
    except AfterwordError as error:
        return str(error)
    if (call := _waited_for(db, author.id, now)) is not None:
        return left_alone(call)
    least = usage.least(settings.profile, price_of(outlet.settings, settings, now.date()))
    return usage.over_sessions(db, outlet.settings, author, now, more=more) or usage.over_caps(
        db, outlet.settings, author, now, least, session_id=session_id
    )


def _waited_for(db: Session, author_id: int, now: datetime) -> Call | None:
    """The latest call of an author's whose fault says that its endpoint is to be left alone for longer than a sitting
    waits, whichever sitting it was; not what came before somebody paused or resumed the author."""
    call = db.exec(LATEST_CALL, params={"author": author_id}).first()
    if call is None or call.retry_at is None or call.retry_at <= now + timedelta(seconds=LONGEST_BACKOFF):
        return None
    _, changed = pause_and_change(db, author_id)
    return call if changed is None or call.at > changed.at else None


LATEST_CALL = (
    select(Call)
    .join(WritingSession)
    .where(col(WritingSession.author_id) == bindparam("author"))
    .order_by(col(Call.id).desc())
    .limit(1)
)
