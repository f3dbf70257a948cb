"""Sending what is to be told, message by message, and again where it did not go out.

A row is kept before anything is sent and marked after. A process that dies between the two sends that one again, under
the same name, and loses none.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select, update

from agent.channels import MAIL
from agent.errors import ChannelError, in_short
from agent.notices import digest
from agent.notices.listeners import BY_MAIL, address_of
from agent.notices.matters import matter_of
from agent.notices.places import standing_matters
from agent.notices.standing import standing
from agent.outlet import Channel, Message, Outlet
from agent.staff.links import desk_address
from agent.tables import Notification

TOLD, FAILED = "told", "telling_failed"
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
PERMANENT_WAIT = timedelta(hours=6)
"""After a refusal that no time mends: somebody may have mended it."""
IN_FLIGHT = timedelta(minutes=5)
"""After so long, what was being sent by a process that died is sent again."""
GIVEN_UP = timedelta(days=7)
"""What could not be sent for so long is not tried any more: the daily digest says what still waits."""


class Due(NamedTuple):
    """A way by which something is to be sent now (the mail server, a webhook), and a name for that work."""

    way: str
    work: str


def way_of(channel: str) -> str:
    """What carries the messages of a channel: all mail goes one way."""
    return MAIL if channel.startswith(BY_MAIL) else channel


def due(outlet: Outlet, db: Session) -> list[Due]:
    """The ways by which something is to be sent now."""
    rows = select(Notification.channel, Notification.id, Notification.tries).where(*_is_due(outlet.now()))
    first: dict[str, Due] = {}
    for channel, row_id, tries in db.exec(rows.order_by(col(Notification.id))):
        way = way_of(channel)
        first.setdefault(way, Due(way, f"tell:{way}:{row_id}:{tries}"))
    names = {channel.name for channel in outlet.channels}
    return [each for each in first.values() if each.way in names]


def send_all(outlet: Outlet, way: str) -> int:
    """Send whatever is due by one way, and return how many went out."""
    sent = 0
    while (went := send_next(outlet, way)) is not None:
        sent += went
    return sent


def send_next(outlet: Outlet, way: str) -> int | None:
    """Send the oldest message that is due by one way, unless its matter is settled. Returns how many went out, or
    nothing where no further one is to be tried now."""
    channel = next((each for each in outlet.channels if each.name == way), None)
    if channel is None or (row := _claimed(outlet, way)) is None:
        return None
    with outlet.database.read() as db:
        to = address_of(db, row.channel)
        is_moot = (way == MAIL and not to) or not still_holds(outlet, db, row)
    if is_moot:
        with outlet.database.write() as db:
            db.delete(db.get_one(Notification, row.id))
        return 0
    fault = _sent(outlet, channel, row, to)
    if fault is None:
        with outlet.database.write() as db:
            sent = db.get_one(Notification, row.id)
            sent.sent_at, sent.retry_at, sent.fault = outlet.now(), None, ""
            db.add(sent)
        outlet.log.info("staff were told", action=TOLD, channel=row.channel, key=row.key)
        return 1
    _keep(outlet, way, row, fault)
    outlet.log.warning(
        "staff could not be told", action=FAILED, channel=row.channel, key=row.key, tries=row.tries, reason=str(fault)
    )
    return None if fault.of_all else 0


def still_holds(outlet: Outlet, db: Session, row: Notification) -> bool:
    """Whether what a message says is still so."""
    kind, _, rest = row.key.partition(":")
    if kind == digest.KIND:
        return row.at > outlet.now() - timedelta(days=1)
    if kind in ("delivery", "build", "judge"):
        return any(matter.key == row.key for matter in standing_matters(outlet, db))
    if kind == "budget":
        whose = rest.partition(":")[0]
        return any(
            notice.kind in ("slots", "session") and notice.subject.endswith(f" {whose}")
            for notice in standing(outlet, db)
        )
    return kind == "check" or matter_of(outlet, db, row.key) is not None


def pause_after(tries: int, fault: ChannelError) -> timedelta:
    """How long a message waits after so many tries. Pure."""
    wait = PERMANENT_WAIT if fault.permanent else min(FIRST_WAIT * 2 ** min(tries - 1, 10), LONGEST_WAIT)
    asked = timedelta(seconds=min(fault.retry_after or 0, timedelta(days=1).total_seconds()))
    return max(wait, asked)


def _is_due(now: datetime) -> list[ColumnElement[bool]]:
    waits = or_(col(Notification.retry_at).is_(None), col(Notification.retry_at) <= now)
    return [col(Notification.sent_at).is_(None), col(Notification.at) > now - GIVEN_UP, waits]


def _goes(way: str) -> ColumnElement[bool]:
    channel = col(Notification.channel)
    return channel.startswith(BY_MAIL, autoescape=True) if way == MAIL else channel == way


def _claimed(outlet: Outlet, way: str) -> Notification | None:
    """The next message, marked as being sent: no other process takes it meanwhile."""
    with outlet.database.write() as db:
        rows = select(Notification).where(*_is_due(outlet.now()), _goes(way)).order_by(col(Notification.id)).limit(1)
        row = db.exec(rows).first()
        if row is not None:
            row.tries += 1
            row.retry_at = outlet.now() + IN_FLIGHT
            db.add(row)
        return row


def _sent(outlet: Outlet, channel: Channel, row: Notification, to: list[str]) -> ChannelError | None:
    """Hand a message over; returns what went wrong."""
    words, link = row.words, row.link
    if to:
        # A mail ends with where to say that one does not want any more of them.
        desk = desk_address(outlet.settings)
        words, link = f"{words}\n\n{link}\n\n-- \nWhether and how you are told: {desk}you", ""
    try:
        channel.send(Message(row.key, row.subject, words, link, to=to, at=outlet.now()))
    except ChannelError as fault:
        return fault
    except Exception as fault:  # A defect of ours or of a library's must not keep the others from being told.
        return ChannelError(channel=f"The channel {channel.name}", reason=in_short(fault), of_all=False)
    return None


def _keep(outlet: Outlet, way: str, row: Notification, fault: ChannelError) -> None:
    """Keep why a message did not go out, and when it is tried again. What stands in the way of all that go the same
    way lets the others wait as well."""
    again = outlet.now() + pause_after(row.tries, fault)
    with outlet.database.write() as db:
        failed = db.get_one(Notification, row.id)
        failed.fault, failed.retry_at = str(fault), again
        db.add(failed)
        if fault.of_all:
            others = update(Notification).where(*_is_due(outlet.now()), _goes(way), col(Notification.id) != row.id)
            db.exec(others.values(retry_at=again, fault=str(fault)))
