"""When is an author due: reads cadences, pauses and rests, writes slots.

A slot is unique by its name, and a cadence moves on by compare-and-set, so any number of clocks may
tick at once, and one that was down for long makes one slot of all it missed. So does an author that
could not be invited for long.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select, update

from agent.errors import BadSettings, Refused, UnknownAuthor
from agent.outlet import Outlet
from agent.queries import author_called, pause_of, rest_of, today_of
from agent.tables import Author, Cadence, Invitation, Purpose, Slot

FIXED = re.compile(r"(\d+) +(\d+) +\S+ +\S+ +\S+", re.ASCII)
"""A crontab line with one minute and one hour: at most once a day."""

ASKED = "asked:"
"""How the name of a slot begins that somebody asked for; a cadence makes the others."""

NextFire = Callable[[datetime | None, datetime], datetime | None]
"""(previous, now) -> the first moment after `previous` and not before `now`."""


@dataclass(frozen=True)
class Due:
    """What a cadence has come to: the moment to make a slot for now, if any, and the next one."""

    moment: datetime | None
    next_due: datetime


def due(next_fire: NextFire, next_due: datetime | None, now: datetime) -> Due | None:
    """Decide whether a cadence that waits for `next_due` (None: for nothing yet) fires at `now`.

    All missed moments are one: the latest. None means that there is nothing to do.
    """
    if next_due is None:
        next_due = next_fire(None, now)
        if next_due is None or next_due > now:
            return Due(None, next_due) if next_due else None
    if next_due > now:
        return None
    latest = _latest(next_fire, next_due, now)
    following = next_fire(latest, latest)
    return Due(latest, following) if following else None


def _latest(next_fire: NextFire, missed: datetime, now: datetime) -> datetime:
    """The last moment up to `now`, given one that is. Moments are whole seconds apart, so bisecting
    the seconds finds it: about 30 questions for ten years of missed minutes."""

    def too_late(seconds: int) -> bool:
        found = next_fire(missed, missed + timedelta(seconds=seconds))
        return found is None or found > now

    span = int((now - missed).total_seconds()) + 1
    first = bisect_left(range(span), True, key=too_late)
    latest = next_fire(missed, missed + timedelta(seconds=first - 1)) if first else None
    return latest or missed


def slot_name(moment: datetime, rule: str, zone: str) -> str:
    """Name a slot: by its local date where a rule fires at one time of day, so that a day can have
    one alone however the clocks are turned; otherwise by its instant in UTC."""
    if not (fixed := FIXED.fullmatch(rule.strip())):
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    # 23:30 comes after midnight where the clocks skip it, and still belongs to its own day.
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return (wall - timedelta(hours=int(fixed[2]), minutes=int(fixed[1]))).date().isoformat()


def tick(outlet: Outlet) -> list[int]:
    """Make a slot for every author who is due, and return their ids. A paused author is left to
    wait: what it misses becomes one slot when it is resumed. What falls into a rest is skipped, and
    what comes due while an earlier slot still waits for its invitation is that slot."""
    now = outlet.now().replace(microsecond=0)
    with outlet.database.read() as db:
        is_due = col(Cadence.next_due).is_(None) | (col(Cadence.next_due) <= now)
        found = db.exec(select(Cadence, Author.slug).join(Author).where(is_due).order_by(col(Cadence.id))).all()
        waiting = [(cadence, slug) for cadence, slug in found if pause_of(db, cadence.author_id) is None]
    made: list[int] = []
    for cadence, slug in waiting:
        try:
            slot_id = _advance(outlet, cadence, now)
        except BadSettings as error:
            outlet.log.warning("cadence not read", action="cadence_unreadable", author=slug, reason=str(error))
            continue
        if slot_id is not None:
            outlet.log.info("slot due", action="slot", author=slug, slot=slot_id)
            made.append(slot_id)
    return made


def _advance(outlet: Outlet, cadence: Cadence, now: datetime) -> int | None:
    """Move one cadence on, if nobody did so meanwhile, and return the slot it made, if any."""

    def next_fire(previous: datetime | None, moment: datetime) -> datetime | None:
        return outlet.trigger.next_fire(cadence.rule, cadence.zone, previous, moment)

    if (decided := due(next_fire, cadence.next_due, now)) is None:
        return None
    with outlet.database.write() as db:
        unmoved = (
            col(Cadence.id) == cadence.id,
            col(Cadence.rule) == cadence.rule,
            col(Cadence.zone) == cadence.zone,
            col(Cadence.next_due).is_not_distinct_from(cadence.next_due),
        )
        moved = db.exec(update(Cadence).where(*unmoved).values(next_due=decided.next_due))
        if not moved.rowcount or decided.moment is None:
            return None
        # A pause is the operator's doing, and what was missed in it is made up for, once. A rest is the author's
        # wish not to be invited: to make up for what fell into it would bring back what it asked to be spared.
        if rest_of(db, cadence.author_id, today_of(db, cadence.author_id, decided.moment)) is not None:
            return None
        # An earlier one that waits, for a budget or an endpoint, stands for this one, too: nobody is to be invited
        # fourteen times in a row because a budget is free again.
        if _waits(db, cadence.author_id):
            return None
        name = slot_name(decided.moment, cadence.rule, cadence.zone)
        if _slot(db, cadence.author_id, name) is not None:
            return None
        return _add(db, Slot(author_id=cadence.author_id, name=name, due_at=decided.moment, made_at=now))


def ask_now(outlet: Outlet, author_slug: str, prompt: str | None = None, purpose: Purpose = Purpose.WRITING) -> int:
    """Make a slot at once, outside the cadence, and return its id. `prompt` names the invitation,
    if one is wished for. Raises UnknownAuthor, and Refused while the author rests: an interview is an
    invitation, too."""
    moment = outlet.now()
    with outlet.database.write() as db:
        author = author_called(db, author_slug)
        if author is None:
            known = db.exec(select(Author.slug).order_by(Author.slug)).all()
            raise UnknownAuthor(author=author_slug, known=", ".join(known) or "nobody yet")
        if (rest := rest_of(db, author.id, today_of(db, author.id, moment))) is not None:
            raise Refused(
                reason=f"{author.byline} wished not to be invited before {rest.until}. Nothing was done; "
                "on that day it is invited again as before, and can be asked for."
            )
        while _slot(db, author.id, name := f"{ASKED}{moment:%Y-%m-%dT%H:%M:%S.%fZ}") is not None:
            moment += timedelta(microseconds=1)
        slot = Slot(author_id=author.id, name=name, purpose=purpose, due_at=moment, prompt=prompt, made_at=moment)
        slot_id = _add(db, slot)
    outlet.log.info("slot asked for", action="slot", author=author_slug, slot=slot_id)
    return slot_id


def _waits(db: Session, author_id: int) -> bool:
    """Whether a slot that the author's cadence made has no invitation yet."""
    slots = select(Slot.id).join(Invitation, isouter=True).where(Slot.author_id == author_id)
    own = slots.where(Slot.purpose == Purpose.WRITING, ~col(Slot.name).startswith(ASKED, autoescape=True))
    return db.exec(own.where(col(Invitation.id).is_(None))).first() is not None


def _slot(db: Session, author_id: int, name: str) -> int | None:
    return db.exec(select(Slot.id).where(Slot.author_id == author_id, Slot.name == name)).first()


def _add(db: Session, slot: Slot) -> int:
    db.add(slot)
    db.flush()
    return slot.id
