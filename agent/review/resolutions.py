"""From the verdict that meets the bar to what comes of it: at once, or at its moment, unless it is taken back before.

Until a resolution's moment has come its reviewer may undo the verdict that made it. While an author is paused nothing
of its own goes out; what was decided meanwhile waits.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from agent.consent import Lack, lack_of
from agent.errors import Refused
from agent.outlet import Outlet
from agent.queries import is_overturned, pause_of, reviews_of, stale, veto_of, withdrawal_of
from agent.reasons import need_reason
from agent.review.bar import DECIDES, Decision, decide
from agent.review.needs import known_in
from agent.review.standing import has_asked
from agent.tables import (
    Confirmation,
    Docket,
    Flag,
    Pause,
    Piece,
    Publication,
    Resolution,
    Review,
    Revision,
    Undo,
    Verdict,
    Veto,
    Withdrawal,
    WithdrawnBy,
)

LATEST = timedelta(days=366)
TWO_PUBLISH = "a flag says stop since, so a second reviewer must say publish too"
TWO_VETO = "a veto takes two reviewers, and fewer stand behind it: send it back to the queue"


def resolve(
    outlet: Outlet, db: Session, revision: Revision, review: Review, decision: Decision, *, at: datetime | None
) -> Resolution:
    """Note what a review decided, and let it take effect if its moment has come. `at` is when a publication is wished
    for, if not as soon as may be."""
    now, verdict = outlet.now(), next(verdict for verdict, decided in DECIDES.items() if decided is decision)
    due_at = max(now + timedelta(minutes=outlet.settings.undo_minutes), at or now)
    made = Resolution(
        revision_id=revision.id, review_id=review.id, verdict=verdict, ground=review.ground, due_at=due_at, at=now
    )
    db.add(made)
    db.flush()
    if due_at <= now:
        _carry_out(outlet, db, made)
    return made


def need_moment(outlet: Outlet, at: datetime | None, verdict: Verdict) -> None:
    """Raise Refused for a moment at which nothing can be published."""
    if at is None:
        return
    if verdict is not Verdict.PUBLISH:
        raise Refused(reason="Only a publication can be set for a later moment.")
    if not outlet.now() < at <= outlet.now() + LATEST:
        raise Refused(reason="Publish now, or at a moment to come, within a year.")


def carry_out(outlet: Outlet) -> int:
    """Let every resolution take effect whose moment has come and that nothing holds up; return how many those were."""
    with outlet.database.read() as db:
        # Asked every few seconds: the lock is taken only where there is something to do.
        due = [resolution.id for resolution in pending(db) if resolution.due_at <= outlet.now()]
    done = 0
    for resolution_id in due:
        with outlet.database.write() as db:
            resolution = db.get_one(Resolution, resolution_id)
            if standing(db, resolution.revision_id) == resolution and _carry_out(outlet, db, resolution):
                done += 1
    return done


def pending(db: Session) -> Sequence[Resolution]:
    """The resolutions that wait for their moment, the next first."""
    rows = select(Resolution).join(Docket, col(Docket.resolution_id) == Resolution.id)
    # Said in words, so that the few are found by their index.
    waiting = rows.where(col(Docket.resolution_id).is_not(None))
    return db.exec(waiting.order_by(col(Resolution.due_at), col(Resolution.id))).all()


def standing(db: Session, revision_id: int) -> Resolution | None:
    """The resolution of a revision that waits for its moment, if there is one."""
    rows = select(Resolution).join(Docket, col(Docket.resolution_id) == Resolution.id)
    return db.exec(rows.where(Resolution.revision_id == revision_id)).first()


def final_of(db: Session, revision_id: int) -> Decision | None:
    """The final verdict that the rows hold, if any: one that waits for its moment, too. A flag that a later check adds
    does not open again what is out."""
    if (done := effect_of(db, revision_id)) is not None:
        return done
    if (waits := standing(db, revision_id)) is not None:
        return Decision.PUBLISHED if waits.verdict is Verdict.PUBLISH else Decision.VETOED
    return None


def effect_of(db: Session, revision_id: int) -> Decision | None:
    """What came of a revision: it is or was public, or a veto stands on it; None where neither is so."""
    if db.exec(select(Publication.id).where(Publication.revision_id == revision_id)).first() is not None:
        return Decision.PUBLISHED
    return Decision.VETOED if veto_of(db, revision_id) is not None else None


def is_told(outlet: Outlet, db: Session, revision_id: int, reviewer: str) -> bool:
    """Whether a reviewer may read with what reasons others gave their verdicts: once these took effect, or once the
    reviewer's own verdict counts and cannot be taken back any more. Otherwise somebody could give one, read, take it
    back, and decide knowing what nobody was to know."""
    if effect_of(db, revision_id) is not None:
        return True
    spoke = any(review.reviewer == reviewer for review in reviews_of(db, revision_id))
    return spoke and undoable(outlet, db, revision_id, reviewer) is None


def held_up(outlet: Outlet, db: Session, resolution: Resolution) -> str:
    """Why a resolution does not take effect though its moment may have come; empty where nothing holds it up."""
    revision = db.get_one(Revision, resolution.revision_id)
    author_id = db.get_one(Piece, revision.piece_id).author_id
    flags = db.exec(select(Flag).where(Flag.revision_id == revision.id, ~stale())).all()
    return hindrance(
        resolution.verdict,
        decide(reviews_of(db, revision.id), flags, overturned=is_overturned(db, revision.id)),
        down=is_down_since(db, revision, resolution),
        pause=pause_of(db, author_id),
        asked=has_asked(db, author_id),
        lack=lack_of(db, revision),
    )


def hindrance(
    verdict: Verdict, decision: Decision, *, down: bool, pause: Pause | None, asked: bool, lack: Lack | None
) -> str:
    """Why what was decided by a verdict does not take effect, in words: by where it stands now, and of what is to be
    published, whether it was taken down since, the pause that holds, whether its author asked for something that
    nothing came of yet, what is missing of its consent. Pure."""
    if DECIDES.get(verdict) is not decision:
        return TWO_PUBLISH if verdict is Verdict.PUBLISH else TWO_VETO
    if verdict is Verdict.VETO:
        return ""
    if down:
        return "the piece was taken down since, so it is to be decided anew: take it back to the queue"
    if pause is not None:
        return "everyone is paused" if pause.author_id is None else "its author is paused"
    if asked:
        return "its author has just asked for something about its own standing, which comes first"
    return lack.value if lack is not None else ""


def is_down_since(db: Session, revision: Revision, resolution: Resolution) -> bool:
    """Whether its piece was taken down after it was decided."""
    down = withdrawal_of(db, revision.piece_id)
    return down is not None and _since(db, down) > resolution.at


def undo(outlet: Outlet, revision_id: int, reviewer: str) -> Review:
    """Take one's own verdict back, as long as nothing came of it and nobody spoke after it. Returns the verdict. Raises
    Refused, UnknownUser."""
    with outlet.database.write() as db:
        known_in(db, outlet, reviewer)
        review = undoable(outlet, db, revision_id, reviewer)
        if review is None:
            raise Refused(reason=_why_not(outlet, db, revision_id, reviewer))
        db.add(Undo(review_id=review.id, actor=reviewer, at=outlet.now()))
    outlet.log.info("undone", action="undone", revision=revision_id, verdict=review.verdict.value)
    return review


def send_back(outlet: Outlet, revision_id: int, reviewer: str, *, reason: str) -> Review:
    """Send what waits for its moment back to the queue, as another reviewer, for a reason: the verdict that decided it
    counts no more. Once a reviewer and text: it asks for another look, and is no veto by one. Returns that verdict.
    Raises Refused, UnknownUser."""
    said = need_reason(reason, "return to the queue")
    with outlet.database.write() as db:
        known_in(db, outlet, reviewer)
        waits = standing(db, revision_id)
        if waits is None:
            raise Refused(reason=f"Nothing that was decided about revision {revision_id} waits for its moment.")
        review = db.get_one(Review, waits.review_id)
        if review.reviewer == reviewer:
            raise Refused(reason="The verdict is your own: take it back.")
        before = select(Undo.id).join(Review).where(Review.revision_id == revision_id, Undo.actor == reviewer)
        if db.exec(before.where(col(Undo.reason) != "")).first() is not None:
            raise Refused(reason="You sent this text back once. Whoever decided it anew has read your reason.")
        db.add(Undo(review_id=review.id, actor=reviewer, reason=said, at=outlet.now()))
    outlet.log.info("sent back", action="undone", revision=revision_id, verdict=review.verdict.value)
    return review


def undoable(outlet: Outlet, db: Session, revision_id: int, reviewer: str) -> Review | None:
    """The verdict on a revision that this reviewer may still take back, if there is one."""
    latest = next(reversed(reviews_of(db, revision_id)), None)
    if latest is None or latest.reviewer != reviewer or db.get(Docket, revision_id) is None:
        return None
    waits = standing(db, revision_id)
    if waits is not None and waits.review_id == latest.id:
        return latest  # Even after its moment, as long as something holds it up.
    return latest if outlet.now() < undo_until(outlet, db, latest) else None


def undo_until(outlet: Outlet, db: Session, review: Review) -> datetime:
    """Until when a verdict may be taken back, if nothing else stands in the way: for a while, and as long as what it
    decided waits for its moment."""
    resolution = db.exec(select(Resolution).where(Resolution.review_id == review.id)).first()
    return resolution.due_at if resolution else review.at + timedelta(minutes=outlet.settings.undo_minutes)


def _why_not(outlet: Outlet, db: Session, revision_id: int, reviewer: str) -> str:
    given = reviews_of(db, revision_id)
    mine = [review for review in given if review.reviewer == reviewer]
    if not mine:
        return f"There is no verdict of yours on revision {revision_id} to take back."
    if effect_of(db, revision_id) is not None:
        return "It is too late: what was decided has taken effect. A piece that is public can be withdrawn."
    if db.get(Docket, revision_id) is None:
        return "Nothing is left to decide about this text, so nothing is left to take back."
    if given[-1].reviewer != reviewer:
        return f"{given[-1].reviewer} has given a verdict since yours, so yours stays."
    return f"It is too late: a verdict can be taken back for {outlet.settings.undo_minutes:g} minutes."


def _carry_out(outlet: Outlet, db: Session, resolution: Resolution) -> bool:
    """Write what comes of a resolution, unless something holds it up."""
    if held_up(outlet, db, resolution):
        return False
    revision = db.get_one(Revision, resolution.revision_id)
    if resolution.verdict is Verdict.VETO:
        db.add(Veto(revision_id=revision.id, ground=resolution.ground, at=outlet.now()))
    else:
        db.add(
            Publication(
                piece_id=revision.piece_id,
                revision_id=revision.id,
                # No word of the author stands in an address: what is erased must not live on in a ledger line.
                path=f"pieces/{revision.piece_id}",
                reviewers=_publishers(db, revision.id),
                at=outlet.now(),
            )
        )
    db.flush()
    return True


def _since(db: Session, down: Withdrawal) -> datetime:
    """Since when a withdrawal holds: the staff's since its second person agreed."""
    agreed = db.exec(select(Confirmation.at).where(Confirmation.withdrawal_id == down.id)).first()
    return agreed if agreed is not None and down.by is WithdrawnBy.STAFF else down.at


def _publishers(db: Session, revision_id: int) -> int:
    holds = {review.reviewer: review.verdict for review in reviews_of(db, revision_id)}
    return sum(verdict is Verdict.PUBLISH for verdict in holds.values())
