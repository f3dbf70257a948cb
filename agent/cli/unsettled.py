"""What sessions may have cost besides their stored turns: by calls in flight, and by those that brought no reply."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select as row
from sqlmodel import Session, col, func

from agent.prices import in_dollars
from agent.tables import Call, Paid


@dataclass(frozen=True)
class Unsettled:
    """Some calls of a session and the most that they can cost, in millionths of a dollar, without those whose price is
    unknown."""

    calls: int = 0
    cost: int = 0
    unpriced: int = 0

    @property
    def cost_millionths(self) -> int | None:
        """The most they can cost; None where that of some is unknown."""
        return None if self.unpriced else self.cost

    def __str__(self) -> str:
        """ "at most $5.02", with what is unknown beside it; nothing where there is no call."""
        amounts = [f"at most {in_dollars(self.cost)}"] if self.calls > self.unpriced else []
        amounts += [f"{self.unpriced:,} call{'' if self.unpriced == 1 else 's'} of unknown price"] * bool(self.unpriced)
        return " and ".join(amounts)


def unsettled(db: Session, session_id: int | None = None) -> dict[tuple[int, Paid], Unsettled]:
    """The calls that are not settled and may be paid, of every session or of one, by session and by what is known."""
    price = func.coalesce(Call.cost, Call.reserved)
    sums: list[Any] = [func.count(), func.coalesce(func.sum(price), 0), func.count(price)]
    keys: list[Any] = [col(Call.session_id), col(Call.paid)]
    rows = row(*keys, *sums).where(col(Call.paid).in_([Paid.RESERVED, Paid.POSSIBLY])).group_by(*keys)
    if session_id is not None:
        rows = rows.where(col(Call.session_id) == session_id)
    return {
        (session, Paid(paid)): Unsettled(calls, int(cost), calls - priced)
        for session, paid, calls, cost, priced in db.exec(rows)  # type: ignore[call-overload]
    }
