"""Queues as somebody likes to see them, by names of their own. The only writer of them."""

from collections.abc import Sequence

from sqlmodel import Session, col, delete, select

from agent.errors import Refused
from agent.outlet import Outlet
from agent.reasons import need_storable
from agent.tables import SavedView

NAME_AT_MOST = 60
VIEWS_AT_MOST = 20


def views(db: Session, user_id: int) -> Sequence[SavedView]:
    """Somebody's saved views, in the order of their names."""
    return db.exec(select(SavedView).where(SavedView.user_id == user_id).order_by(col(SavedView.name))).all()


def save(outlet: Outlet, user_id: int, name: str, query: str) -> None:
    """Keep the query of an address under a name; one of that name is replaced. Raises Refused."""
    called = " ".join(name.split())
    need_storable(called)
    if not called:
        raise Refused(reason="Give the view a name: a few words that you will know again.")
    if len(called) > NAME_AT_MOST:
        raise Refused(reason=f"A name has at most {NAME_AT_MOST} characters; this one has {len(called)}.")
    with outlet.database.write() as db:
        mine = {view.name: view for view in views(db, user_id)}
        if called not in mine and len(mine) >= VIEWS_AT_MOST:
            raise Refused(reason=f"You have {VIEWS_AT_MOST} views. Delete one that you do not use first.")
        kept = mine.get(called) or SavedView(user_id=user_id, name=called, query=query, at=outlet.now())
        kept.query = query
        db.add(kept)


def delete_view(outlet: Outlet, user_id: int, view_id: int) -> None:
    """Delete a view of one's own; where there is none nothing changes."""
    with outlet.database.write() as db:
        db.exec(delete(SavedView).where(col(SavedView.id) == view_id, col(SavedView.user_id) == user_id))
