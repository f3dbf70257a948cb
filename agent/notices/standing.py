"""What stands still: authors that are paused, slots that cannot begin, sittings that cannot go on."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlmodel import Session, col, select

from agent.notices.notice import Notice, count, is_lost, session_of
from agent.outlet import Outlet
from agent.prices import price_of
from agent.probing import last_asked
from agent.queries import own_pauses, pause_of, rest_of, today_of
from agent.settings import Caps
from agent.standstill import is_stuck, kind_of, told_of
from agent.tables import Author, Call, Cancellation, Invitation, OpenSlot, Paid, Pause, Slot, WritingSession
from agent.write import hindrance, usage
from agent.write.calling import LONGEST_BACKOFF

CAPS = {*Caps.model_fields, "max_sessions_per_day"}
"""The settings that hold calls back; a reason begins with the one that does."""


class _Open(NamedTuple):
    """A slot whose sitting is not over, and which nobody stopped."""

    slot: Slot
    author: Author
    session: WritingSession | None


def standing(outlet: Outlet, db: Session) -> Iterator[Notice]:
    """What stands still, each thing once: what a pause holds up is not named again."""
    left = _open(db)
    yield from _pauses(outlet, db, left)
    yield from _slots(outlet, db, left)
    for slot, author, session in left:
        if session is not None and pause_of(db, author.id) is None:
            yield from _sitting(outlet, db, slot, author, session)


def _open(db: Session) -> list[_Open]:
    # Their numbers are handed over: from them, no database goes through all slots.
    if not (left := list(db.exec(select(OpenSlot.slot_id)))):
        return []
    stopped = col(WritingSession.id).in_(select(Cancellation.session_id))
    rows = (
        select(Slot, Author, WritingSession)
        .select_from(Slot)
        .join(Author, col(Author.id) == Slot.author_id)
        .join(Invitation, col(Invitation.slot_id) == Slot.id, isouter=True)
        .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id, isouter=True)
        .where(col(Slot.id).in_(left), col(WritingSession.outcome).is_(None))
        .where(col(WritingSession.id).is_(None) | ~stopped)
        .order_by(col(Author.slug), col(Slot.due_at), col(Slot.id))
    )
    return [_Open(*row) for row in db.exec(rows)]


def _pauses(outlet: Outlet, db: Session, left: Sequence[_Open]) -> Iterator[Notice]:
    """Everyone's pause, and those of single authors."""
    pauses = own_pauses(db)
    if (pause := pauses.get(None)) is not None:
        yield _pause(pause, "everyone", "To go on: `afterword resume`", len(left))
    paused = select(Author).where(col(Author.id).in_([each for each in pauses if each is not None]))
    authors = {author.slug: author for author in db.exec(paused)} if pauses else {}
    for settings in outlet.settings.authors:
        if (author := authors.get(settings.name)) is None:
            continue
        pause = pauses[author.id]
        to_do = f"To go on: `afterword resume {author.slug}`"
        if pause.actor == "outlet":
            last = last_asked(db, author.slug, pause)
            came = f", last on {last.at:%Y-%m-%d %H:%MZ} ({last.reason.rstrip('.')})" if last is not None else ""
            to_do += f". Its endpoint is asked again each day{came}; once it answers, the author goes on by itself"
        waiting = sum(item.author.id == author.id for item in left)
        yield _pause(pause, f"author {author.slug}", to_do, waiting)


def _pause(pause: Pause, subject: str, to_do: str, waiting: int) -> Notice:
    by_itself = pause.actor == "outlet"
    wait = f" ({count(waiting, 'slot', 'wait')})" if waiting else ""
    whom = "the outlet itself" if by_itself else pause.actor
    words = f"paused by {whom}: {pause.reason.rstrip('.')}{wait}"
    return Notice("paused", subject, words, pause.at, to_do, waits=by_itself)


def _slots(outlet: Outlet, db: Session, left: Sequence[_Open]) -> Iterator[Notice]:
    """Slots that cannot begin, by author. That an author rests, or had its sessions of today, is as it should be;
    so is that nobody invites one that afterword.toml no longer names."""
    now = outlet.now()
    waiting = [item for item in left if item.session is None and _is_known(outlet, item.author)]
    for _, group in groupby(waiting, key=lambda item: item.author.id):
        items = list(group)
        oldest, author = items[0].slot, items[0].author
        if pause_of(db, author.id) or rest_of(db, author.id, today_of(db, author.id, now)):
            continue
        reason = hindrance(outlet, db, author)
        sessions = usage.over_sessions(db, outlet.settings, author, now)
        if reason is None:
            told = [event for event in told_of(db, oldest.id, author.slug) if is_stuck(event.reason)]
            reason = told[-1].reason if told else None
        if reason is None or (reason == sessions and oldest.due_at > now - usage.DAY):
            continue
        passes = _is_cap(reason) and not _is_for_ever(outlet, db, author, reason)
        words = f"{count(len(items), 'slot', 'wait')}: {reason.rstrip('.')}"
        yield Notice(
            "slots", f"author {author.slug}", words, oldest.due_at, _way_out(reason, passes=passes), not passes
        )


def _sitting(outlet: Outlet, db: Session, slot: Slot, author: Author, session: WritingSession) -> Iterator[Notice]:
    """A sitting that has begun and cannot go on."""
    now, what = outlet.now(), session_of(session, author)
    stop = f"`afterword sessions cancel {session.id} --reason WORDS`"
    call = db.exec(select(Call).where(Call.session_id == session.id).order_by(col(Call.id).desc())).first()
    if call is not None and call.paid is Paid.RESERVED and not is_lost(outlet, call):
        return  # It is asked at this moment.
    if call is not None and call.retry_at is not None and call.retry_at > now:
        if (call.retry_at - call.at).total_seconds() > LONGEST_BACKOFF:
            to_do = f"It is asked again on {call.retry_at:%Y-%m-%d at %H:%MZ}. To stop it instead: {stop}"
            words = f"waits for its endpoint: {call.fault.rstrip('.')}"
            yield Notice("outage", what, words, _first_of(db, call).at, to_do)
        return
    if not _is_known(outlet, author):
        words = f"waits: afterword.toml names no author {author.slug} any more"
        yield Notice("session", what, words, session.began_at, f"Put it back there, or stop it: {stop}", waits=True)
        return
    told = [e for e in told_of(db, slot.id, author.slug) if _is_cap(e.reason) or is_stuck(e.reason)]
    reason = hindrance(outlet, db, author, session_id=session.id, more=0)
    if told and (reason is None or usage.is_for_ever(told[-1].reason)):
        reason = told[
            -1
        ].reason  # What no setting says: a step of ours fails, or one reply would fit and its whole next call did not.
    if reason is None:
        return
    passes = _is_cap(reason) and not _is_for_ever(outlet, db, author, reason)
    said = {kind_of(event.reason): event.at for event in told}
    since = said.get(kind_of(reason), told[0].at if told else _last_of(session, call))
    words = f"waits in the middle: {reason.rstrip('.')}"
    yield Notice("session", what, words, since, f"{_way_out(reason, passes=passes)}. Or stop it: {stop}", not passes)


def _is_for_ever(outlet: Outlet, db: Session, author: Author, reason: str) -> bool:
    """Whether no time helps: the reason says so, or one reply alone would pass a cap."""
    if usage.is_for_ever(reason):
        return True
    settings, now = outlet.settings.author(author.slug), outlet.now()
    least = usage.least(settings.profile, price_of(outlet.settings, settings, now.date()))
    later = now + usage.MONTH + usage.DAY
    return usage.over_caps(db, outlet.settings, author, later, least) is not None


def _is_cap(reason: str) -> bool:
    return reason.partition(" ")[0] in CAPS


def _way_out(reason: str, *, passes: bool) -> str:
    if passes:
        return (
            "It goes on by itself with time, or once that cap is raised in afterword.toml and `afterword up` started "
            "again"
        )
    if _is_cap(reason):
        return "Raise that cap in afterword.toml, and start `afterword up` again"
    if is_stuck(reason):
        return "That is a fault on our side. Mend it: the step is tried again each minute, and then goes on"
    return "Once that is done, it goes on by itself"


def _first_of(db: Session, call: Call) -> Call:
    """The first call for the same turn."""
    same = select(Call).where(Call.session_id == call.session_id, Call.turn_number == call.turn_number)
    return db.exec(same.order_by(col(Call.id))).first() or call


def _last_of(session: WritingSession, call: Call | None) -> datetime:
    """When something last happened in a session."""
    return call.at if call is not None else session.began_at


def _is_known(outlet: Outlet, author: Author) -> bool:
    return any(settings.name == author.slug for settings in outlet.settings.authors)
