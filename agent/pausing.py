"""The stop button: pauses of one author, or of everyone. The one door: command line and desk both come here.

Paused means that no call is made and nothing goes out: see `write.hindrance` and `review.resolutions`. Who paused or
resumed, when and why is a row; the latest holds.

The line is the row `Publication`: what has none does not get one while the pause holds. What has one is out, though the
edition that shows it may take some moments more; to take that down is a withdrawal.
"""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from agent.errors import Refused, UnknownAuthor, UnknownUser
from agent.outlet import Outlet
from agent.queries import author_called, own_pause_of
from agent.reasons import need_reason
from agent.staff import having, roles_of
from agent.tables import Pause, StaffRole

MAY_STOP = tuple(StaffRole)
"""Anyone of the staff may stop: to stop wrongly costs an hour, not to stop may cost more."""
MAY_RESUME = (StaffRole.OPERATOR, StaffRole.ADMINISTRATOR)


def stop(outlet: Outlet, author_slug: str | None, actor: str, *, reason: str) -> None:
    """Pause an author, or everyone, as one of the staff. Raises UnknownAuthor, UnknownUser, Refused."""
    _need(outlet, actor, MAY_STOP)
    set_pause(outlet, author_slug, paused=True, actor=actor, reason=need_reason(reason, "pause"))


def resume(outlet: Outlet, author_slug: str | None, actor: str, *, reason: str) -> None:
    """End the pause of an author, or of everyone, as one who keeps the outlet running. Raises UnknownAuthor,
    UnknownUser, and Refused, also where nothing is paused."""
    _need(outlet, actor, MAY_RESUME)
    said = need_reason(reason, "resumption")
    if not set_pause(outlet, author_slug, paused=False, actor=actor, reason=said):
        whom = "Everyone" if author_slug is None else f"{author_slug} by itself"
        raise Refused(reason=f"{whom} is not paused any more: somebody was quicker. Nothing was changed.")


def set_pause(outlet: Outlet, author_slug: str | None, *, paused: bool, actor: str, reason: str) -> bool:
    """Pause an author, or everyone, or end that pause. Returns False where there was no pause to end, and nothing was
    changed. Raises UnknownAuthor."""
    with outlet.database.write() as db:
        author = author_called(db, author_slug) if author_slug is not None else None
        if author_slug is not None and author is None:
            raise UnknownAuthor(author=author_slug, known=", ".join(a.name for a in outlet.settings.authors))
        if not paused and own_pause_of(db, author.id if author else None) is None:
            return False  # Or else what was counted since the last pause would begin anew.
        db.add(
            Pause(author_id=author.id if author else None, paused=paused, actor=actor, reason=reason, at=outlet.now())
        )
    outlet.log.info("pause", action="paused" if paused else "resumed", author=author_slug or "everyone", reason=reason)
    return True


def lately(db: Session, author_id: int | None, limit: int) -> Sequence[Pause]:
    """The latest pauses and resumptions of an author and of everyone, or (None) of everyone alone, newest first."""
    whom = col(Pause.author_id).is_(None)
    rows = select(Pause).where(whom if author_id is None else whom | (col(Pause.author_id) == author_id))
    return db.exec(rows.order_by(col(Pause.id).desc()).limit(limit)).all()


def _need(outlet: Outlet, name: str, roles: Sequence[StaffRole]) -> None:
    with outlet.database.read() as db:
        if roles_of(db, outlet.settings, name).isdisjoint(roles):
            names = {each for role in roles for each in having(db, outlet.settings, role)}
            raise UnknownUser(user=name, known=", ".join(sorted(names)) or "nobody yet")
