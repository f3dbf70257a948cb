"""What reviewers say of flags. The only writer of feedback; what it tells of each check, `agent.noise` counts."""

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session, col

from agent.errors import Refused
from agent.outlet import Outlet
from agent.queries import is_erased
from agent.review.needs import known, known_in
from agent.tables import Feedback, Flag, Revision, Says


def judge(outlet: Outlet, flag_id: int, reviewer: str, says: Says) -> int:
    """Keep what a reviewer says of a flag; to say the same again adds nothing. Returns the flag's revision. Raises
    Refused, UnknownUser."""
    known(outlet, reviewer)
    with outlet.database.write() as db:
        known_in(db, outlet, reviewer)
        flag = db.get(Flag, flag_id)
        if flag is None:
            raise Refused(reason=f"There is no flag {flag_id}.")
        if is_erased(db, db.get_one(Revision, flag.revision_id)):
            raise Refused(reason="This revision was erased, and with it what the flag was about.")
        is_new = judged_by(db, [flag_id], reviewer).get(flag_id) is not says
        if is_new:
            db.add(Feedback(flag_id=flag_id, reviewer=reviewer, says=says, at=outlet.now()))
    if is_new:
        outlet.log.info("feedback", action="feedback", flag=flag_id, check=flag.check, says=says.value)
    return flag.revision_id


def judged_by(db: Session, flags: Collection[int], reviewer: str) -> dict[int, Says]:
    """What a reviewer says of these flags, by flag: the latest of each."""
    rows = select(Feedback.flag_id, Feedback.says).where(  # type: ignore[call-overload]
        col(Feedback.flag_id).in_(flags), col(Feedback.reviewer) == reviewer
    )
    return {flag: says for flag, says in db.execute(rows.order_by(col(Feedback.id)))}  # noqa: C416  (a Result is no pairs)
