"""Who is at what: who reads a text now, who means to read one next, who would rather not. The only writer of these.

None of it decides anything or holds anybody back: two people may always read the same text and give their verdicts.
It is here so that they need not, and passes by itself.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import exists
from sqlmodel import Session, col, delete, select

from agent.errors import Refused
from agent.outlet import Outlet
from agent.review.needs import known_in
from agent.review.queue import Viewer, open_to, skipped_by, waits_for_people
from agent.tables import Claim, Docket, Presence, Skip, User

BEATS = timedelta(seconds=30)
"""So often a page says that it is still open."""
READS_ON = 3 * BEATS
"""So long somebody counts as reading after that was last said: a page without a script says it once."""
SELDOM = timedelta(seconds=20)
"""That somebody still reads the same text is not written more often than this."""


@dataclass(frozen=True)
class Claimed:
    """Who means to read a text, and until when that holds."""

    user: int
    name: str
    until: datetime


@dataclass(frozen=True)
class Beside:
    """What a reviewer is told about others at one text: who else reads it, who else means to; and of themselves,
    whether they do, and whether they skipped it."""

    readers: list[str] = field(default_factory=list)
    claim: Claimed | None = None
    mine: bool = False
    skipped: bool = False


def seen(outlet: Outlet, user_id: int, revision_id: int) -> None:
    """Note that somebody has a text open that still waits. Called when a review page is shown, and by its heartbeat;
    what is known already and not long ago is not written again."""
    now = outlet.now()
    with outlet.database.read() as db:
        if not is_open(db, revision_id):
            return
        last = db.get(Presence, user_id)
        if last is not None and last.revision_id == revision_id and last.seen_at > now - SELDOM:
            return
    with outlet.database.write() as db:
        db.merge(Presence(user_id=user_id, revision_id=revision_id, seen_at=now))


def is_open(db: Session, revision_id: int) -> bool:
    """Whether a revision waits for people, or for its moment."""
    return db.get(Docket, revision_id) is not None


def beside(db: Session, viewer: Viewer, revision_id: int) -> Beside:
    """What the review page tells about others at this text. Who else reads it is told by name."""
    claim = claims(db, [revision_id], viewer.now).get(revision_id)
    is_mine = claim is not None and claim.user == viewer.id
    return Beside(
        readers=[name for name in readers(db, [revision_id], viewer.now).get(revision_id, []) if name != viewer.name],
        claim=None if is_mine else claim,
        mine=is_mine,
        skipped=revision_id in skipped_by(db, viewer),
    )


def readers(db: Session, revision_ids: Collection[int], now: datetime) -> dict[int, list[str]]:
    """Who reads each of these texts now, by name; those that nobody reads are left out."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = select(Presence.revision_id, User.name).join(User, col(User.id) == Presence.user_id)
    here = rows.where(col(Presence.seen_at) > now - READS_ON, col(Presence.revision_id).in_(revision_ids))
    for revision, name in db.exec(here.order_by(col(User.name))):
        found[revision].append(name)
    return dict(found)


def claims(db: Session, revision_ids: Collection[int], now: datetime) -> dict[int, Claimed]:
    """Who means to read each of these texts; a claim that is over is none."""
    rows = select(Claim, User.name).join(User, col(User.id) == Claim.user_id)
    hold = rows.where(col(Claim.revision_id).in_(revision_ids), col(Claim.until) > now)
    return {claim.revision_id: Claimed(claim.user_id, name, claim.until) for claim, name in db.exec(hold)}


def claim(outlet: Outlet, viewer: Viewer, revision_id: int) -> None:
    """Say that one means to read a text. Raises UnknownUser, and Refused where somebody else has said so, or nothing
    is left to decide about it."""
    with outlet.database.write() as db:
        known_in(db, outlet, viewer.name)
        if not is_open(db, revision_id):
            raise Refused(reason=f"Revision {revision_id} does not wait for anybody any more.")
        other = claims(db, [revision_id], viewer.now).get(revision_id)
        if other is not None and other.user != viewer.id:
            raise Refused(
                reason=f"{other.name} means to read this. It holds nobody back: you may read it and say what you think."
            )
        _claim(outlet, db, viewer, revision_id)


def release(outlet: Outlet, viewer: Viewer, revision_id: int) -> None:
    """Let go of one's own claim; where there is none nothing changes."""
    with outlet.database.write() as db:
        db.exec(delete(Claim).where(col(Claim.revision_id) == revision_id, col(Claim.user_id) == viewer.id))


def take_next(outlet: Outlet, viewer: Viewer) -> int | None:
    """Claim the oldest text that this reviewer may act on, did not skip, that nobody claims and nobody else reads;
    return its revision, or None where there is none. Two who ask at once never get the same. Raises UnknownUser."""
    with outlet.database.write() as db:
        known_in(db, outlet, viewer.name)
        is_claimed = exists().where(col(Claim.revision_id) == col(Docket.revision_id), col(Claim.until) > viewer.now)
        is_read = exists().where(
            col(Presence.revision_id) == col(Docket.revision_id),
            col(Presence.user_id) != viewer.id,
            col(Presence.seen_at) > viewer.now - READS_ON,
        )
        free = select(Docket.revision_id).where(*waits_for_people(db), *open_to(db, viewer), ~is_claimed, ~is_read)
        found = db.exec(free.order_by(col(Docket.at), col(Docket.revision_id)).limit(1)).first()
        if found is not None:
            _claim(outlet, db, viewer, found)
    return found


def skip(outlet: Outlet, viewer: Viewer, revision_id: int) -> None:
    """Leave a text to others for a day. No reason is asked, and nobody is told. Raises UnknownUser, and Refused where
    it does not wait any more."""
    with outlet.database.write() as db:
        known_in(db, outlet, viewer.name)
        if not is_open(db, revision_id):
            raise Refused(reason=f"Revision {revision_id} does not wait for anybody any more.")
        if revision_id not in skipped_by(db, viewer):
            db.add(Skip(user_id=viewer.id, revision_id=revision_id, skipped=True, at=viewer.now))
        db.exec(delete(Claim).where(col(Claim.revision_id) == revision_id, col(Claim.user_id) == viewer.id))
        db.exec(delete(Presence).where(col(Presence.revision_id) == revision_id, col(Presence.user_id) == viewer.id))


def unskip(outlet: Outlet, viewer: Viewer, revision_id: int) -> None:
    """Take a text back onto one's list; where it was not skipped nothing changes. Raises UnknownUser."""
    with outlet.database.write() as db:
        known_in(db, outlet, viewer.name)
        if revision_id in skipped_by(db, viewer):
            db.add(Skip(user_id=viewer.id, revision_id=revision_id, skipped=False, at=viewer.now))


def _claim(outlet: Outlet, db: Session, viewer: Viewer, revision_id: int) -> None:
    db.exec(delete(Claim).where(col(Claim.until) <= viewer.now))
    until = viewer.now + timedelta(minutes=outlet.settings.claim_minutes)
    db.merge(Claim(revision_id=revision_id, user_id=viewer.id, until=until))
