"""What waits, counted: for the daily digest, and for whoever watches the outlet."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from agent.notices.deciding import KINDS as DECIDING
from agent.notices.deciding import half_decided
from agent.notices.matter import Matter
from agent.notices.running import KINDS as RUNNING
from agent.outlet import Outlet
from agent.review.queue import waits_for_people
from agent.tables import (
    Appeal,
    Confirmation,
    Docket,
    ErasureAnswer,
    ErasureProposal,
    Reinstatement,
    Ruling,
    Wish,
    WishAnswer,
)

WORDS = {
    "piece": ("1 piece waits to be read", "{n:,} pieces wait to be read"),
    "veto": ("1 veto needs a second reviewer", "{n:,} vetoes need a second reviewer"),
    "second": ("1 piece needs a second publish verdict", "{n:,} pieces need a second publish verdict"),
    "escalation": ("1 piece needs another reviewer", "{n:,} pieces need another reviewer"),
    "appeal": ("1 appeal waits", "{n:,} appeals wait"),
    "withdrawal": ("1 withdrawal needs a second person", "{n:,} withdrawals need a second person"),
    "erasure": ("1 erasure needs a second person", "{n:,} erasures need a second person"),
    "wish": ("1 wish or question waits for an answer", "{n:,} wishes and questions wait for an answer"),
    "lapsed": ("1 author cannot be called, and is paused", "{n:,} authors cannot be called, and are paused"),
}
"""What is said of one and of several, by the first word of a key, in this order."""
DONE = {
    "appeal": (Appeal.id, Ruling.appeal_id),
    "erasure": (ErasureProposal.id, ErasureAnswer.proposal_id),
    "wish": (Wish.id, WishAnswer.wish_id),
}
"""Which rows end which: so that what is long over is not looked at one by one."""
ONE_BY_ONE = ("again", "appeal", "withdrawal", "erasure", "wish", "lapsed")


@dataclass(frozen=True)
class Pile:
    """Things of one kind that wait: how many, and since when the oldest does."""

    kind: str
    count: int
    since: datetime

    @property
    def words(self) -> str:
        """How many wait, in words."""
        one, several = WORDS[self.kind]
        return one if self.count == 1 else several.format(n=self.count)


@dataclass(frozen=True)
class Waiting:
    """All that waits: pieces that nobody has looked at are counted, everything else stands here by itself."""

    unread: int
    oldest: datetime | None
    matters: tuple[Matter, ...]

    def piles(self, matters: Iterable[Matter] | None = None, *, unread: bool = True) -> list[Pile]:
        """By kind. Where `matters` is given, these instead of all; without `unread`, no pieces that nobody read."""
        since: dict[str, list[datetime]] = defaultdict(list)
        for matter in self.matters if matters is None else matters:
            kind = matter.key.partition(":")[0]
            since["piece" if kind == "again" else kind].append(matter.at)
        count = {kind: len(moments) for kind, moments in since.items()}
        if unread and self.unread and self.oldest is not None:
            count["piece"] = count.get("piece", 0) + self.unread
            since["piece"].append(self.oldest)
        return [Pile(kind, count[kind], min(since[kind])) for kind in WORDS if kind in count]


def waiting(outlet: Outlet, db: Session) -> Waiting:
    """What waits for people now."""
    unread = select(func.count(), func.min(Docket.at)).where(Docket.reviews == 0, *waits_for_people(db))
    number, oldest = db.exec(unread).one()
    found = list(half_decided(db))
    for kind in (*DECIDING, *RUNNING):
        if kind.name in ONE_BY_ONE:
            rows = kind.rows()
            if (ended := DONE.get(kind.name)) is not None:
                began, end = ended
                rows = rows.where(col(began).not_in(select(end)))
            if kind.name == "withdrawal":
                rows = rows.where(col(kind.id).not_in(select(Confirmation.withdrawal_id)))
                rows = rows.where(col(kind.id).not_in(select(Reinstatement.withdrawal_id)))
            found += [m for each in db.exec(rows).all() if (m := kind.read(outlet, db, each)) is not None]
    return Waiting(number, oldest, tuple(found))
