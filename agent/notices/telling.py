"""What staff are told outside the desk: each thing that waits once, by each way that the settings name.

Looking and sending are two things. A look turns what is new in the rows into rows of what is to be told; it runs in the
process that holds the engine, every few seconds, and touches only what came since the one before. Sending (sending.py)
is work of its own queue, so that a mail server that hangs holds up nothing else.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, delete, func, select

from agent.notices import digest
from agent.notices.kind import Kind
from agent.notices.listeners import audience
from agent.notices.matter import KEPT, Audience, Listener, Matter, Told, news
from agent.notices.matters import KINDS
from agent.notices.places import standing_matters
from agent.outlet import Outlet
from agent.staff.links import desk_address
from agent.tables import Hears, Notification

SINCE = "since"
"""The key of the row that says from when on a channel is told. What was there before, a digest says."""
NOBODY = ""
"""The channel of the row that says that the digests of a day were made."""
LATE = 100
"""A row may become visible after others with greater ids; never after so many."""
ALL_ANEW = timedelta(hours=1)
"""So often all that is open is looked at, for what no new row shows: an author that says yes after all."""


class Teller:
    """Finds what is to be told. It knows where its last look ended; a new process begins with all that is open."""

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self._told: set[Told] = set()
        self._seen: dict[str, set[int]] = defaultdict(set)
        """By kind, the rows that were looked at, as far back as one may still come late."""
        self._top: dict[str, int] = {}
        self._all_at: datetime | None = None
        self._digested: date | None = None

    def look(self) -> None:
        """Write down what is to be told."""
        if not self.outlet.channels:
            return
        now, day = self.outlet.now(), digest.day_due(self.outlet)
        with self.outlet.database.read() as db:
            if self._all_at is None or self._all_at <= now:
                self._begin_anew(db, now)
            listening, since = audience(self.outlet, db), _since(db)
            found = news(self._new(db, listening, since, now), listening, since=since, told=self._told, now=now)
            is_due = day is not None and day != self._digested and not _is_made(db, day)
            if is_due and day is not None:
                found += digest.digests(self.outlet, db, listening, day)
        if found or is_due or since.keys() != _at_once(listening):
            self._store(found, listening, day if is_due else None)
        self._told |= {(listener.channel, matter.key) for listener, matter in found}
        self._digested = day

    def _begin_anew(self, db: Session, now: datetime) -> None:
        rows = db.exec(select(Notification.channel, Notification.key).where(Notification.key != SINCE))
        self._told = {(channel, key) for channel, key in rows}
        self._seen.clear()
        self._top.clear()
        self._all_at = now + ALL_ANEW

    def _new(self, db: Session, listening: Audience, since: Mapping[str, datetime], now: datetime) -> list[Matter]:
        """What came up since the last look, for anybody who is told at once."""
        found = list(standing_matters(self.outlet, db))
        for kind in KINDS:
            if not (hear := listening.at_once(kind.roles)):
                continue
            earliest = max(min(since.get(listener.channel, now) for listener in hear), now - KEPT)
            for each in self._fresh(db, kind, earliest):
                key = f"{kind.name}:{each}"
                if all((listener.channel, key) in self._told for listener in hear):
                    continue
                if (matter := kind.read(self.outlet, db, each)) is not None:
                    found.append(matter)
        return found

    def _fresh(self, db: Session, kind: Kind, earliest: datetime) -> Sequence[int]:
        """The rows of a kind that were not looked at yet."""
        top = self._top.get(kind.name)
        ids = kind.new(db, max(0, top - LATE) if top is not None else 0, earliest)
        seen = self._seen[kind.name]
        if top is None:
            # Of the whole table: or what does not fit would be looked through each time.
            top = db.exec(select(func.max(kind.id))).one() or 0
        self._top[kind.name] = top = max(top, *ids, 0)
        self._seen[kind.name] = {each for each in (*seen, *ids) if each > top - LATE}
        return [each for each in ids if each not in seen]

    def _store(self, found: Sequence[tuple[Listener, Matter]], listening: Audience, day: date | None) -> None:
        """Keep what is to be told, unless another process has since; and let go of what nobody is told any more."""
        now, desk = self.outlet.now(), desk_address(self.outlet.settings)
        with self.outlet.database.write() as db:
            _settle(db, listening, now)
            if day is not None:
                if _is_made(db, day):
                    found = [(listener, matter) for listener, matter in found if matter.key != digest.key_of(day)]
                else:
                    db.add(_row(NOBODY, digest.key_of(day), now, sent=True))
                    _prune(db, now)
            known = set(_known(db, {matter.key for _, matter in found}))
            for listener, matter in found:
                if (listener.channel, matter.key) not in known:
                    # Two rows may say the same: a check that broke at two pieces.
                    known.add((listener.channel, matter.key))
                    row = _row(listener.channel, matter.key, now)
                    row.subject, row.words, row.link = matter.subject, matter.words, desk + matter.place
                    db.add(row)


def _row(channel: str, key: str, now: datetime, *, sent: bool = False) -> Notification:
    return Notification(channel=channel, key=key, subject="", words="", at=now, sent_at=now if sent else None)


def _at_once(listening: Audience) -> set[str]:
    return {listener.channel for listener in listening.listeners if listener.hears is Hears.AT_ONCE}


def _since(db: Session) -> dict[str, datetime]:
    """From when on each channel is told at once."""
    rows = select(Notification.channel, Notification.at).where(Notification.key == SINCE)
    return dict(db.exec(rows).all())


def _is_made(db: Session, day: date) -> bool:
    rows = select(Notification.id).where(Notification.channel == NOBODY, Notification.key == digest.key_of(day))
    return db.exec(rows).first() is not None


def _known(db: Session, keys: Iterable[str]) -> Iterable[Told]:
    rows = select(Notification.channel, Notification.key).where(col(Notification.key).in_(list(keys)))
    return [(channel, key) for channel, key in db.exec(rows)]


def _settle(db: Session, listening: Audience, now: datetime) -> None:
    """Begin with those who are told from now on, and end with those who are not any more."""
    wanted, everybody = _at_once(listening), {listener.channel for listener in listening.listeners}
    db.exec(delete(Notification).where(col(Notification.key) == SINCE, col(Notification.channel).not_in(wanted)))
    unsent = delete(Notification).where(col(Notification.sent_at).is_(None))
    db.exec(unsent.where(col(Notification.channel).not_in(everybody)))
    for channel in sorted(wanted - _since(db).keys()):
        db.add(_row(channel, SINCE, now, sent=True))


def _prune(db: Session, now: datetime) -> None:
    """What was told long ago may go: nothing that came up so long ago is told again."""
    old = delete(Notification).where(col(Notification.at) <= now - KEPT, col(Notification.key) != SINCE)
    db.exec(old)
