"""Whether the outlet does its work, as far as rows tell: nothing may be left undone for long that needs no person."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from agent.notices.sending import GIVEN_UP
from agent.outlet import Outlet
from agent.queries import pause_of
from agent.review.resolutions import held_up, pending
from agent.tables import Cadence, CheckRun, Edition, Notification, Publication, Revision, Withdrawal

PATIENCE = timedelta(minutes=10)
"""So long a step may take, or be tried again; beyond that, nobody seems to be at it."""
LOOKED_AT = 100
"""So many of the newest texts are looked at."""
RUN = "look whether `afterword up` runs"


def lacks(outlet: Outlet) -> list[str]:
    """What is missing, in words without a secret; nothing where all is well."""
    try:
        with outlet.database.read() as db:
            db.exec(select(1)).one()
    except SQLAlchemyError:
        return ["the database does not answer"]
    if not outlet.database.is_current():
        return ["the database has the schema of another version of this program"]
    with outlet.database.read() as db:
        return [f"{words}: {RUN}" for words in _undone(outlet, db)]


def _undone(outlet: Outlet, db: Session) -> Iterator[str]:
    """What only the process that holds the engine does, and has not done for long."""
    before = outlet.now() - PATIENCE
    missed = db.exec(select(Cadence.author_id).where(col(Cadence.next_due) <= before))
    if any(pause_of(db, author_id) is None for author_id in missed.all()):
        yield "an author has been due for more than ten minutes, and has no slot"
    if any(each.due_at <= before and not held_up(outlet, db, each) for each in pending(db)):
        yield "what reviewers decided has been due for more than ten minutes, and has not taken effect"
    top = db.exec(select(func.max(Revision.id))).one() or 0
    looked = select(CheckRun.id).where(CheckRun.revision_id == Revision.id)
    new = select(Revision.id).where(col(Revision.id) > top - LOOKED_AT, col(Revision.at) <= before)
    if db.exec(new.where(~looked.exists())).first() is not None:
        yield "a text arrived more than ten minutes ago, and no check has looked at it"
    edition = db.exec(select(func.max(Edition.id))).one()
    built = db.get_one(Edition, edition).at if edition else None
    if any(at <= before and (built is None or built < at) for at in _decided(db)):
        yield "the site lacks what was decided more than ten minutes ago"
    unsent = select(Notification.id).where(col(Notification.sent_at).is_(None), Notification.tries == 0)
    fresh = unsent.where(col(Notification.retry_at).is_(None), col(Notification.at) > outlet.now() - GIVEN_UP)
    if outlet.channels and db.exec(fresh.where(col(Notification.at) <= before)).first() is not None:
        yield "staff are to be told of something for more than ten minutes, and it was not tried"


def _decided(db: Session) -> Iterator[datetime]:
    """When the newest publication was decided, and the newest withdrawal."""
    if (publication := db.exec(select(func.max(Publication.id))).one()) is not None:
        yield db.get_one(Publication, publication).at
    if (withdrawal := db.exec(select(func.max(Withdrawal.id))).one()) is not None:
        yield db.get_one(Withdrawal, withdrawal).at
